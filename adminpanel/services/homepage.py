"""The homepage: what it says, and the models in its slider. Staff decide, and each decision is in the audit trail."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from adminpanel.models import HomepageContent, SliderModel
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from marketplace.choices import Kind, Status
from marketplace.models import Listing

MOST_BYTES: Final = 64 * 1024
DEEPEST: Final = 10
LARGEST: Final = 2**53
MOST_SLIDES: Final = 50
FIELD: Final = "content"


def homepage_write(*, actor: Actor, content: dict[str, Any]) -> HomepageContent:
    """Replaces what the homepage says as a whole. Every key is kept.

    Raises Denied, and Invalid (`content`) for more than 64 KB of JSON, what is nested deeper than ten, and for what no
    reader of JSON takes.
    """
    if not policies.may_write_homepage(actor):
        raise Denied
    _check(content)
    with transaction.atomic():
        page, _ = HomepageContent.objects.select_for_update().get_or_create(pk=1)
        with audited(actor, "homepage.change", page, "content"):
            page.content = content
            page.save()
    return page


def slider_write(*, actor: Actor, model_ids: Iterable[int]) -> None:
    """The slider shows these models in this order; one that is named twice counts once.

    Raises Denied, Invalid (`model_ids`) for more than fifty, and Missing when one is unknown: then nothing changes.
    """
    if not policies.may_write_homepage(actor):
        raise Denied
    wanted = list(dict.fromkeys(model_ids))
    if len(wanted) > MOST_SLIDES:
        raise Invalid(f"At most {MOST_SLIDES} models.", field="model_ids")
    with transaction.atomic():
        # Two at once: the second waits here, then sees what the first has left.
        page, _ = HomepageContent.objects.select_for_update().get_or_create(pk=1)
        known = Listing.objects.filter(pk__in=wanted, kind=Kind.MODEL).exclude(status=Status.ARCHIVED)
        if known.count() != len(wanted):
            raise Missing("Model")
        before = list(SliderModel.objects.order_by("position").values_list("model", flat=True))
        SliderModel.objects.all().delete()
        SliderModel.objects.bulk_create(SliderModel(model_id=pk, position=at) for at, pk in enumerate(wanted))
        audit_record(
            actor=actor, action="slider.change", target=page, before={"models": before}, after={"models": wanted}
        )


def _check(content: Any) -> None:
    if not isinstance(content, dict):
        raise Invalid("Input should be a valid dictionary", field=FIELD)
    level: list[Any] = [content]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise Invalid(f"It is nested deeper than {DEEPEST}.", field=FIELD)
    try:
        size = len(json.dumps(content, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise Invalid("A text holds half a character.", field=FIELD) from None
    if size > MOST_BYTES:
        raise Invalid(f"It is larger than {MOST_BYTES // 1024} KB.", field=FIELD)


def _inside(value: Any) -> list[Any]:
    """What an object or array holds. Raises Invalid for what not every database and reader takes."""
    match value:
        case dict():
            for name in value:
                _inside(name)
            return list(value.values())
        case list():
            return value
        case str() if "\0" in value:
            raise Invalid("A text holds a NUL character.", field=FIELD)
        case float() if not math.isfinite(value):
            raise Invalid("A number is too large.", field=FIELD)
        case int() if abs(value) > LARGEST:
            raise Invalid("A number is too large.", field=FIELD)
    return []
