"""What `manage.py migrate` and `manage.py check --database default` say of the books (docs/reference/checks.md)."""

from collections.abc import Collection, Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from commerce.services.audit.totals import WAYS, totals_in_former_currencies


@register(Tags.database)
def totals_are_in_their_currency(databases: Collection[str] | None = None, **_: Any) -> Iterable[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        found = list(totals_in_former_currencies())
    except DatabaseError:  # tables that a migration is to make
        return []
    return [Error(words, hint=WAYS[:1].upper() + WAYS[1:] + ".", id="atelier.E007") for words in found]
