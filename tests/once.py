"""What the tests of a module share in the database."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import connection, transaction

Made = TypeVar("Made")


def made_once(blocker: Any, make: Callable[[], Made]) -> Iterator[Made]:
    """For a fixture of a module: what `make` makes is there for all its tests, and gone after them.

    What a test adds or changes is taken back after it, as ever.
    """
    with blocker.unblock(), transaction.atomic():
        made = make()
        # After each test the foreign keys are checked that are deferred to the end of the transaction: these once.
        connection.check_constraints()
        yield made
        transaction.set_rollback(True)
