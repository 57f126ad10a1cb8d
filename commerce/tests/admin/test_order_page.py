"""An order in Django's admin site: what belongs to it, what happened, and what each level decides there."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.choices import PaymentMethod
from commerce.models import Refund
from commerce.services.checkout.downloads import line_download
from commerce.services.checkout.fulfilment import order_progress
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order, payment_of
from community.choices import TicketIssue
from community.services.tickets import ticket_open
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, PictureFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pieces(alice, dora):
    vase = ArtworkFactory(seller=alice, artwork_type="physical", price=Decimal("60.00"), title="Blue vase")
    return [
        vase,
        ArtworkFactory(seller=alice, price=Decimal("25.00"), title="Dawn"),
        ArtworkFactory(seller=dora, artwork_type="physical", price=Decimal("15.00"), title="Red vase"),
    ]


@pytest.fixture
def order(bob, pieces):
    """Of two sellers and with a file, paid by card."""
    return paid_order(bob, *pieces)[0]


@pytest.fixture
def staff(client):
    groups_prepare()
    person = StaffFactory(username="sam")
    client.force_login(person)
    return person


@pytest.fixture
def boss(client):
    person = SuperuserFactory(username="boss")
    client.force_login(person)
    return person


def address(order, button: str = "change") -> str:
    return f"/admin/commerce/order/{order.pk}/{button}/"


def panels(client, order) -> dict:
    answer = client.get(address(order))
    assert answer.status_code == 200
    return {panel.title: panel.rows for panel in answer.context["panels"]}


def press(client, order, button: str, **sent):
    once = client.get(address(order, button)).context["once"]
    for _ in range(2):  # pressed twice
        done = client.post(address(order, button), sent | {"once": once}, follow=True)
    assert done.redirect_chain[-1][0] == address(order)
    order.refresh_from_db()
    return done.content.decode()


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_what_belongs_to_it(client, order, pieces, alice, bob, boss):
    picture = PictureFactory(artwork=pieces[0])
    picture.watermarked.save("vase.jpg", ContentFile(b"jpg"))
    pieces[0].picture = picture
    pieces[0].save(update_fields=["picture"])
    line_download(actor=bob, line=order.lines.get(title="Dawn"))
    order_progress(actor=alice, order_id=order.pk, status="shipped")
    payment = order.payments.get()
    payment_refund(actor=boss, payment_id=payment.pk, item=order.lines.get(title="Red vase").pk, reason="Broken")
    ticket = ticket_open(
        actor=bob,
        purchase=order.lines.first().pk,
        issue_type=TicketIssue.values[0],
        subject="Where is <it>?",
        description="It has not come.",
    )
    found = panels(client, order)
    assert list(found) == ["Lines", "Sellers and shipping", "Downloads", "Payments", "Refunds", "Ledger", "Tickets"]
    vase, dawn, red = found["Lines"]
    assert (
        picture.watermarked.url in vase[0]
        and reverse("admin:marketplace_artwork_change", args=[pieces[0].pk]) in (vase[1])
    )
    assert dawn[3:] == (1, "25.00 PKR", "", "25.00 PKR", "")
    assert red[3:] == (1, "15.00 PKR", "", "15.00 PKR", "15.00 PKR")
    mine, theirs = found["Sellers and shipping"]
    assert mine[1:5] == (2, "85.00 PKR", "8.50 PKR", "76.50 PKR")
    assert (mine[5][:6], mine[6]) == ("1 of 1", "not yet")
    assert theirs[1:] == (1, "15.00 PKR", "0.00 PKR", "0.00 PKR", "not yet", "not yet")
    [(title, count, last)] = found["Downloads"]
    assert (title, count, last is not None) == ("Dawn", "1 of 10", True)
    assert found["Payments"][0][2:6] == ("100.00 PKR", "15.00 PKR", "0.00 PKR", "Partially Refunded")
    assert found["Refunds"][0][1:4] == ("1 × Red vase", "15.00 PKR", "Succeeded")
    assert [row[1] for row in found["Ledger"] if row[1]] == ["Payment", "Refund"]
    assert ticket.number in found["Tickets"][0][0]
    page = client.get(address(order)).content.decode()
    for words in (
        *("Pending → Confirmed", f"Payment {payment}: Pending → Completed", "Refund of 15.00 PKR", "payment.refund"),
        *("Mail to bob: purchase confirmation", "Where is &lt;it&gt;?", "1 Example Street, Lahore"),
    ):
        assert words in page, words


def test_it_costs_the_same_however_much_is_in_it(client, boss, bob, order):
    small = paid_order(bob, EquipmentFactory())[0]
    payment_refund(actor=boss, payment_id=small.payments.get().pk, amount=Decimal("0.50"))
    for _ in range(3):
        payment_refund(actor=boss, payment_id=order.payments.get().pk, amount=Decimal("0.50"))

    def queries(row) -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address(row)).status_code == 200
        return len(ran)

    queries(small)
    assert queries(small) == queries(order)


def test_shipping_and_delivery_by_their_buttons(client, order, alice, staff):
    form = client.get(address(order, "ship")).context["form"]
    assert [words for _value, words in form.fields["seller"].choices] == [
        *("All of it", "What alice sends", "What dora sends")
    ]
    assert client.post(address(order, "ship"), {"seller": "0"}).context["form"].errors["seller"]
    assert "Shipped." in press(client, order, "ship", seller=alice.pk)
    assert order.status == "confirmed"
    press(client, order, "ship", seller="")
    press(client, order, "deliver", seller="")
    assert order.status == "delivered"
    assert actions() == ["order.ship", "order.ship", "order.deliver"]
    first, second, _third = AuditEntry.objects.order_by("pk")
    assert first.before == {"status": "confirmed", "items": "0 of 2"}
    assert first.after == {"status": "confirmed", "items": "1 of 2", "seller": alice.pk}
    assert second.after == {"status": "shipped", "items": "2 of 2"}
    page = client.get(address(order)).content.decode()
    for button in ("ship", "deliver", "cancel", "complete"):
        assert address(order, button) not in page, button


def test_a_refund_of_a_line_and_of_a_part(client, order, boss):
    line, button = order.lines.get(title="Dawn"), address(order, "give-back")
    form = client.get(button).context["form"]
    assert form.fields["item"].choices[0][1] == "The whole payment: 100.00 PKR are left"
    wrong = client.post(button, {"item": line.pk, "amount": "25.01", "reason": "x"}).context["form"]
    assert "At most 25.00 PKR" in str(wrong.errors["amount"])
    assert client.post(button, {"item": "0", "reason": "x"}).context["form"].errors["item"]
    assert "Refund of 25.00 PKR: succeeded." in press(client, order, "give-back", item=line.pk, reason="Broken")
    assert "Refund of 5.00 PKR" in press(client, order, "give-back", amount="5", reason="Late")
    assert [(refund.amount, refund.share and refund.share.line_id) for refund in Refund.objects.order_by("pk")] == [
        (25, line.pk),
        (5, None),
    ]


def test_writing_to_the_buyer(client, order, bob, staff):
    button = address(order, "write")
    wrong = client.post(button, {"subject": " ", "text": "x" * 1801}).context["form"].errors
    assert set(wrong) == {"subject", "text"}
    page = press(client, order, "write", subject="Your vase", text="It is <b>late</b>.")
    assert "Written to the buyer: Your vase" in page and "It is &lt;b&gt;late&lt;/b&gt;." in page
    delivery = bob.deliveries.get(template="order_letter")
    assert delivery.context == {"order_id": order.pk, "subject": "Your vase", "words": "It is <b>late</b>."}
    assert bob.notifications.get(title="Your vase").message == "It is <b>late</b>."
    entry = AuditEntry.objects.exclude(action="note.write").get()
    assert (entry.action, entry.actor, entry.after) == ("order.write", staff, {"subject": "Your vase"})


def test_its_receipt(client, order, staff):
    answer = client.get(address(order, "receipt"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert "Blue vase" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    client.force_login(ModeratorFactory())
    assert client.get(address(order, "receipt")).status_code == 403


def test_cancelling(client, order, staff):
    assert client.post(address(order, "cancel"), {}).context["form"].errors["reason"]
    press(client, order, "cancel", reason="Against the rules")
    assert (order.status, Refund.objects.get().amount, actions()) == ("cancelled", 100, ["order.cancel"])


def test_completing_by_force(client, bob, pieces, staff):
    cash = payment_of(order_of(bob, pieces[0]), PaymentMethod.CASH_ON_DELIVERY)
    press(client, cash.order, "complete", reason="The buyer called")
    cash.refresh_from_db()
    assert (cash.order.status, cash.status, actions()) == ("delivered", "completed", ["order.force_complete"])


def test_who_decides_what(client, order, staff):
    page = client.get(address(order)).content.decode()
    for button, there in (("ship", True), ("write", True), ("cancel", True), ("give-back", False)):
        assert (address(order, button) in page) is there, button
    assert client.post(address(order, "give-back"), {"reason": "x"}).status_code == 403
    client.force_login(ModeratorFactory())
    assert client.get(address(order)).status_code == 403
    assert client.post(address(order, "cancel"), {"reason": "x"}).status_code in (403, 404)
    client.force_login(BuyerFactory())
    assert client.get(address(order)).status_code == 302
    assert (Refund.objects.count(), actions()) == (0, [])
    client.force_login(SuperuserFactory())
    unpaid = order_of(BuyerFactory(), EquipmentFactory())
    page = client.get(address(unpaid)).content.decode()
    for button, there in (("ship", False), ("deliver", False), ("give-back", False), ("cancel", True)):
        assert (address(unpaid, button) in page) is there, button
