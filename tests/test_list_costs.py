"""Every list costs as many queries for a hundred rows as for one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import ArtistFactory, ArtistProfileFactory, BuyerFactory
from adminpanel.tests.factories import DailyFiguresFactory
from commerce.models import ListingReview
from commerce.services.escrow.disputes import dispute_open
from commerce.services.escrow.holds import payment_release
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from community.choices import TicketIssue
from community.services.tickets import ticket_open
from community.tests.factories import BlockFactory, MessageFactory, NotificationFactory
from config.dialects.routing import Route
from jobs.choices import BidStatus
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, ReviewFactory, completed_job, hired_job
from marketplace.choices import Status, Verdict
from marketplace.services.appeals import appeal_create
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory
from tests.copies import multiply
from tests.roles.caller import ROUTES, address_of
from tests.roles.nexus import accounts, communities, models, pages, trade
from tests.roles.printshop import board, printers, queue, shop
from tests.roles.requests.every import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES, World

pytestmark = pytest.mark.django_db
MANY = 100
# Of the hundred, so many are made by services and factories; the others are copies of these.
MADE = 12
PAGE_SIZE = {"cultureup": "page_size", "v1": "size", "nexus": "limit", "printshop": "limit"}
# Not pages, but lists all the same.
ALSO = {("cultureup", "messages.conversations"), ("cultureup", "payments.statement")}


def lists() -> list[tuple[str, Route]]:
    found = []
    for dialect in PAGE_SIZE:
        for route in ROUTES[dialect]:
            declared = getattr(route.view, route.action).operation
            if route.method == "GET" and (declared.rows == "page" or (dialect, route.name) in ALSO):
                found.append((dialect, route))
    return found


def add(world: World, number: int) -> None:
    """One more of everything that is listed."""
    bob, alice = world.people["buyer"], world.people["artist"]
    artist, buyer = ArtistFactory.create(), BuyerFactory.create(profile=True)
    ArtistProfileFactory.create(user=artist)
    category = CategoryFactory.create()
    ArtworkFactory.create(seller=alice, category=category, is_featured=True)
    EquipmentFactory.create(seller=world.people["admin"])
    NotificationFactory.create(user=bob)
    BlockFactory.create(blocker=bob, blocked=buyer)
    MessageFactory.create(sender=artist, receiver=bob)
    MessageFactory.create(sender=bob, receiver=alice)
    BidFactory.create(job=world.job, artist=artist)
    BidFactory.create(job=JobFactory.create(buyer=bob, category=category), artist=alice)
    payment_of(order_of(bob, world.artwork))
    disputed = paid_job(hired_job(buyer=bob, artist=alice))
    ContractFactory.create(job=disputed.job)
    dispute_open(actor=bob, payment_id=disputed.pk, reason="It is late.")
    held = ArtworkFactory.create(seller=alice, status=Status.PENDING, picture__verdict=Verdict.HELD)
    appeal_create(actor=alice, artwork_id=held.pk, reason="I painted it.")
    released = paid_job(completed_job(buyer=bob, artist=alice))
    ReviewFactory.create(job=released.job)
    payment_release(actor=world.people["admin"], payment_id=released.pk)
    ticket_open(
        actor=bob,
        purchase=world.ticket.purchase_id,
        issue_type=TicketIssue.OTHER,
        subject="Which paper?",
        description="For a print.",
    )
    ListingReview.objects.create(listing=world.reviewed, author=buyer, rating=5, comment="Fits.")
    if number % 10 == 0:  # ten lines each, which are listed one by one
        paid_order(bob, *(design_of(alice) for _ in range(10)))
    campaign_of(alice, world.design, percent="10")
    for area in (accounts, communities, models, pages, trade, shop, printers, queue, board):
        area.crowd(world, number)
    DailyFiguresFactory.create(date=date(2020, 1, 1) + timedelta(days=number))


@pytest.fixture(scope="module")
def crowded(world: World, django_db_blocker: Any) -> World:
    """The small world with a hundred more of everything that is listed."""
    with django_db_blocker.unblock():
        add(world, 0)  # and what there is only one of, such as a conversation of two people

        def add_some() -> None:
            for number in range(1, MADE):
                add(world, number)

        multiply(add_some, times=(MANY - 1) // (MADE - 1))
        connection.check_constraints()  # now, and not after each test anew
    return world


@pytest.mark.parametrize(("dialect", "route"), lists(), ids=[f"{dialect}.{route.name}" for dialect, route in lists()])
def test_a_hundred_rows_cost_what_one_costs(crowded: World, dialect: str, route: Route) -> None:
    most = 0
    answers = dict(zip(ROLES, TABLE[dialect][route.name].split(), strict=True))
    for role in (role for role in ROLES if answers[role] == "200"):
        costs, rows = {}, 0
        for size in (1, MANY):
            address = address_of(dialect, route, REQUESTS[dialect][route.name].path(crowded))
            client = crowded.bearer(role)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address, {PAGE_SIZE[dialect]: size})
            assert answer.status_code == 200, answer.content
            costs[size] = len(queries)
            rows = len(rows_of(answer.json()))
        assert costs[1] == costs[MANY], f"{role}: {costs} for {rows} rows\n" + "\n".join(
            query["sql"][:200] for query in queries.captured_queries
        )
        most = max(most, rows)
    assert most >= MANY, f"only {most} rows were there to count"


def rows_of(body: Any) -> list[Any]:
    """A bare array, or the one in an envelope."""
    return body if isinstance(body, list) else next(value for value in body.values() if isinstance(value, list))


def test_bids_of_all_states_are_there(crowded: World) -> None:
    """Ranking is only asked in earnest where bids compete."""
    assert crowded.job.bids.filter(status=BidStatus.PENDING).count() >= MANY
