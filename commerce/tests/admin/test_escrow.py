"""Held money and disputes in Django's admin site: administrators decide through the services, others look."""

from decimal import Decimal

import pytest

from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, StaffFactory
from commerce.models import Refund
from commerce.services.escrow.disputes import dispute_open
from commerce.services.refunds.refunds import refund_settle
from commerce.tests.steps import balances, paid_job
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job, hired_job

pytestmark = pytest.mark.django_db
PAYMENTS, DISPUTES = "/admin/commerce/payment/", "/admin/commerce/dispute/"


@pytest.fixture
def signed_in(client):
    groups_prepare()

    def sign_in(factory):
        client.force_login(factory())
        return client

    return sign_in


def act(client, url, action, *rows, reason=""):
    answer = client.post(
        url,
        {"action": action, "_selected_action": [row.pk for row in rows], "reason": reason, "confirmed": "yes"},
        follow=True,
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_release(signed_in, alice, bob):
    done, under_way = paid_job(completed_job(buyer=bob, artist=alice)), paid_job(hired_job(buyer=bob, artist=alice))
    client = signed_in(AdminFactory)
    page = act(client, PAYMENTS, "release", done, under_way)
    assert "1 done." in page
    assert "released when it is completed" in page
    assert balances()[("seller", alice.pk)] == Decimal("765.00")
    act(client, PAYMENTS, "release_by_force", under_way)
    assert balances()[("seller", alice.pk)] == Decimal("765.00"), "no reason, no force"
    act(client, PAYMENTS, "release_by_force", under_way, reason="Both agree")
    assert balances()[("seller", alice.pk)] == Decimal("1530.00")
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["payment.release"] * 2


@pytest.mark.parametrize(("action", "seller"), [("release_to_artist", "765.00"), ("refund_to_buyer", "0")])
def test_disputes(signed_in, alice, bob, action, seller):
    dispute = dispute_open(actor=bob, payment_id=paid_job(hired_job(buyer=bob, artist=alice)).pk, reason="It is late.")
    client = signed_in(AdminFactory)
    assert client.get(f"{DISPUTES}{dispute.pk}/change/").status_code == 200
    act(client, DISPUTES, action, dispute)
    dispute.refresh_from_db()
    assert dispute.state == "open", "no answer, no decision"
    act(client, DISPUTES, action, dispute, reason="We looked at it.")
    for refund in Refund.objects.all():
        refund_settle(actor=bob, refund_id=refund.pk)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.answer) == ("decided", "We looked at it.")
    assert balances().get(("seller", alice.pk), 0) == Decimal(seller)
    assert AuditEntry.objects.get().action == "dispute.decide"


def test_a_refund_from_the_list_needs_a_reason(signed_in, alice, bob):
    payment = paid_job(completed_job(buyer=bob, artist=alice))
    client = signed_in(AdminFactory)
    act(client, PAYMENTS, "refund", payment)
    assert not Refund.objects.exists()
    act(client, PAYMENTS, "refund", payment, reason="It never came.")
    assert Refund.objects.get().reason == "It never came."


def test_staff_look_and_do_nothing(signed_in, alice, bob):
    payment = paid_job(completed_job(buyer=bob, artist=alice))
    dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
    client = signed_in(StaffFactory)
    assert "It is late." in client.get(f"{DISPUTES}{dispute.pk}/change/").content.decode()
    for url, action, row in ((PAYMENTS, "release", payment), (DISPUTES, "refund_to_buyer", dispute)):
        assert f'value="{action}"' not in client.get(url).content.decode()
        act(client, url, action, row, reason="x")
    dispute.refresh_from_db()
    assert (dispute.state, Refund.objects.count(), AuditEntry.objects.count()) == ("open", 0, 0)
