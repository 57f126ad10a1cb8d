"""Nexus's e-mail campaigns over HTTP: administrators write and send, staff read, nobody else sees any."""

import pytest

from accounts.tests.people import as_bearer
from community.models import EmailCampaign
from community.services.campaigns import campaign_create, campaign_send
from tests.roles.nexus.pages import CAMPAIGN, LETTER

pytestmark = pytest.mark.django_db
CAMPAIGNS, SEND = "/api/admin/emails/campaigns", "/api/admin/emails/send"


@pytest.fixture
def campaign(admin):
    return campaign_create(actor=admin, **CAMPAIGN)


@pytest.mark.operation("nexus.admin.campaigns.create")
def test_writing_a_campaign(admin, staff):
    answer = as_bearer(admin).post(CAMPAIGNS, CAMPAIGN, format="json")
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == CAMPAIGN | {
        "id": EmailCampaign.objects.get().pk,
        **dict.fromkeys(("sent", "opened", "clicked", "bounced", "unsubscribed"), 0),
        "status": "draft",
        "scheduled_at": None,
        "sent_at": None,
        "created_at": shown["created_at"],
    }
    sent = CAMPAIGN | {"scheduled_at": "2099-12-31T09:00:00Z", "status": "sent", "opened": 9}
    shown = as_bearer(admin).post(CAMPAIGNS, sent, format="json").json()
    assert (shown["status"], shown["scheduled_at"], shown["opened"]) == ("scheduled", "2099-12-31T09:00:00Z", 0)
    assert as_bearer(staff).post(CAMPAIGNS, CAMPAIGN, format="json").json() == {"detail": "Not enough permissions"}


@pytest.mark.operation("nexus.admin.campaigns.list")
@pytest.mark.operation("nexus.admin.campaigns.retrieve")
def test_campaigns(admin, staff, bob, campaign):
    newer = campaign_create(actor=admin, **CAMPAIGN)
    campaign_send(actor=admin, campaign_id=newer.pk)
    api = as_bearer(staff)
    assert [each["id"] for each in api.get(CAMPAIGNS).json()] == [newer.pk, campaign.pk]
    assert [each["id"] for each in api.get(f"{CAMPAIGNS}?status=draft").json()] == [campaign.pk]
    assert api.get(f"{CAMPAIGNS}?page=1&limit=1").json()["pages"] == 2
    assert api.get(f"{CAMPAIGNS}?status=lost").status_code == 422
    assert api.get(f"{CAMPAIGNS}/{newer.pk}").json()["status"] == "sent"
    assert api.get(f"{CAMPAIGNS}/0").json() == {"detail": "Campaign not found"}
    assert as_bearer(bob).get(f"{CAMPAIGNS}/{newer.pk}").status_code == 403


@pytest.mark.operation("nexus.admin.campaigns.update")
@pytest.mark.operation("nexus.admin.campaigns.send")
@pytest.mark.operation("nexus.admin.campaigns.delete")
def test_changing_sending_and_deleting(admin, bob, campaign):
    api, address = as_bearer(admin), f"{CAMPAIGNS}/{campaign.pk}"
    assert api.put(address, {"scheduled_at": "2099-12-31"}, format="json").json()["status"] == "scheduled"
    shown = api.put(address, {"scheduled_at": None, "segment": "creators"}, format="json").json()
    assert (shown["status"], shown["segment"]) == ("draft", "creators")
    api.put(address, {"segment": "all"}, format="json")
    assert api.post(f"{address}/send").json() == {"message": "Email sent to 2 users"}
    shown = api.get(address).json()
    assert (shown["sent"], shown["status"]) == (2, "sent") and shown["sent_at"] is not None
    for answer in (api.post(f"{address}/send"), api.put(address, {"name": "x"}, format="json")):
        assert (answer.status_code, answer.json()) == (400, {"detail": "Campaign has already been sent"})
    assert api.delete(address).json() == {"message": "Campaign deleted"}
    assert api.delete(address).json() == {"detail": "Campaign not found"}


@pytest.mark.operation("nexus.admin.emails.send")
def test_sending_at_once(admin, alice, bob):
    api = as_bearer(admin)
    assert api.post(SEND, LETTER, format="json").json() == {"message": "Email sent to 3 users"}
    campaign = EmailCampaign.objects.get()
    assert (campaign.name, campaign.status, campaign.recipients_count) == (LETTER["subject"], "sent", 3)
    answer = api.post(f"{SEND}?subject=Hi&content=%3Ch1%3EHi%3C/h1%3E&segment=creators")
    assert answer.json() == {"message": "Email sent to 0 users"}
    assert EmailCampaign.objects.latest("pk").content == "<h1>Hi</h1>"


def test_letters_that_are_none(admin):
    api = as_bearer(admin)
    answer = api.post(f"{SEND}?subject=Hi&content=Hi&segment=everybody")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "segment"])
    answer = api.post(SEND, LETTER | {"content": ""}, format="json")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "content"])
    assert api.post(SEND, [1], format="json").status_code == 422
    assert not EmailCampaign.objects.exists()


def test_a_key_sends_once(admin):
    api = as_bearer(admin)
    answers = [api.post(SEND, LETTER, format="json", HTTP_IDEMPOTENCY_KEY="march").json() for _ in range(2)]
    assert answers == [{"message": "Email sent to 1 users"}] * 2
    assert EmailCampaign.objects.count() == 1
