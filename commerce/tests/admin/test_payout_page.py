"""A payout and a subscription in Django's admin site: what they are of, and what can be decided."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.levels import groups_prepare
from accounts.tests.factories import ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.errors import GatewayRefused
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import InvoiceReversal, Payout, SandboxRefund, Subscription
from commerce.selectors.payouts import payout_lines
from commerce.services.refunds.refunds import payment_refund
from commerce.services.subscriptions.subscriptions import subscribe
from commerce.tests.services.payouts.test_payouts import asked
from commerce.tests.shop import plan_of
from commerce.tests.steps import paid_order
from config.core.errors import Denied
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    person = SuperuserFactory(username="boss")
    client.force_login(person)
    return person


def sold(alice, bob, price: str):
    return paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal(price)))


@pytest.fixture
def payout(alice, bob, boss) -> Payout:
    """The second one: of what came in, and was given back, since the first."""
    sold(alice, bob, "100.00")
    asked(alice, "30.00", payout_account="DE0099887766")
    _order, payment = sold(alice, bob, "50.00")
    payment_refund(actor=boss, payment_id=payment.pk, amount=Decimal("10.00"))
    return asked(alice, "60.00", payout_account="DE0099887766")


def address(row, button: str = "change") -> str:
    return f"/admin/commerce/{row._meta.model_name}/{row.pk}/{button}/"


def panels(client, row) -> dict:
    answer = client.get(address(row))
    assert answer.status_code == 200
    return {panel.title: panel for panel in answer.context["panels"]}


def queries(client, row) -> int:
    client.get(address(row))
    with CaptureQueriesContext(connection) as ran:
        assert client.get(address(row)).status_code == 200
    return len(ran)


class TestPayout:
    def test_what_it_pays(self, client, payout, alice, bob):
        found = panels(client, payout)
        assert list(found) == ["Balance", "What it pays", "Their other payouts"]
        lines = found["What it pays"]
        assert [(row[1], row[3], row[4]) for row in lines.rows] == [
            ("Payout", "-60.00 USD", "36.00 USD"),
            ("Refund", "-9.00 USD", "96.00 USD"),
            ("Payment", "45.00 USD", "105.00 USD"),
        ]
        assert lines.note.startswith("All 3 lines") and "60.00 USD were owed before" in lines.note
        assert ("Owed to them now", "36.00 USD") in found["Balance"].rows
        assert found["Their other payouts"].rows[0][1] == "30.00 USD"
        first = Payout.objects.order_by("pk").first()
        assert [row[3] for row in panels(client, first)["What it pays"].rows] == ["-30.00 USD", "90.00 USD"]
        assert queries(client, first) == queries(client, payout)
        with pytest.raises(Denied):
            payout_lines(actor=bob, payout=payout, most=5)
        short = payout_lines(actor=SuperuserFactory(), payout=payout, most=1)
        assert (len(short.lines), short.count, short.before) == (1, 3, 60)

    def test_its_statement(self, client, payout, monkeypatch):
        groups_prepare()
        client.force_login(StaffFactory())
        answer = client.get(address(payout, "statement"))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        rows = b"".join(client.get(address(payout, "statement-table")).streaming_content).decode().splitlines()
        assert [row.split(",")[2:5] for row in rows[1:]] == [
            ["opening", "", "60.00"],
            *(["payment", "45.00", "105.00"], ["refund", "-9.00", "96.00"], ["payout", "-60.00", "36.00"]),
            ["closing", "", "36.00"],
        ]
        monkeypatch.setattr("commerce.documents.statements.MOST_LINES", 1)
        told = client.get(address(payout, "statement"), follow=True).content.decode()
        assert "A PDF holds at most 1 lines." in told and "What it pays" in told
        client.force_login(ModeratorFactory())
        assert client.get(address(payout, "statement")).status_code == 403

    def test_it_is_carried_out(self, client, payout, boss):
        page = client.get(address(payout)).content.decode()
        assert address(payout, "sooner") not in page
        client.post(address(payout, "begin"), {})
        assert client.post(address(payout, "paid"), {}).context["form"].errors["reference"]
        for _ in range(2):
            done = client.post(address(payout, "paid"), {"reference": "PP-77"}, follow=True)
        payout.refresh_from_db()
        assert (payout.status, payout.reference) == ("completed", "PP-77")
        page = done.content.decode()
        assert "Pending → Processing" in page and "payout.complete" in page and "Mail to alice" in page
        assert client.post(address(payout, "failed"), {"reason": ""}).context["form"].errors["reason"]
        client.post(address(payout, "failed"), {"reason": "The bank returned it"})
        payout.refresh_from_db()
        assert payout.status == "failed"
        assert list(
            AuditEntry.objects.filter(target_type="payout").order_by("pk").values_list("action", flat=True)
        ) == [*("payout.process", "payout.complete", "payout.fail")]

    def test_one_that_waits(self, client, payout, boss):
        Payout.objects.filter(pk=payout.pk).update(waits_until=timezone.now() + timedelta(hours=72))
        page = client.get(address(payout)).content.decode()
        for button, there in (("sooner", True), ("begin", False), ("paid", False), ("failed", True)):
            assert (address(payout, button) in page) is there, button
        client.post(address(payout, "paid"), {"reference": "x"})
        assert client.post(address(payout, "sooner"), {}).context["form"].errors["reason"]
        client.post(address(payout, "sooner"), {"reason": "She called us"})
        payout.refresh_from_db()
        assert (payout.status, payout.is_waiting) == ("pending", False)
        assert AuditEntry.objects.filter(target_type="payout").get().after["reason"] == "She called us"

    def test_staff_look(self, client, payout):
        groups_prepare()
        client.force_login(StaffFactory())
        page = client.get(address(payout)).content.decode()
        assert "****7766" in page and "DE0099887766" not in page
        for button in ("begin", "paid", "failed"):
            assert address(payout, button) not in page
            assert client.post(address(payout, button), {"reason": "x", "reference": "x"}).status_code == 403
        client.force_login(ModeratorFactory())
        assert client.get(address(payout)).status_code == 403
        payout.refresh_from_db()
        assert payout.status == "pending"


class TestSubscription:
    @pytest.fixture
    def bought(self, bob, boss) -> Subscription:
        return subscribe(actor=bob, plan_id=plan_of().pk).subscription

    def test_a_refund_of_an_invoice(self, client, bought):
        invoice, button = bought.invoices.get(), address(bought, "give-back")
        page = client.get(button)
        assert "19.00 USD paid, 0.00 USD given back" in page.content.decode()
        right = {"invoice": invoice.pk, "amount": "5", "reason": "Was down", "once": page.context["once"]}
        for sent, field in (({"amount": "19.01"}, "amount"), ({"invoice": "0"}, "invoice"), ({"reason": ""}, "reason")):
            assert client.post(button, right | sent).context["form"].errors[field], field
        assert InvoiceReversal.objects.count() == 0
        for _ in range(2):
            done = client.post(button, right, follow=True)
        assert [refund.amount for refund in SandboxRefund.objects.all()] == [500]
        found = panels(client, bought)
        assert list(found) == ["Plan", "Invoices", "Money that went back", "Their other subscriptions"]
        assert found["Invoices"].rows[0][3:6] == ("19.00 USD", "5.00 USD", "0.00 USD")
        assert found["Money that went back"].rows[0][2:6] == ("5.00 USD", "succeeded", "boss", "Was down")
        told = done.content.decode()
        for words in (
            "Refund of 5.00 USD: succeeded.",
            "subscription.refund",
            "Incomplete → Active",
            "Paid: 19.00 USD",
        ):
            assert words in told, words
        few = queries(client, bought)
        client.post(button, right | {"once": "another"})
        assert queries(client, bought) == few

    def test_after_a_gateway_s_refusal_another_amount_is_asked_for(self, client, bought, monkeypatch):
        def refuse(*_args: object, **_kwargs: object) -> None:
            raise GatewayRefused("The balance is too low.")

        invoice, button = bought.invoices.get(), address(bought, "give-back")
        sent = {"invoice": invoice.pk, "amount": "19", "reason": "Was down", "once": client.get(button).context["once"]}
        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "refund", refuse)
            for _ in range(2):  # pressed twice
                page = client.post(button, sent)
                assert "The balance is too low." in str(page.context["form"].errors)
        assert [refund.state for refund in InvoiceReversal.objects.all()] == ["failed"]
        client.post(button, sent | {"amount": "5", "once": page.context["once"]})
        assert [refund.amount for refund in SandboxRefund.objects.all()] == [500]

    def test_ending_it(self, client, bought):
        assert client.post(address(bought, "end-with-period"), {}).context["form"].errors["reason"]
        page = client.post(address(bought, "end-with-period"), {"reason": "They asked"}, follow=True).content.decode()
        bought.refresh_from_db()
        assert (bought.status, bought.cancel_at_period_end) == ("active", True)
        assert address(bought, "end-with-period") not in page and address(bought, "end-now") in page
        page = client.post(address(bought, "end-now"), {"reason": "Fraud"}, follow=True).content.decode()
        bought.refresh_from_db()
        assert (bought.status, address(bought, "end-now") in page) == ("cancelled", False)

    def test_staff_look(self, client, bought):
        groups_prepare()
        client.force_login(StaffFactory())
        page = client.get(address(bought)).content.decode()
        for button in ("end-now", "end-with-period", "give-back"):
            assert address(bought, button) not in page
            assert client.post(address(bought, button), {"reason": "x"}).status_code == 403
        assert bought.key.hex not in page.replace("-", "")
