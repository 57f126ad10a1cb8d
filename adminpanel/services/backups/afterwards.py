"""What a restored platform must not do by itself.

Between the backup and the restore the platform went on: what was about to be done when it was backed up has been done
meanwhile, and the numbers that it gave away since are known to others (people's e-mails, Stripe, access tokens).
"""

from typing import Final

from django.db import connection, transaction

from accounts.services.sending import emails_hold_back
from adminpanel.services.backups import postgresql, sqlite
from community.services.campaigns import campaigns_hold_back
from printshop.services.orders.shipping import shipments_hold_back
from printshop.services.printers.printers import printers_hold_back

FEWEST_NUMBERS: Final = 10_000
"""That are left out of each table's; of one that had given away more by then, as many again."""


def hold_back() -> list[str]:
    """Nothing that was waiting is done a second time, and no number is given to something else. What was held back, in
    words."""
    with transaction.atomic():
        held = {
            "e-mails that were waiting will not be sent": emails_hold_back(),
            "campaigns whose time has come are drafts, or end where they were": campaigns_hold_back(),
            "parcels are looked up at Etsy before it is told of them": shipments_hold_back(),
            "printers take no prints until their owners let them": printers_hold_back(),
        }
        skip = postgresql.numbers_skip if connection.vendor == "postgresql" else sqlite.numbers_skip
        skip(FEWEST_NUMBERS)
    return [f"{count} {words}." for words, count in held.items() if count]
