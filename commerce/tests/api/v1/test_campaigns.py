"""v1's campaigns and promotions over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commerce.models import Campaign, Payment, Promotion
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import order_of, paid_order

pytestmark = pytest.mark.django_db
CAMPAIGNS = "/api/v1/advanced-tools/promotion-campaigns"


@pytest.fixture
def gear(alice):
    return design_of(alice, title="Mechanical Gear")


def body_of(*designs, **changes):
    body = {
        "name": "Summer Sale 2034",
        "description": "25% off all engineering designs",
        "discount_type": "percentage",
        "discount_value": 25.0,
        "start_date": "2034-06-01T00:00:00Z",
        "end_date": "2034-08-31T23:59:59Z",
        "design_ids": [design.pk for design in designs],
        "target_audience": "returning_customers",
        "budget": 500.0,
    }
    return body | changes


@pytest.mark.operation("v1.campaigns.create")
def test_making_one(client_of, alice, bob, gear, settings):
    settings.FRONTEND_URL = "https://example.com"
    type(bob).objects.filter(pk=bob.pk).update(last_login=timezone.now())
    paid_order(bob, gear)
    answer = client_of(alice).post(CAMPAIGNS, body_of(gear, design_of(alice)), format="json")
    campaign = Campaign.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": campaign.pk,
        "name": "Summer Sale 2034",
        "status": "scheduled",
        "designs_count": 2,
        "estimated_reach": 1,
        "created_at": f"{campaign.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "campaign_url": "https://example.com/campaign/summer-sale-2034",
    }
    assert (campaign.seller, campaign.budget, campaign.target_audience) == (alice, 500, "returning_customers")


def test_a_start_in_the_past_and_other_words_are_fine(client_of, alice, gear):
    body = body_of(gear, name="夏", start_date="2024-06-01T00:00:00Z", budget=None, target_audience=None)
    answer = client_of(alice).post(CAMPAIGNS, body | {"design_ids": [str(gear.uuid)]}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (201, "active")
    assert answer.json()["campaign_url"].endswith(f"/campaign/{answer.json()['id']}")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end_date": "2034-05-31T00:00:00Z"}, "end_date"),
        ({"end_date": "soon"}, "end_date"),
        ({"discount_value": 0}, "discount_value"),
        ({"discount_value": 100.5}, "discount_value"),
        ({"discount_type": "half"}, "discount_type"),
        ({"design_ids": []}, "design_ids"),
        ({"design_ids": [2**40]}, "design_ids"),
        ({"design_ids": 7}, "design_ids"),
        ({"target_audience": "engineers"}, "target_audience"),
        ({"budget": -1}, "budget"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_sense(client_of, alice, gear, changes, field):
    answer = client_of(alice).post(CAMPAIGNS, body_of(gear) | changes, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Campaign.objects.exists()


def test_designs_of_others(client_of, bob, gear):
    answer = client_of(bob).post(CAMPAIGNS, body_of(gear), format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "design_ids")


def test_a_percentage_has_its_places_where_the_currency_has_none(client_of, alice):
    percent = campaign_of(alice, design_of(alice, currency="JPY"), percent="12.5")
    campaign_of(alice, design_of(alice, currency="KWD"), off="0.125")
    rows = client_of(alice).get(f"{CAMPAIGNS}?order=asc").json()["items"]
    assert [row["discount_value"] for row in rows] == [12.5, 0.125]
    answer = client_of(alice).put(f"{CAMPAIGNS}/{percent.pk}", {"discount_value": 33.33}, format="json")
    assert (answer.status_code, answer.json()["discount_value"]) == (200, 33.33)


@pytest.mark.operation("v1.campaigns.list")
def test_the_list(client_of, alice, bob, gear):
    campaign = campaign_of(alice, gear, percent="25")
    paid_order(bob, gear, quantity=2)
    client = client_of(alice)
    with CaptureQueriesContext(connection) as one:
        answer = client.get(CAMPAIGNS)
    assert answer.json() == {
        "items": [
            {
                "id": campaign.pk,
                "name": "Sale",
                "status": "active",
                "discount_type": "percentage",
                "discount_value": 25.0,
                "currency": "USD",
                "start_date": f"{campaign.start_date:%Y-%m-%dT%H:%M:%SZ}",
                "end_date": f"{campaign.end_date:%Y-%m-%dT%H:%M:%SZ}",
                "designs_count": 1,
                "total_uses": 1,
                "revenue_generated": 45.0,
                "created_at": f"{campaign.created_at:%Y-%m-%dT%H:%M:%SZ}",
            }
        ],
        "total": 1,
        "page": 1,
        "size": 50,
    }
    for number in range(29):
        campaign_of(alice, gear, percent="1", name=f"Sale {number:02}")
    with CaptureQueriesContext(connection) as thirty:
        assert len(client.get(CAMPAIGNS).json()["items"]) == 30
    assert len(one) == len(thirty)
    assert client.get(f"{CAMPAIGNS}?sort=name&order=asc&size=1").json()["items"][0]["name"] == "Sale"
    assert client.get(f"{CAMPAIGNS}?sort=revenue_generated&size=1").json()["items"][0]["id"] == campaign.pk
    assert client_of(bob).get(CAMPAIGNS).json()["total"] == 0


@pytest.mark.operation("v1.campaigns.update")
def test_changing_one(client_of, alice, bob, gear):
    campaign = campaign_of(alice, gear, percent="25")
    address = f"{CAMPAIGNS}/{campaign.pk}"
    body = {"name": "Extended", "discount_value": 30.0, "end_date": "2034-09-15T23:59:59Z", "budget": 750.0}
    assert client_of(bob).put(address, body, format="json").status_code == 404
    answer = client_of(alice).put(address, body, format="json")
    campaign.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": campaign.pk,
        "name": "Extended",
        "discount_value": 30.0,
        "currency": "USD",
        "end_date": "2034-09-15T23:59:59Z",
        "status": "active",
        "updated_at": f"{campaign.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "message": "Campaign updated successfully",
    }
    assert campaign.budget == 750
    answer = client_of(alice).put(address, {"status": "paused"}, format="json")
    assert (answer.json()["status"], answer.json()["name"]) == ("paused", "Extended")
    assert order_of(bob, gear).total_amount == 30
    refused = client_of(alice).put(address, {"discount_value": 101}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "discount_value")


@pytest.mark.operation("v1.campaigns.delete")
def test_taking_one_away(client_of, alice, bob, gear):
    used, unused = campaign_of(alice, gear, percent="25"), campaign_of(alice, gear, percent="5")
    order_of(bob, gear)
    assert client_of(bob).delete(f"{CAMPAIGNS}/{used.pk}").status_code == 404
    for campaign in (used, unused):
        answer = client_of(alice).delete(f"{CAMPAIGNS}/{campaign.pk}")
        assert (answer.status_code, answer.json()) == (200, {"message": "Promotion campaign deleted successfully"})
        assert client_of(alice).delete(f"{CAMPAIGNS}/{campaign.pk}").status_code == 404
    assert client_of(alice).get(CAMPAIGNS).json()["items"] == []


def test_the_group_has_its_limit(client_of, alice, settings, monkeypatch):
    from commerce.api.v1.campaigns import Campaigns

    settings.RATE_LIMITS = "on"
    assert Campaigns.limits == {"user": 200}
    monkeypatch.setattr(Campaigns, "limits", {"user": 1})
    monkeypatch.setattr(Campaigns, "limit_group", f"advanced-tools-{alice.pk}-{timezone.now().timestamp()}:")
    assert [client_of(alice).get(CAMPAIGNS).status_code for _ in range(2)] == [200, 429]


@pytest.mark.operation("v1.designs.promote")
def test_promoting_a_design(client_of, alice, bob, gear):
    address = f"/api/v1/commerce/designs/{gear.uuid}/promote"
    body = {"promotion_type": "featured", "duration_days": 30, "budget": 100.0, "target_audience": "engineers"}
    assert client_of(bob).post(address, body, format="json").status_code == 403
    answer, again = (client_of(alice).post(address, body, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    promotion = Promotion.objects.get()
    assert answer.status_code == 201
    assert (
        answer.json()
        == again.json()
        == {
            "design_id": gear.pk,
            "promotion_id": f"PROMO-{promotion.created_at:%Y}-001",
            "status": "active",
            "expires_at": f"{promotion.starts_at + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
            "estimated_reach": 1,
            "cost": 100.0,
            "currency": "USD",
        }
    )
    assert Payment.objects.get().amount == Decimal("100.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"promotion_type": "billboard"}, "promotion_type"),
        ({"duration_days": 0}, "duration_days"),
        ({"duration_days": None}, "duration_days"),
        ({"budget": 0}, "budget"),
        ({"target_audience": "x" * 101}, "target_audience"),
    ],
)
def test_promotions_that_make_no_sense(client_of, alice, gear, changes, field):
    body = {"promotion_type": "featured", "duration_days": 30} | changes
    answer = client_of(alice).post(f"/api/v1/commerce/designs/{gear.pk}/promote", body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Promotion.objects.exists()


def test_a_promotion_that_the_card_refuses_or_the_bank_asks_about(client_of, alice, gear):
    default_of(alice, "pm_card_chargeDeclined")
    address = f"/api/v1/commerce/designs/{gear.pk}/promote"
    body = {"promotion_type": "featured", "duration_days": 3, "budget": 9.0}
    declined = client_of(alice).post(address, body, format="json")
    assert (declined.status_code, declined.json()["code"]) == (400, "card_declined")
    default_of(alice, "pm_card_threeDSecure2Required")
    waiting = client_of(alice).post(address, body, format="json")
    assert (waiting.status_code, waiting.json()["status"], waiting.json()["expires_at"]) == (201, "pending", None)
    assert waiting.json()["next_action"]["redirect_to_url"]["url"]


def test_promoted_designs_come_first_in_the_list(client_of, alice, bob, gear):
    newer = [design_of(alice) for _ in range(3)]
    body = {"promotion_type": "featured", "duration_days": 3}
    client_of(alice).post(f"/api/v1/commerce/designs/{gear.pk}/promote", body, format="json")

    def listed(query=""):
        return [row["name"] for row in client_of(bob).get("/api/v1/commerce/designs" + query).json()]

    assert listed() == [gear.title, *(design.title for design in newer[::-1])]
    assert listed("?size=2") + listed("?size=2&page=2") == listed()
    assert listed(f"?seller={alice.pk}")[-1] == gear.title
    Promotion.objects.update(starts_at=timezone.now() - timedelta(days=9), expires_at=timezone.now())
    assert listed()[-1] == gear.title


def test_many_promotions_of_one_design_or_of_what_is_withdrawn_push_no_other_out(
    client_of, alice, bob, gear, monkeypatch
):
    monkeypatch.setattr("commerce.selectors.promotions.MOST_PROMOTED", 2)
    crowd, withdrawn, plain = (design_of(alice) for _ in range(3))
    for design in (gear, withdrawn, crowd, crowd, crowd):
        body = {"promotion_type": "featured", "duration_days": 3}
        assert (
            client_of(alice).post(f"/api/v1/commerce/designs/{design.pk}/promote", body, format="json").status_code
            == 201
        )
    client_of(alice).put(f"/api/v1/commerce/designs/{withdrawn.pk}/edit", {"status": "draft"}, format="json")
    listed = client_of(bob).get("/api/v1/commerce/designs").json()
    assert [row["name"] for row in listed] == [crowd.title, gear.title, plain.title]


def test_the_payment_of_a_promotion_is_one_like_any_other_in_cultureup(client_of, alice, admin, gear):
    body = {"promotion_type": "featured", "duration_days": 3, "budget": 9.0}
    client_of(alice).post(f"/api/v1/commerce/designs/{gear.pk}/promote", body, format="json")
    payment = Payment.objects.get()
    for person, address in ((alice, "/api/payments/"), (admin, "/api/admin/payments/")):
        [row] = client_of(person).get(address).json()["results"]
        assert (row["id"], row["amount"], row["status"]) == (payment.pk, "9.00", "completed")
    shown = client_of(alice).get(f"/api/payments/{payment.pk}/").json()
    assert (shown["order"], shown["job"], shown["platform_fee"], shown["artist_earning"]) == (
        None,
        None,
        "9.00",
        "0.00",
    )
    assert client_of(admin).post(f"/api/admin/payments/{payment.pk}/release/").status_code == 400
    assert client_of(alice).post(f"/api/payments/{payment.pk}/process/").status_code == 400
    refunded = client_of(admin).post(f"/api/admin/payments/{payment.pk}/refund/")
    assert refunded.status_code == 200
    payment.refresh_from_db()
    assert (payment.status, payment.refunded_amount) == ("refunded", 9)
