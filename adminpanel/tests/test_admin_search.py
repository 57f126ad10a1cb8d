"""Ctrl-K in the admin site: records by what staff have in hand, for those who may see them."""

import re
import uuid

import pytest
from django.core.cache import cache

from accounts.models import User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)
from adminpanel.selectors.records import LABELS, records_found
from commerce.models import Payment
from commerce.tests.steps import paid_order
from community.choices import TicketIssue
from community.services.tickets import ticket_open
from jobs.tests.factories import JobFactory
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, Model3DFactory
from printshop.tests.factories import ShopOrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def things(db):
    groups_prepare()
    alice = ArtistFactory.create(username="alice", first_name="Aurélie", last_name="Moreau", email="alice@example.com")
    bob = BuyerFactory.create(username="bob", email="bob.first@example.com")
    artwork = ArtworkFactory.create(seller=alice, title="Blue harbour at dawn")
    order, payment = paid_order(bob, artwork)
    Payment.objects.filter(pk=payment.pk).update(gateway_reference="pi_3Kx")
    words = {"issue_type": TicketIssue.OTHER, "description": "It does not work."}
    ticket = ticket_open(actor=bob, purchase=None, subject="Torn wrapping", **words)
    return {
        "commerce.Order": order,
        "commerce.Payment": payment,
        "marketplace.Artwork": artwork,
        "marketplace.Model3D": Model3DFactory.create(title="Drone frame"),
        "marketplace.Equipment": EquipmentFactory.create(title="Sable brush"),
        "community.SupportTicket": ticket,
        "jobs.Job": JobFactory.create(title="Mural for a café"),
        "printshop.ShopOrder": ShopOrderFactory.create(etsy_order_id="3141592653"),
        "accounts.User": bob,
        "alice": alice,
    }


def found(actor, text, labels=LABELS) -> set[tuple[str, int]]:
    return {(record.label, record.pk) for record in records_found(actor=actor, text=text, labels=labels)}


def test_each_kind_is_found_by_what_names_it(things):
    boss = AdminFactory.create()
    payment, ticket, artwork = (
        things[label] for label in ("commerce.Payment", "community.SupportTicket", "marketplace.Artwork")
    )
    asked = {
        "accounts.User": ("bob", "BOB", "bob.first@example.com", "bob.fir"),
        "commerce.Order": (f"#{things['commerce.Order'].pk}", f" {things['commerce.Order'].pk} "),
        "commerce.Payment": (payment.transaction_id, payment.transaction_id[:-2].lower(), "pi_3Kx"),
        "marketplace.Artwork": ("dawn", "harbours BLUE", "blu harb", str(artwork.uuid), str(artwork.pk)),
        "marketplace.Model3D": ("drone",),
        "marketplace.Equipment": ("sable brush",),
        "community.SupportTicket": (ticket.number, ticket.number.lower(), "wrapping torn"),
        "jobs.Job": ("mural", "cafe"),
        "printshop.ShopOrder": ("3141592653", "#3141592653"),
    }
    for label, texts in asked.items():
        for text in texts:
            assert (label, things[label].pk) in found(boss, text), (label, text)
    assert found(boss, "aurelie moreau") == {("accounts.User", things["alice"].pk)}
    assert found(boss, "blue dusk") == found(boss, "PI_3KX") == found(boss, str(uuid.uuid4())) == set()


def test_only_a_few_of_a_kind_each_once(things):
    JobFactory.create_batch(7, title="Harbour mural")
    rows = records_found(actor=StaffFactory.create(), text="mural", labels=LABELS)
    assert len(rows) == len({row.pk for row in rows}) == 5


def test_levels_find_what_they_may_see(client, things):
    for text in ("bob", "drone", str(things["commerce.Order"].pk)):
        for actor in (BuyerFactory.create(), User(username="x"), StaffFactory.create(is_active=False)):
            assert found(actor, text) == set()
    client.force_login(ModeratorFactory.create())
    shown = [
        client.get("/admin/search/", {"s": text, "extended": "1"}).content.decode() for text in ("bob", "blue", "ar")
    ]
    assert "/admin/accounts/" not in shown[0] and "bob.first" not in "".join(shown)
    assert f"/admin/marketplace/artwork/{things['marketplace.Artwork'].pk}/change/" in shown[1]
    assert "/admin/marketplace/artwork/" in shown[2] and "/admin/core/" not in shown[2]
    client.force_login(BuyerFactory.create())
    assert client.get("/admin/search/", {"s": "bob", "extended": "1"}).status_code == 302


def test_an_answer_is_of_this_moment_for_who_asks(client, things):
    """Unfold keeps answers by person and word; whoever lost their level, and what has gone, must not be in them."""
    cache.clear()
    person = StaffFactory.create()
    client.force_login(person)
    sent = {"s": "bob", "extended": "1"}
    answer = client.get("/admin/search/", sent)
    assert "no-store" in answer["Cache-Control"] and "bob.first@example.com" in answer.content.decode()
    person.groups.clear()
    assert "bob.first" not in client.get("/admin/search/", sent).content.decode()
    client.force_login(SuperuserFactory.create())
    assert "bob.first" in client.get("/admin/search/", sent).content.decode()
    User.objects.filter(pk=things["accounts.User"].pk).update(username="bobby", username_key="bobby")
    assert ">bobby<" in client.get("/admin/search/", sent).content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "a",
        "#",
        "'; --",
        "%",
        "_",
        "\\",
        "a & b | !c:*",
        "<->",
        "(",
        "x" * 5000,
        "9" * 40,
        "#" + "9" * 18,
        "٣",
        "日本",
        "ก",
        "<script>",
    ],
)
def test_hostile_words_are_only_words(client, things, text):
    client.force_login(SuperuserFactory.create())
    for extended in ({}, {"extended": "1"}):
        answer = client.get("/admin/search/", {"s": text, "page": "x"} | extended)
        assert answer.status_code == 200
        assert "<script>" not in answer.content.decode()


def test_what_is_found_is_escaped_and_the_key_stands_in_the_menu(client, things):
    JobFactory.create(title="<script>alert(1)</script> mural")
    client.force_login(StaffFactory.create())
    text = client.get("/admin/search/", {"s": "alert", "extended": "1"}).content.decode()
    assert re.search(r"Found 1 result in \d+\.\d\d seconds", text)
    assert 'x-init="$nextTick(() => currentIndex = 1)"' in text  # the first is chosen: Enter opens it
    assert "&lt;script&gt;alert(1)" in text and "<script>" not in text
    page = re.sub(r"\s+", " ", client.get("/admin/").content.decode())
    assert "Search records and lists" in page and "Ctrl + K" in page


def test_a_search_costs_the_same_for_more_rows(things, django_assert_max_num_queries):
    boss = AdminFactory.create()
    JobFactory.create_batch(6, title="Harbour mural")
    ArtworkFactory.create_batch(6, title="Harbour")
    with django_assert_max_num_queries(30):
        assert len(found(boss, "harbour")) == 10
