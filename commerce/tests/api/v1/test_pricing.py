"""v1's pricing suggestions over HTTP."""

import pytest

from commerce.tests.steps import paid_order
from marketplace.tests.factories import CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db
PRICING = "/api/v1/advanced-tools/pricing-suggestions"


@pytest.fixture
def mine(alice):
    return Model3DFactory.create(seller=alice, category=CategoryFactory.create(name="Engineering"))


@pytest.mark.operation("v1.tools.pricing_suggestions")
def test_a_suggestion(client_of, alice, bob, mine):
    for place in range(12):
        sold = Model3DFactory.create(
            category=mine.category, price=20 + place, mesh__triangle_count=12, mesh__byte_size=100 + place
        )
        paid_order(bob, sold)
    body = {
        "design_id": mine.pk,
        "category": "Engineering",
        "complexity": "high",
        "file_size_mb": 15.5,
        "print_time_hours": 8.5,
    }
    answer = client_of(alice).post(PRICING, body, format="json")
    assert answer.status_code == 200
    assert answer.json() == {
        "design_id": mine.pk,
        "suggested_price": 25.5,
        "price_range": {"min": 22.75, "max": 28.25},
        "currency": "USD",
        "market_analysis": {
            "average_category_price": 25.5,
            "similar_designs_count": 12,
            "competition_level": "medium",
            "sales_count": 12,
        },
        "factors": [
            {"factor": "Medium complexity", "impact": "+0%"},
            {"factor": "Large file size", "impact": "+16%"},
            {"factor": "Medium print time", "impact": "+0%"},
        ],
    }


def test_without_anything_to_compare(client_of, alice, mine):
    found = client_of(alice).post(PRICING, {"design_id": str(mine.uuid)}, format="json").json()
    assert found["suggested_price"] is None
    assert found["price_range"] == {"min": None, "max": None}
    assert found["market_analysis"]["average_category_price"] is None
    assert found["factors"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"design_id": None}, "design_id"),
        ({"design_id": [1]}, "design_id"),
        ({"complexity": "extreme"}, "complexity"),
        ({"complexity": ["high"]}, "complexity"),
        ({"category": {"a": 1}}, "category"),
        ({"category": "a\0b"}, "category"),
        ({"file_size_mb": -1}, "file_size_mb"),
        ({"file_size_mb": "nan"}, "file_size_mb"),
        ({"file_size_mb": "1e400"}, "file_size_mb"),
        ({"print_time_hours": "inf"}, "print_time_hours"),
        ({"print_time_hours": True}, "print_time_hours"),
    ],
)
def test_malformed(client_of, alice, mine, changes, field):
    answer = client_of(alice).post(PRICING, {"design_id": mine.pk} | changes, format="json")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_only_ones_own(client_of, charlie, mine):
    assert client_of(charlie).post(PRICING, {"design_id": mine.pk}, format="json").status_code == 404
    assert client_of(None).post(PRICING, {"design_id": mine.pk}, format="json").status_code == 401
