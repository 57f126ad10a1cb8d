"""The proof of the books, kept: when it was made last, and what it found."""

import logging
import time
from itertools import chain
from typing import Final

from django.db import DatabaseError, transaction

from commerce.models import LedgerProof
from commerce.services.audit.ledger import ledger_faults
from commerce.services.audit.refund_trail import refund_trail_faults

logger = logging.getLogger(__name__)
KEPT: Final = 20
MOST_TEXT: Final = 300


def ledger_prove() -> list[str]:
    """Each thing that does not add up, in words. That it was looked for is kept, and a fault is an error in the log."""
    began = time.monotonic()
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
