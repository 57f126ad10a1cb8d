"""What sellers' figures read of the large tables they find by an index: no query goes through all rows."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Follow, ProfileView
from commerce.models import (
    DownloadEvent,
    HelpfulVote,
    ListingCountryDay,
    ListingDay,
    ListingReview,
    PaymentShare,
    ShareMovement,
)
from commerce.selectors.listing_days import today
from commerce.selectors.price_suggestions import price_suggest
from commerce.selectors.seller_figures import (
    design_figures,
    design_performance,
    last_days,
    sales_figures,
    seller_figures,
)
from commerce.services.figures import listing_days_roll_up
from commerce.services.review_answers import ReviewAction, reviews_update
from commerce.tests.steps import paid_order
from marketplace.models import Like, View
from marketplace.services.views import view_count
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
LARGE = {
    model._meta.db_table
    for model in (
        *(View, Like, DownloadEvent, ShareMovement, PaymentShare, ListingDay, ListingCountryDay),
        *(ProfileView, Follow, ListingReview, HelpfulVote),
    )
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def read_without_index(sql: str) -> list[str]:
    """With sequential scans made dear, one that is left has no index that could serve it."""
    with connection.cursor() as cursor:
        # Of tables that were found empty by a VACUUM of another test the planner thinks that any way is as good.
        cursor.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = ANY(%s)", [list(LARGE)])
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
        cursor.execute("SET LOCAL enable_seqscan = on")
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return [
        f"{node['Node Type']} on {node['Relation Name']}"
        for node in nodes(plan)
        if node.get("Relation Name") in LARGE
        and node["Node Type"] != "ModifyTable"
        and node["Node Type"] != "Bitmap Heap Scan"
        and "Index Cond" not in node
    ]


ACTS = {
    "design": lambda alice, design: design_figures(actor=alice, reference=design.pk, period=last_days(365)),
    "seller": lambda alice, _design: seller_figures(actor=alice, currency="USD", period=last_days(365)),
    "sales": lambda alice, _design: sales_figures(actor=alice, currency="USD", period=last_days(365)),
    "performance": lambda alice, design: design_performance(actor=alice, reference=design.pk, days=365),
    "pricing": lambda alice, design: price_suggest(actor=alice, reference=design.pk),
    "roll-up": lambda _alice, _design: listing_days_roll_up(today() - timedelta(days=1)),
    "reviews": lambda alice, design: reviews_update(
        actor=alice, review_ids=[design.reviews.get().pk], action=ReviewAction.MARK_HELPFUL
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_large_tables_are_read_by_index(alice, bob, act):
    design = Model3DFactory.create(seller=alice)
    view_count(actor=bob, listing=design, address="192.0.2.1", agent="Browser", country="US")
    paid_order(bob, design)
    ListingReview.objects.create(listing=design, author=bob, rating=5)
    with CaptureQueriesContext(connection) as queries:
        act(alice, design)
    read = [query["sql"] for query in queries.captured_queries if query["sql"].startswith(("SELECT", "DELETE"))]
    faults = {sql: found for sql in read if "advisory" not in sql and (found := read_without_index(sql))}
    assert len(read) > 1
    assert faults == {}
