"""Pricing suggestions: what they rest on, and the figures, by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.tests.factories import BuyerFactory
from commerce.models import Payment
from commerce.selectors.price_suggestions import Complexity, Factor, Level, price_suggest
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_order
from config.core.errors import Missing
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return CategoryFactory.create(name="Engineering")


@pytest.fixture
def mine(alice, category):
    """A cube of 684 bytes and 12 triangles."""
    return Model3DFactory.create(seller=alice, category=category, price=Decimal("99.00"))


def offered(category, *prices, **columns):
    return [Model3DFactory.create(category=category, price=Decimal(price), **columns) for price in prices]


def suggested(alice, design, **said):
    found = price_suggest(actor=alice, reference=design.pk, **said)
    return found.price, found.lowest, found.highest, found.designs, found.sales


def test_the_median_and_the_quartiles_of_what_was_paid(alice, bob, mine, category):
    for design in offered(category, *range(10, 21)):
        paid_order(bob, design)
    found = price_suggest(actor=alice, reference=mine.pk)
    assert (found.price, found.lowest, found.highest) == (Decimal("15.00"), Decimal("12.50"), Decimal("17.50"))
    assert (found.category_mean, found.designs, found.sales, found.rivals) == (Decimal("15.00"), 11, 11, 11)
    assert found.competition == "medium"


def test_a_design_that_sold_often_is_one_design_and_many_sales(alice, mine, category):
    [design] = offered(category, "25.00")
    for buyer in BuyerFactory.create_batch(10):
        paid_order(buyer, design)
    assert suggested(alice, mine) == (Decimal(25), Decimal(25), Decimal(25), 1, 10)


def test_only_the_near_ones_when_there_are_enough(alice, bob, mine, category):
    for design in offered(category, *["10.00"] * 10, mesh__triangle_count=36, mesh__byte_size=2052):
        paid_order(bob, design)
    for design in offered(category, *["50.00"] * 11, mesh__triangle_count=37):
        paid_order(bob, design)
    found = price_suggest(actor=alice, reference=mine.pk)
    assert (found.price, found.designs, found.sales) == (Decimal(10), 10, 10)
    assert found.category_mean == Decimal("30.95")


def test_what_does_not_count(alice, bob, charlie, admin, mine, category):
    """Ten sales that would count but for one thing each; nine of the kind that counts are too few."""
    paid = [paid_order(bob, design)[1] for design in offered(category, *["10.00"] * 10)]
    payment_refund(actor=admin, payment_id=paid[0].pk)
    assert suggested(alice, mine)[4] == 0
    paid_order(charlie, *offered(category, "10.00"))
    assert suggested(alice, mine)[4] == 10
    Payment.objects.filter(pk=paid[1].pk).update(completed_at=timezone.now() - timedelta(days=366))
    assert suggested(alice, mine)[4] == 0
    paid_order(charlie, *offered(CategoryFactory.create(), "10.00"))
    paid_order(charlie, *offered(category, "10.00", currency="EUR"))
    paid_order(charlie, ArtworkFactory.create(category=category, currency="USD"))
    assert suggested(alice, mine)[4] == 0


def test_prices_asked_stand_in_for_sales(alice, bob, mine, category):
    for design in offered(category, "10.00", "20.00", "60.00", "0.00"):
        if design.price == 60:
            paid_order(bob, design)
    offered(category, "500.00", status="draft")
    assert suggested(alice, mine) == (Decimal(20), Decimal(15), Decimal(40), 3, 0)


def test_nothing_to_compare(alice, mine):
    found = price_suggest(actor=alice, reference=mine.pk)
    assert (found.price, found.lowest, found.highest, found.category_mean) == (None, None, None, None)
    assert (found.designs, found.sales, found.competition) == (0, 0, "low")
    assert found.factors == []


def test_another_category_may_be_asked_about(alice, mine):
    offered(CategoryFactory.create(name="Art"), "7.00")
    assert suggested(alice, mine, category="art")[0] == Decimal(7)
    assert suggested(alice, mine, category="Cooking")[0] is None


def test_factors_are_computed_from_the_sales(alice, bob, category):
    """Twelve sales: the four most detailed at 40, the others at 10 and 20, so that the median of all is 20."""
    for place, price in enumerate([10] * 4 + [20] * 4 + [40] * 4):
        [design] = offered(
            category, price, mesh__triangle_count=1000 * (place + 1), mesh__byte_size=50_000 * (place + 1)
        )
        paid_order(bob, design)
    detailed = Model3DFactory.create(
        seller=alice, category=category, mesh__triangle_count=90_000, mesh__byte_size=1, mesh__volume_mm3=None
    )
    found = price_suggest(actor=alice, reference=detailed.pk, complexity=Complexity.LOW, file_mb=99)
    assert found.factors == [
        Factor("complexity", Level.HIGH, 100),  # measured, whatever was said
        Factor("file size", Level.LOW, -50),
    ]
    without_file = Model3DFactory.create(seller=alice, category=category, mesh=None)
    said = price_suggest(
        actor=alice, reference=without_file.pk, complexity=Complexity.MEDIUM, file_mb=99, print_hours=9
    )
    assert said.factors == [
        Factor("complexity", Level.MIDDLE, 0),
        Factor("file size", Level.HIGH, 100),
    ]


def test_only_ones_own(charlie, mine):
    with pytest.raises(Missing):
        price_suggest(actor=charlie, reference=mine.pk)
