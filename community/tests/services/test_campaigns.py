"""E-mail campaigns: whom they go to, that nobody gets one twice, and what their letters do."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import SuspiciousOperation
from django.test import Client
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.choices import DeliveryChannel, DeliveryState, MailTopic, RefusalReason
from accounts.models import Delivery, MailRefusal, User
from accounts.services.accounts import house_account
from accounts.services.mail_preferences import unsubscribe_address
from accounts.services.people import user_ban
from accounts.services.sending import delivery_send
from accounts.tests.factories import BuyerFactory, CreatorFactory
from commerce.tests.steps import order_of
from community import tasks
from community.errors import AlreadySent
from community.mail_events import mail_reported
from community.models import CampaignRecipient, EmailCampaign
from community.selectors.campaigns import segment_of
from community.services import campaigns
from community.services.campaign_mails import letter_of, mail_bounced
from community.urls import mail_service
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory
from tests.roles.nexus.pages import CAMPAIGN

pytestmark = pytest.mark.django_db
LETTER = '<h1>Hello</h1><p><a href="https://a.example/?x=1&amp;y=2">one</a> <a href="https://b.example/">two</a></p>'


@pytest.fixture(autouse=True)
def small_batches(monkeypatch, settings):
    monkeypatch.setattr(campaigns, "BATCH", 3)
    settings.PUBLIC_URL = "https://atelier.example"


def made(admin, **changes) -> EmailCampaign:
    return campaigns.campaign_create(actor=admin, **CAMPAIGN | {"content": LETTER} | changes)


def send_all(campaign) -> None:
    """As the workers do: one batch after the other."""
    for _ in range(20):
        campaigns.campaign_continue(campaign.pk)
        campaign.refresh_from_db()
        if campaign.finished_at is not None:
            return
    raise AssertionError("It never ends.")


def readers() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


# ---------------------------------------------------------------- whom they go to
def test_segments(admin, alice, bob):
    house_account()
    creator = CreatorFactory(models_count=2)
    order_of(bob, ArtworkFactory(seller=alice))
    everybody = set(User.objects.exclude(email__endswith=".invalid"))
    assert set(segment_of("all")) == everybody
    assert set(segment_of("creators")) == {creator}
    assert list(segment_of("buyers")) == [bob]
    MailRefusal.objects.create(user=bob, topic=MailTopic.NEWS, reason=RefusalReason.UNSUBSCRIBED)
    user_ban(actor=admin, user_id=creator.pk)
    assert set(segment_of("all")) == everybody - {bob, creator}
    assert not segment_of("creators").exists() and not segment_of("buyers").exists()


# ---------------------------------------------------------------- written
def test_a_campaign_is_written_changed_and_deleted(admin):
    campaign = made(admin, content='<h1 onclick="x()">Hi</h1><script>x()</script>', subject="New\r\nBcc: all")
    assert (campaign.status, campaign.content, campaign.subject) == ("draft", "<h1>Hi</h1>", "New Bcc: all")
    later = timezone.now() + timedelta(days=1)
    campaign = campaigns.campaign_update(actor=admin, campaign_id=campaign.pk, scheduled_at=later)
    assert campaign.status == "scheduled"
    campaign = campaigns.campaign_update(actor=admin, campaign_id=campaign.pk, scheduled_at=None, name="April")
    assert (campaign.status, campaign.name) == ("draft", "April")
    campaigns.campaign_delete(actor=admin, campaign_id=campaign.pk)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        f"email_campaign.{verb}" for verb in ("add", "change", "change", "delete")
    ]


@pytest.mark.parametrize(
    "change",
    [
        *({"name": " "}, {"name": "x" * 201}, {"subject": ""}, {"content": "<script>x()</script>"}),
        *({"content": "x" * 200_001}, {"segment": "everybody"}),
    ],
)
def test_campaigns_that_are_none(admin, change):
    with pytest.raises(Invalid) as refusal:
        made(admin, **change)
    assert refusal.value.field == next(iter(change))
    assert not EmailCampaign.objects.exists() and not AuditEntry.objects.exists()


def test_only_administrators_send(staff, admin, bob):
    campaign = made(admin)
    for actor in (staff, bob):
        for decide in (campaigns.campaign_send, campaigns.campaign_update, campaigns.campaign_delete):
            with pytest.raises(Denied):
                decide(actor=actor, campaign_id=campaign.pk)
        with pytest.raises(Denied):
            made(actor)
    with pytest.raises(Missing):
        campaigns.campaign_send(actor=admin, campaign_id=0)
    assert EmailCampaign.objects.get().status == "draft"


# ---------------------------------------------------------------- sent
def test_everybody_gets_one(admin):
    people = [BuyerFactory() for _ in range(7)]
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    assert (campaign.status, campaign.recipients_count) == ("sent", 8)
    with pytest.raises(AlreadySent):
        campaigns.campaign_send(actor=admin, campaign_id=campaign.pk)
    with pytest.raises(AlreadySent):
        campaigns.campaign_update(actor=admin, campaign_id=campaign.pk, name="Later")
    BuyerFactory()  # who comes while it goes out is not meant
    send_all(campaign)
    campaigns.campaign_continue(campaign.pk)
    assert readers() == sorted(person.email for person in [admin, *people])
    assert campaign.recipients_count == 8
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_killed_in_the_middle_of_its_batches(admin, monkeypatch):
    """Once within a batch, once between a batch and its sending."""
    people = [BuyerFactory() for _ in range(7)]
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    campaigns.campaign_continue(campaign.pk)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(CampaignRecipient.objects, "bulk_update", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
        campaigns.campaign_continue(campaign.pk)
    assert (CampaignRecipient.objects.count(), len(mail.outbox)) == (3, 3)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(campaigns, "deliveries_send", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
        campaigns.campaign_continue(campaign.pk)
    assert (CampaignRecipient.objects.count(), len(mail.outbox)) == (6, 3)
    send_all(campaign)
    for delivery in Delivery.objects.filter(state=DeliveryState.WAITING):  # the outbox's sweep
        delivery_send(delivery.pk)
    assert readers() == sorted(person.email for person in [admin, *people])


def test_a_batch_asked_for_again_makes_nobody_twice(admin):
    """Should how far it came ever be lost: a row a person, unique, still says so."""
    BuyerFactory()
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    send_all(campaign)
    EmailCampaign.objects.update(mailed_up_to=0, finished_at=None)
    send_all(campaign)
    assert len(mail.outbox) == len(set(readers())) == 2


def test_a_mail_server_that_is_down_keeps_it_waiting(admin, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(campaigns, "enqueue_after_commit", lambda *args: asked.append(args))
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    for _ in range(5):
        BuyerFactory(created_at=campaign.sent_at)
    asked.clear()
    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "deliveries_send", lambda _ids: False)
        campaigns.campaign_continue(campaign.pk)
    campaigns.campaigns_sweep()
    assert asked == []  # somebody is at it, for all we know
    with time_machine.travel(timezone.now() + timedelta(seconds=campaigns.CLAIM_SECONDS + 1)):
        campaigns.campaigns_sweep()
    assert asked == [("community.tasks.campaign_continue", campaign.pk)]


def test_a_scheduled_campaign_goes_out_when_it_is_time(admin, bob, charlie):
    now = timezone.now()
    campaign = made(admin, scheduled_at=now + timedelta(hours=1))
    tasks.campaigns_sweep()
    campaign.refresh_from_db()
    assert campaign.status == "scheduled"
    MailRefusal.objects.create(user=bob, topic=MailTopic.NEWS, reason=RefusalReason.UNSUBSCRIBED)
    user_ban(actor=admin, user_id=charlie.pk)
    with time_machine.travel(now + timedelta(hours=1, seconds=30)):
        tasks.campaigns_sweep()
        campaign.refresh_from_db()
        assert (campaign.status, campaign.recipients_count) == ("sent", 1)
        send_all(campaign)
    assert readers() == [admin.email]
    assert AuditEntry.objects.filter(action="email_campaign.send").get().actor is None


def test_who_leaves_between_batch_and_sending_gets_nothing(admin, bob, charlie, monkeypatch):
    campaign = campaigns.campaign_send(actor=SYSTEM, campaign_id=made(admin).pk)
    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "deliveries_send", lambda _ids: True)
        campaigns.campaign_continue(campaign.pk)
    recipient = CampaignRecipient.objects.get(user=bob)
    Client().post(path(leaving(recipient)))
    user_ban(actor=admin, user_id=charlie.pk)
    for delivery in Delivery.objects.filter(template="campaign"):
        delivery_send(delivery.pk)
    assert readers() == [admin.email]


def test_who_refuses_while_theirs_is_being_sent_gets_no_second_try(admin, bob, monkeypatch):
    campaign = campaigns.campaign_send(actor=SYSTEM, campaign_id=made(admin).pk)
    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "deliveries_send", lambda _ids: True)
        campaigns.campaign_continue(campaign.pk)
    # It was claimed when this came.
    MailRefusal.objects.create(user=bob, topic=MailTopic.NEWS, reason=RefusalReason.COMPLAINED)
    for delivery in Delivery.objects.filter(template="campaign"):
        delivery_send(delivery.pk)
    assert readers() == [admin.email]
    assert Delivery.objects.get(template="campaign", user=bob).state == DeliveryState.GIVEN_UP


def test_a_bounce_of_another_address_is_not_theirs(bob):
    delivery = Delivery.objects.create(
        user=bob, channel=DeliveryChannel.EMAIL, template="email_change_requested", address="mistyped@example.com"
    )
    mail_bounced(message_id=delivery.message_id)
    assert not MailRefusal.objects.exists()


def test_a_deleted_campaign_stops(admin, bob, monkeypatch):
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "deliveries_send", lambda _ids: True)
        campaigns.campaign_continue(campaign.pk)
    campaigns.campaign_delete(actor=admin, campaign_id=campaign.pk)
    for delivery in Delivery.objects.all():
        delivery_send(delivery.pk)
    assert mail.outbox == [] and set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.GIVEN_UP}


# ---------------------------------------------------------------- letters
@pytest.fixture
def sent(admin, bob):
    campaign = campaigns.campaign_send(actor=admin, campaign_id=made(admin).pk)
    send_all(campaign)
    return campaign


@pytest.fixture
def recipient(sent, bob):
    return CampaignRecipient.objects.get(user=bob)


def letter(campaign, recipient):
    return letter_of(campaign, recipient_id=recipient.pk)


def leaving(recipient) -> str:
    return unsubscribe_address(user_id=recipient.user_id, topic=MailTopic.NEWS, about=recipient.pk)


def path(address: str) -> str:
    return address.removeprefix("https://atelier.example")


def figures(campaign):
    campaign.refresh_from_db()
    return campaign.opened_count, campaign.clicked_count, campaign.bounced_count, campaign.unsubscribed_count


def test_a_letter(sent, bob):
    message = next(each for each in mail.outbox if each.to == [bob.email])
    html, _type = message.alternatives[0]
    unsubscribe = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.subject == "What is new in March"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unsubscribe.startswith("https://atelier.example/unsubscribe/") and unsubscribe in html
    assert unsubscribe in message.body and "one (https://a.example/?x=1&y=2)" in message.body
    assert "a.example" not in html and len(re.findall("/campaigns/link/", html)) == 2
    assert "/campaigns/opened/" in html and "<h1>Hello</h1>" in html
    assert message.metadata == {"delivery": str(Delivery.objects.get(user=bob).message_id)}


def test_opened_is_counted_once_a_person(sent, recipient):
    address = path(letter(sent, recipient)["pixel_url"])
    Client().head(address)
    assert figures(sent)[0] == 0
    for _ in range(3):
        answer = Client().get(address)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content[:6]) == (200, "image/gif", b"GIF89a")
    assert figures(sent) == (1, 0, 0, 0)


def test_links_lead_where_the_letter_says(sent, recipient):
    links = re.findall(r'href="([^"]+/campaigns/link/[^"]+)"', letter(sent, recipient)["letter"])
    assert Client().head(path(links[0])).status_code == 302 and figures(sent)[1] == 0
    for _ in range(2):
        answers = [Client().get(path(link)) for link in links]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [answer.headers["Location"] for answer in answers] == ["https://a.example/?x=1&y=2", "https://b.example/"]
    assert answers[0].headers["Referrer-Policy"] == "no-referrer"
    assert figures(sent) == (1, 1, 0, 0)


def test_addresses_that_were_made_up(sent, recipient):
    """No redirect to elsewhere, and nobody is unsubscribed by guessing."""
    shown = letter(sent, recipient)
    link = re.search(r'href="([^"]+/campaigns/link/[^"]+)"', shown["letter"]).group(1)
    forged = [
        link.replace(f"/{recipient.pk}.0:", f"/{recipient.pk}.1:"),
        shown["pixel_url"].replace("opened", "link").replace(".gif", "/"),
        "/campaigns/link/https://evil.example/",
        "/campaigns/link/1.0:x/",
        "/campaigns/opened/1:x.gif",
        shown["pixel_url"].replace(f"/{recipient.pk}:", f"/{recipient.pk + 1}:"),
    ]
    assert {Client().get(path(address)).status_code for address in forged} == {404}
    forged = leaving(recipient).replace(f"/{recipient.user_id}.", f"/{recipient.user_id - 1}.")
    assert Client().post(path(forged)).status_code == 400
    assert figures(sent) == (0, 0, 0, 0) and not MailRefusal.objects.exists()


def test_unsubscribing_with_one_click(sent, recipient, bob):
    address = path(leaving(recipient))
    page = Client().get(address)
    assert b"No more of these e-mails?" in page.content and not MailRefusal.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = strict.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200 and b"You are unsubscribed" in answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    refusal = MailRefusal.objects.get()
    assert (refusal.user, refusal.topic, refusal.reason) == (bob, "news", "unsubscribed")
    assert figures(sent)[3] == 1
    assert b"You get these e-mails again" in strict.post(address, {"again": "yes"}).content
    assert not MailRefusal.objects.exists()


# ---------------------------------------------------------------- bounces
def report(settings, event, *, secret="s3cret", **headers):
    settings.MAIL_WEBHOOK_SECRET = "s3cret"
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Client().post("/api/webhooks/mail", body, content_type="application/json", HTTP_X_SIGNATURE=signature)


def test_a_bounce_is_counted_once_and_ends_campaigns(sent, recipient, bob, settings):
    message_id = f"<{recipient.delivery.message_id}@localhost>"
    for _ in range(2):
        assert report(settings, {"event": "bounced", "message_id": message_id}).status_code == 200
    assert figures(sent)[2] == 1
    assert MailRefusal.objects.get(topic=MailTopic.NEWS).reason == "bounced" and bob not in segment_of("all")


def test_reports_by_address_and_complaints(sent, bob, charlie, settings):
    report(settings, {"event": "complained", "address": charlie.email.upper()})
    report(settings, {"event": "delivered", "address": bob.email})
    report(settings, {"event": "bounced", "address": "nobody@example.com"})
    refused = MailRefusal.objects.filter(user=charlie, reason="complained").values_list("topic", flat=True)
    assert set(refused) == set(MailTopic.values) and not MailRefusal.objects.exclude(user=charlie).exists()


def test_reports_that_are_none(sent, bob, settings):
    event = {"event": "bounced", "address": bob.email}
    assert report(settings, event, secret="guess").status_code == 401
    assert report(settings, [1]).status_code == report(settings, {"address": 1}).status_code == 422
    assert report(settings, {"event": "bounced", "message_id": {}, "address": "a\0"}).status_code == 200
    settings.MAIL_WEBHOOK_SECRET = ""
    signature = hmac.new(b"", json.dumps(event).encode(), hashlib.sha256).hexdigest()
    answer = Client().post("/api/webhooks/mail", event, content_type="application/json", HTTP_X_SIGNATURE=signature)
    assert answer.status_code == 401 and not MailRefusal.objects.exists()


def test_what_mail_services_report(sent, recipient, bob):
    metadata = {"delivery": str(recipient.delivery.message_id)}
    mail_reported(event=SimpleNamespace(event_type="opened", metadata=metadata, recipient=bob.email))
    assert not MailRefusal.objects.exists()
    mail_reported(event=SimpleNamespace(event_type="bounced", metadata=metadata, recipient=bob.email))
    assert (MailRefusal.objects.get(topic=MailTopic.NEWS).user, figures(sent)[2]) == (bob, 1)


def test_what_sendgrid_posts(sent, recipient, bob, settings, rf):
    """Its own form, at the address that there is with its key and our secret; nobody else's without that."""
    settings.EMAIL_BACKEND, settings.MAIL_WEBHOOK_SECRET = "anymail.backends.sendgrid.EmailBackend", "mail:s3cret"
    settings.ANYMAIL = {"SENDGRID_API_KEY": "x", "WEBHOOK_SECRET": "mail:s3cret"}
    (address,) = mail_service()
    event = {"email": bob.email, "event": "bounce", "type": "bounce", "timestamp": 1767225600, "sg_event_id": "e1"}
    body = json.dumps([event | {"delivery": str(recipient.delivery.message_id)}])

    def post(login: str) -> int:
        header = f"Basic {base64.b64encode(login.encode()).decode()}"
        asked = rf.post("/x", body, content_type="application/json", HTTP_AUTHORIZATION=header)
        try:
            return address.callback(asked).status_code
        except SuspiciousOperation:
            return 400

    assert post("mail:guess") == 400 and not MailRefusal.objects.exists()
    assert post("mail:s3cret") == 200
    assert (MailRefusal.objects.get(topic=MailTopic.NEWS).user, figures(sent)[2]) == (bob, 1)
    settings.MAIL_WEBHOOK_SECRET = ""
    assert mail_service() == []
