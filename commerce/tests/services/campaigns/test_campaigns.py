"""Campaigns of a seller: made, changed, taken away, and what they brought."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Follow
from accounts.tests.factories import ArtistFactory
from commerce.models import Campaign, CampaignUse
from commerce.services.audit.ledger import ledger_faults
from commerce.services.campaigns.campaigns import (
    audience_reach,
    campaign_change,
    campaign_delete,
    campaign_status,
    campaigns_of,
)
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import campaign_of, design_of, given
from commerce.tests.steps import order_of, paid_order
from config.core.errors import Invalid, Missing
from marketplace.choices import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def gear(alice):
    return design_of(alice)


class TestMaking:
    def test_by_number_or_uuid(self, alice, gear):
        wheel = design_of(alice)
        campaign = campaign_of(alice, gear, percent="25", designs=[gear.pk, wheel.uuid, gear.uuid])
        assert set(campaign.listings.values_list("pk", flat=True)) == {gear.pk, wheel.pk}
        assert (campaign.given, campaign.total_uses, campaign.target_audience) == (0, 0, "everyone")

    def test_a_start_in_the_past_is_active_and_one_ahead_is_scheduled(self, alice, gear):
        ahead = timezone.now() + timedelta(days=1)
        assert campaign_status(campaign_of(alice, gear, percent="5")) == "active"
        assert campaign_status(campaign_of(alice, gear, percent="5", start_date=ahead)) == "scheduled"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"percent": "0"}, "discount_value"),
            ({"percent": "-5"}, "discount_value"),
            ({"percent": "100.01"}, "discount_value"),
            ({"off": "0"}, "discount_value"),
            ({"off": "1.005"}, "discount_value"),
            ({"percent": "5", "budget": Decimal(0)}, "budget"),
            ({"percent": "5", "budget": Decimal("0.001")}, "budget"),
            ({"percent": "5", "end_date": timezone.now() - timedelta(days=3)}, "end_date"),
            (
                {
                    "percent": "5",
                    "start_date": timezone.now() - timedelta(days=9),
                    "end_date": timezone.now() - timedelta(days=8),
                },
                "end_date",
            ),
            ({"percent": "5", "designs": []}, "design_ids"),
            ({"percent": "5", "designs": [2**40]}, "design_ids"),
            ({"percent": "5", "currency": "EUR"}, "design_ids"),
        ],
    )
    def test_what_makes_no_sense(self, alice, gear, changes, field):
        with pytest.raises(Invalid) as refused:
            campaign_of(alice, gear, **changes)
        assert refused.value.field == field
        assert not Campaign.objects.exists()

    def test_only_ones_own_listings_that_are_still_there(self, alice, gear):
        for other in (design_of(ArtistFactory()), design_of(alice, status=Status.ARCHIVED)):
            with pytest.raises(Invalid, match=f"no design {other.pk}"):
                campaign_of(alice, gear, other, percent="5")
        assert not Campaign.objects.exists()


class TestChanging:
    def test_only_what_is_given(self, alice, gear):
        campaign = campaign_of(alice, gear, percent="25", budget=Decimal("500"))
        end = timezone.now() + timedelta(days=90)
        changed = campaign_change(actor=alice, campaign_id=campaign.pk, name="Extended", end_date=end)
        assert (changed.name, changed.end_date, changed.discount_value, changed.budget) == ("Extended", end, 25, 500)

    def test_a_budget_below_what_was_given(self, alice, bob, gear):
        campaign = campaign_of(alice, gear, percent="50")
        order_of(bob, gear)
        with pytest.raises(Invalid, match=r"15\.00 USD") as refused:
            campaign_change(actor=alice, campaign_id=campaign.pk, budget=Decimal("14.99"))
        assert refused.value.field == "budget"
        assert campaign_status(campaign_change(actor=alice, campaign_id=campaign.pk, budget=Decimal(15))) == "expired"
        assert campaign_status(campaign_change(actor=alice, campaign_id=campaign.pk, budget=Decimal(16))) == "active"

    def test_an_end_before_the_start(self, alice, gear):
        campaign = campaign_of(alice, gear, percent="50")
        with pytest.raises(Invalid) as refused:
            campaign_change(actor=alice, campaign_id=campaign.pk, end_date=campaign.start_date)
        assert refused.value.field == "end_date"

    def test_nobody_elses(self, alice, bob, gear):
        campaign = campaign_of(alice, gear, percent="50")
        for door in (campaign_change, campaign_delete):
            with pytest.raises(Missing):
                door(actor=bob, campaign_id=campaign.pk)
        assert Campaign.objects.count() == 1


class TestTakingAway:
    def test_one_that_nobody_used_is_gone(self, alice, gear):
        campaign_delete(actor=alice, campaign_id=campaign_of(alice, gear, percent="50").pk)
        assert not Campaign.objects.exists()

    def test_one_that_was_used_leaves_its_sellers_sight_and_lowers_nothing(self, alice, bob, charlie, gear):
        campaign = campaign_of(alice, gear, percent="50")
        order = order_of(bob, gear)
        campaign_delete(actor=alice, campaign_id=campaign.pk)
        assert not campaigns_of(actor=alice).exists()
        with pytest.raises(Missing):
            campaign_change(actor=alice, campaign_id=campaign.pk, name="Back")
        assert order_of(charlie, gear).total_amount == 30
        assert (order.total_amount, given(campaign)) == (15, (15, 15, 1))
        order_cancel(actor=bob, order_id=order.pk)
        assert given(campaign) == (0, 0, 0)
        assert campaign_status(campaign) == "expired"


def test_what_it_brought_is_what_was_paid_less_what_went_back(alice, bob, charlie, admin, gear):
    campaign = campaign_of(alice, gear, percent="50")
    campaign_of(alice, design_of(alice), percent="10")
    paid_order(bob, gear, quantity=2)
    _order, payment = paid_order(charlie, gear)
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("4.00"))
    order_of(admin, gear)  # not paid
    rows = {row.pk: row for row in campaigns_of(actor=alice)}
    row = rows.pop(campaign.pk)
    assert (row.revenue_generated, row.designs_count, row.total_uses) == (Decimal("41.00"), 1, 3)
    assert [other.revenue_generated for other in rows.values()] == [0]
    assert not campaigns_of(actor=bob).exists()


def test_the_reach_counts_people_seen_lately(alice, bob, charlie, gear):
    now = timezone.now()
    for person, seen in ((alice, now), (bob, now), (charlie, now - timedelta(days=31))):
        type(person).objects.filter(pk=person.pk).update(last_login=seen)
    Follow.objects.create(follower=charlie, followed=alice)
    paid_order(bob, gear)
    reach = {
        audience: audience_reach(seller_id=alice.pk, audience=audience)
        for audience in ("everyone", "new_customers", "returning_customers", "followers", "engineering_enthusiasts", "")
    }
    assert reach == {
        "everyone": 1,
        "new_customers": 0,
        "returning_customers": 1,
        "followers": 0,
        "engineering_enthusiasts": 1,
        "": 1,
    }


def test_the_reach_knows_the_same_customers_as_the_prices(alice, bob, gear):
    type(bob).objects.filter(pk=bob.pk).update(last_login=timezone.now())
    order_of(bob, design_of(alice, price="0"))
    audiences = ("new_customers", "returning_customers")
    assert [audience_reach(seller_id=alice.pk, audience=audience) for audience in audiences] == [0, 1]


class TestProof:
    @pytest.mark.parametrize(
        ("model", "changes", "words"),
        [
            (Campaign, {"given": 14}, "says 14.000 were given, its uses say 15.000"),
            (Campaign, {"total_uses": 2}, "says 2 uses, there are 1"),
            (CampaignUse, {"amount": 1}, "its uses say 1.000"),
            (CampaignUse, {"returned_at": timezone.now()}, "its uses say 0"),
        ],
    )
    def test_a_budget_that_is_not_what_was_given(self, alice, bob, gear, model, changes, words):
        campaign_of(alice, gear, percent="50")
        order_of(bob, gear)
        with transaction.atomic():
            model.objects.update(**changes)
            assert any(words in fault for fault in ledger_faults())
            transaction.set_rollback(True)

    def test_the_database_keeps_the_budget(self, alice, gear):
        campaign_of(alice, gear, percent="50", budget=Decimal(10))
        with pytest.raises(IntegrityError, match="campaign_within_budget"), transaction.atomic():
            Campaign.objects.update(given=Decimal("10.01"))
