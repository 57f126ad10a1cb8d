"""What the tests of a module share in the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class TakenBack:
    """What is done in a test, one thing after the other, each taken back before the next: all from the same savepoint,
    which costs a third of one made for each."""

    def __init__(self) -> None:
        self.savepoint = transaction.savepoint()

    @contextmanager
    def after(self) -> Iterator[None]:
        try:
            yield
        finally:
            transaction.savepoint_rollback(self.savepoint)
            transaction.set_rollback(False)  # whatever broke the transaction is gone with it
