"""The proof of the books, kept: when it was made last, and what it found. People may buy and sell meanwhile."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Final

from django.db import DatabaseError, connection, transaction

from commerce.models import LedgerProof
from commerce.services.audit.ledger import ledger_faults
from commerce.services.audit.refund_trail import refund_trail_faults

logger = logging.getLogger(__name__)
KEPT: Final = 20
MOST_TEXT: Final = 300


def ledger_prove() -> list[str]:
    """Each thing that does not add up, in words. That it was looked for is kept, and a fault is an error in the log."""
    began = time.monotonic()
    with _one_moment():
        faults = list(chain(ledger_faults(), refund_trail_faults()))
    proof = LedgerProof(
        took=time.monotonic() - began,
        faults=len(faults),
        first_faults="\n".join(fault[:MOST_TEXT] for fault in faults[:KEPT]),
    )
    try:
        with transaction.atomic():
            proof.save()
    except DatabaseError as error:  # of a copy that is only to be read, too
        logger.warning("that the ledger was proven could not be kept: %s", type(error).__name__)
    if faults:
        logger.error("the ledger is wrong in %s places: %s", len(faults), faults[0])
    return faults


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read within is as it was at one moment: a payment that completes between two queries, one of which
    saw it and one not, would seem to be a fault. Within a transaction it is that of the transaction."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL statement_timeout TO 0")  # every payment is read
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # Django's own would keep others from writing
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
