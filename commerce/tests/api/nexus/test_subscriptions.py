"""Nexus's plans and subscriptions over HTTP."""

import pytest

from commerce.models import Plan
from commerce.services.subscriptions.subscriptions import subscribe
from commerce.tests.shop import plan_of

pytestmark = pytest.mark.django_db
PLANS = "/api/pricing/plans"
PRO = {"slug": "pro", "name": "Pro", "price_monthly": 19, "price_yearly": 190, "features": ["Unlimited uploads"]}
SUBSCRIPTION = [
    *("id", "user_id", "plan_id", "plan", "billing_cycle", "status", "payment_method", "amount"),
    "currency",
    *("current_period_start", "current_period_end", "cancel_at_period_end", "cancelled_at", "created_at"),
]


@pytest.mark.operation("nexus.pricing.plans.create")
def test_made(client_of, admin, staff):
    answer = client_of(admin).post(PLANS, PRO, format="json")
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": Plan.objects.get().pk,
            "slug": "pro",
            "name": "Pro",
            "description": "",
            "price_monthly": 19.0,
            "price_yearly": 190.0,
            "currency": "USD",
            "features": ["Unlimited uploads"],
            "is_popular": False,
            "is_active": True,
            "order": 0,
        },
    )
    again = client_of(admin).post(PLANS, PRO, format="json")
    assert (again.status_code, again.json()) == (409, {"detail": "Plan already exists"})
    assert client_of(staff).post(PLANS, PRO, format="json").status_code == 403
    for name, value in (("slug", "Not a slug"), ("price_monthly", -1), ("features", [""]), ("currency", "usd")):
        refused = client_of(admin).post(PLANS, PRO | {name: value}, format="json")
        assert refused.status_code == 422, name


@pytest.mark.operation("nexus.pricing.plans.list")
@pytest.mark.operation("nexus.pricing.plans.retrieve")
@pytest.mark.operation("nexus.pricing.plans.update")
@pytest.mark.operation("nexus.pricing.plans.delete")
def test_shown_changed_and_removed(client_of, admin, bob):
    second, first = plan_of("pro", position=2), plan_of("basic", position=1)
    hidden = plan_of("old", is_active=False)
    anyone = client_of(None)
    assert [row["id"] for row in anyone.get(PLANS).json()] == [first.pk, second.pk]
    assert anyone.get(f"{PLANS}/{second.pk}").json()["slug"] == "pro"
    assert anyone.get(f"{PLANS}/{hidden.pk}").json() == {"detail": "Plan not found"}
    staff = client_of(admin)
    assert staff.get(f"{PLANS}/{hidden.pk}").status_code == 200
    changed = staff.put(f"{PLANS}/{second.pk}", {"price_monthly": 21, "order": 0}, format="json").json()
    assert (changed["price_monthly"], changed["order"], changed["price_yearly"]) == (21.0, 0, 190.0)
    subscribe(actor=bob, plan_id=second.pk)
    refused = staff.delete(f"{PLANS}/{second.pk}")
    assert (refused.status_code, refused.json()) == (409, {"detail": "Plan is in use"})
    assert staff.delete(f"{PLANS}/{first.pk}").json() == {"message": "Plan deleted"}
    assert staff.delete(f"{PLANS}/{first.pk}").status_code == 404


@pytest.mark.operation("nexus.subscriptions.subscribe")
@pytest.mark.operation("nexus.subscriptions.me")
@pytest.mark.operation("nexus.subscriptions.cancel")
def test_a_subscription(client_of, bob, charlie):
    plan, client = plan_of(), client_of(bob)
    none = client.get("/api/subscriptions/me")
    assert (none.status_code, none.json()) == (404, {"detail": "No active subscription"})
    sent = {"plan_id": plan.pk, "billing_cycle": "monthly", "payment_token": "tok_visa"}
    answer = client.post("/api/subscriptions/subscribe", sent, format="json")
    body = answer.json()
    assert (answer.status_code, list(body)) == (201, SUBSCRIPTION)
    assert (body["status"], body["plan"]["slug"], body["amount"], body["user_id"]) == ("active", "pro", 19.0, bob.pk)
    assert client.get("/api/subscriptions/me").json() == body
    again = client.post("/api/subscriptions/subscribe", sent, format="json")
    assert (again.status_code, again.json()) == (409, {"detail": "Already subscribed to this plan"})
    ended = client.put("/api/subscriptions/cancel", {"at_period_end": True}, format="json").json()
    assert ended["message"] == "Subscription cancelled"
    assert (ended["subscription"]["status"], ended["subscription"]["cancel_at_period_end"]) == ("active", True)
    assert client.put("/api/subscriptions/cancel", {"at_period_end": False}, format="json").status_code == 200
    assert client.get("/api/subscriptions/me").status_code == 404
    assert client_of(charlie).put("/api/subscriptions/cancel", {}, format="json").json() == none.json()


def test_refused(client_of, bob):
    plan, client = plan_of(), client_of(bob)

    def say(**sent):
        answer = client.post("/api/subscriptions/subscribe", {"plan_id": plan.pk} | sent, format="json")
        return answer.status_code, answer.json()["detail"]

    assert say(payment_token="pm_card_chargeDeclined") == (402, "Payment failed")
    assert say(plan_id=10**9) == (404, "Plan not found")
    assert say(billing_cycle="weekly")[0] == say(plan_id="x")[0] == say(payment_token="4000")[0] == 422
    waits = client.post(
        "/api/subscriptions/subscribe",
        {"plan_id": plan.pk, "payment_token": "pm_card_threeDSecure2Required"},
        format="json",
    )
    assert (waits.status_code, waits.json()["status"]) == (202, "incomplete")
    assert waits.json()["next_action"]["type"] == "redirect_to_url"
