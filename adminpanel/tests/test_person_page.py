"""What every app has of a person, on their page in Django's admin site."""

import csv
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.levels import groups_prepare
from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    UserFactory,
)
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_order
from community.choices import ReportedKind, ReportReason
from community.services.reports import report_file
from community.services.tickets import ticket_open
from community.tests.factories import MessageFactory
from jobs.tests.factories import BidFactory, BountyFactory, hired_job
from marketplace.tests.factories import ArtworkFactory
from printshop.tests.factories import PrinterFactory, ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    groups_prepare()
    person = AdminFactory(username="ada")
    client.force_login(person)
    return person


def page(person) -> str:
    return f"/admin/accounts/user/{person.pk}/change/"


def panels(client, person):
    """By their titles; all of each can be looked at."""
    found = {panel.title: panel for panel in client.get(page(person)).context["panels"]}
    for panel in found.values():
        assert not panel.address or client.get(panel.address).status_code == 200, panel.address
    return found


def test_a_seller_and_a_buyer(client, ada):
    alice, bob = ArtistFactory(username="alice"), BuyerFactory(username="bob")
    order, payment = paid_order(bob, ArtworkFactory(title="Dawn", seller=alice, price=Decimal("99.99")))
    payment_refund(actor=ada, payment_id=payment.pk, amount=Decimal("40.00"), reason="Late")
    hired_job(buyer=bob, artist=alice, title="Logo")
    shop = ShopFactory(owner=alice)
    PrinterFactory(shop=shop, name="Main <b>")

    found = panels(client, alice)
    assert "Dawn" in found["Works"].rows[0][1] and found["Works"].rows[0][4:6] == ("99.99 PKR", 1)
    assert found["Sales"].rows[0][2:4] == ("bob", "99.99 PKR")
    assert found["Balances"].rows == [("PKR", "53.99 PKR", "0.00 PKR")]
    assert [row[3:] for row in found["Statement"].rows] == [("-36.00 PKR", "53.99 PKR"), ("89.99 PKR", "89.99 PKR")]
    assert found["Jobs"].rows[0][1:3] == ("bob", "alice")
    assert "Main &lt;b&gt;" in found["Print shop"].rows[1][1]
    assert "Orders" not in found and found["Nothing here"].empty.startswith("Bounties, Orders, Payouts,")

    found = panels(client, bob)
    assert f"/admin/commerce/order/{order.pk}/change/" in found["Orders"].rows[0][0]
    assert found["Payments"].rows[0][1:5] == ("bob", "alice", "99.99 PKR", "40.00 PKR")
    assert not {"Works", "Sales", "Print shop"} & found.keys()
    history = client.get(page(bob)).context["timeline"]  # what they ordered is the order's history
    assert [one.what for one in history if one.icon == "swap_horiz"] == []


def test_a_seller_s_statement_of_a_period(client, ada):
    """A button of an app above: for those who see orders, and where something was booked."""
    alice, bob = ArtistFactory(username="alice"), BuyerFactory(username="bob")
    paid_order(bob, ArtworkFactory(title="Dawn", seller=alice, price=Decimal("99.99")))
    address = page(alice).replace("change/", "statement/")

    def offered(person) -> bool:
        return any("/statement/" in button["path"] for button in client.get(page(person)).context["decisions"])

    assert (offered(alice), offered(bob)) == (True, False)
    assert client.get(address).context["form"].fields["currency"].choices == [("PKR", "PKR")]
    answer = client.post(address, {"currency": "PKR"})
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")

    today = f"{timezone.now():%Y-%m-%d}"

    def table(**sent) -> list[list[str]]:
        answer = client.post(address, {"currency": "PKR", "table": "on"} | sent)
        return list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))[1:]

    assert [row[2:5] for row in table(start=today, end=today)] == [
        ["opening", "", "0.00"],
        ["payment", "89.99", "89.99"],
        ["closing", "", "89.99"],
    ]
    assert [row[2:5] for row in table(end="2020-01-01")] == [["opening", "", "0.00"], ["closing", "", "0.00"]]
    wrong = client.post(address, {"currency": "PKR", "start": today, "end": "2020-01-01"})
    assert wrong.context["form"].errors == {"end": ["The end is before the start."]}
    assert "currency" in client.post(address, {"currency": "USD"}).context["form"].errors
    client.force_login(ModeratorFactory())
    answer = client.post(address, {"currency": "PKR"})
    assert answer.status_code in (302, 403) and answer.headers["Content-Type"] != "application/pdf"


def test_what_they_write_to_each_other_stays_theirs(client, ada):
    """With whom, and how much; of a message what was reported of it."""
    alice, bob = UserFactory(username="alice"), UserFactory(username="bob")
    MessageFactory(sender=bob, receiver=alice, content="Between us two")
    bad = MessageFactory(sender=alice, receiver=bob, content="You <b>fool")
    report_file(actor=bob, kind=ReportedKind.MESSAGE, target_id=bad.pk, reason=ReportReason.HARASSMENT)
    ticket_open(actor=bob, purchase=None, issue_type="other", subject="Help", description="They insult me.")

    text = client.get(page(alice)).content.decode()
    found = panels(client, alice)
    assert found["Conversations"].rows[0][1] == 2 and ">bob<" in found["Conversations"].rows[0][0]
    assert found["Reports about them"].rows[0][1:5] == ("Message", "You <b>fool", "bob", "Open")
    assert "You &lt;b&gt;fool" in text and "Between us two" not in text
    found = panels(client, bob)
    assert found["Reports by them"].rows[0][3] == "alice"
    assert found["Tickets"].rows[0][1] == "Help"
    client.force_login(StaffFactory())
    assert "Tickets" in panels(client, bob)


def test_it_costs_the_same_for_who_does_much(client, ada):
    alice, bob = ArtistFactory(username="alice"), BuyerFactory(username="bob")
    ShopFactory(owner=alice)

    def more():
        paid_order(bob, ArtworkFactory(seller=alice, price=Decimal("10.00")))
        hired_job(buyer=bob, artist=alice)
        BidFactory(artist=alice)
        BountyFactory(creator=alice)
        bad = MessageFactory(sender=alice)
        report_file(actor=bad.receiver, kind=ReportedKind.MESSAGE, target_id=bad.pk, reason=ReportReason.SPAM)
        ticket_open(actor=alice, purchase=None, issue_type="other", subject="Help", description="Help")

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(page(alice)).status_code == 200
        return len(ran)

    more()
    client.get(page(alice))
    few = queries()
    more()
    more()
    assert queries() == few
