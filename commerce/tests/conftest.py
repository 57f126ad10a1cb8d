"""alice sells, bob buys, charlie must see nothing."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from accounts.models import User
from commerce.services.audit import ledger_faults
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory


@pytest.fixture(autouse=True)
def books_are_right(request: pytest.FixtureRequest, settings) -> Iterator[None]:
    """Whatever a test of this app does, afterwards the ledger adds up."""
    settings.SANDBOX_ALLOWED = True
    yield
    if request.node.get_closest_marker("django_db"):
        assert list(ledger_faults()) == []


@pytest.fixture
def artwork(alice: User) -> Artwork:
    return ArtworkFactory.create(seller=alice, title="Sunset", price=Decimal("299.99"))
