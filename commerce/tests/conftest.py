"""alice sells, bob buys, charlie must see nothing."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from commerce.models import Campaign, CouponUse, LedgerTransaction, Payment, Payout, Promotion, SubscriptionInvoice
from commerce.services.audit.ledger import ledger_faults
from jobs.models import Job
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory
from tests.stand_ins.stripe import StripeStandIn

BOOKS = (Payment, LedgerTransaction, Payout, Promotion, Campaign, CouponUse, SubscriptionInvoice)
THERE_ARE_BOOKS = "SELECT " + " OR ".join(
    f"EXISTS (SELECT FROM {rows})"
    for rows in (
        *(f'"{model._meta.db_table}"' for model in BOOKS),
        f'"{User._meta.db_table}" WHERE spent <> 0 OR earned <> 0',
        f'"{Job._meta.db_table}" WHERE paid_at IS NOT NULL OR disputed_at IS NOT NULL',
    )
)


@pytest.fixture(autouse=True)
def books_are_right(request: pytest.FixtureRequest, settings) -> Iterator[None]:
    """Whatever a test of this app does, afterwards the ledger adds up."""
    settings.SANDBOX_ALLOWED = True
    yield
    if request.node.get_closest_marker("django_db") and there_are_books():
        assert list(ledger_faults()) == []


def there_are_books() -> bool:
    """Whether there is a row that a fault could be about: many tests make none, and the proof takes 30 queries. Asked
    after every test, so by one query, which Django need not compose each time."""
    with connection.cursor() as cursor:
        cursor.execute(THERE_ARE_BOOKS)
        return bool(cursor.fetchone()[0])


@pytest.fixture
def stripe(settings) -> Iterator[StripeStandIn]:
    """Cards are paid at Stripe, played by a server on this machine."""
    with StripeStandIn() as stand_in:
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_SECRET_KEY = stand_in.key
        settings.STRIPE_WEBHOOK_SECRET = stand_in.webhook_secret
        yield stand_in


@pytest.fixture
def artwork(alice: User) -> Artwork:
    return ArtworkFactory.create(seller=alice, title="Sunset", price=Decimal("299.99"))
