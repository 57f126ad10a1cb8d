"""Workers at the same campaign at the same moment, each with a connection of their own."""

import pytest

from accounts.models import Delivery
from accounts.tests.factories import AdminFactory, BuyerFactory
from commerce.tests.steps import at_once
from community.errors import AlreadySent
from community.models import CampaignRecipient, EmailCampaign
from community.services import campaigns
from tests.roles.nexus.pages import CAMPAIGN

pytestmark = pytest.mark.django_db(transaction=True)


def test_sent_by_two_at_once_and_brought_by_four(monkeypatch):
    monkeypatch.setattr(campaigns, "BATCH", 5)
    admin = AdminFactory()
    for _ in range(20):
        BuyerFactory()
    campaign = campaigns.campaign_create(actor=admin, **CAMPAIGN)
    begun = at_once(*[lambda: campaigns.campaign_send(actor=admin, campaign_id=campaign.pk)] * 2)
    assert sorted(type(result).__name__ for result in begun) == [AlreadySent.__name__, EmailCampaign.__name__]
    for _ in range(5):
        at_once(*[lambda: campaigns.campaign_continue(campaign.pk)] * 4)
    campaign.refresh_from_db()
    assert campaign.finished_at is not None
    assert CampaignRecipient.objects.count() == Delivery.objects.count() == 21
    assert Delivery.objects.filter(attempts=1, state="sent").count() == 21
