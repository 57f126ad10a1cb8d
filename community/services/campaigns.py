"""E-mail campaigns: written and sent by administrators, brought to people in batches.

A batch is one transaction: its recipients, their deliveries in the outbox, and how far the campaign has come. Whoever
dies within it leaves nothing of it; whoever dies after it leaves deliveries, which the outbox sends. So a campaign
goes on where it stopped, and nobody gets it twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.choices import DeliveryState
from accounts.models import Delivery
from accounts.services.deliveries import emails_prepare
from accounts.services.sending import deliveries_send
from community import policies
from community.choices import CAMPAIGN_CHANGES, CampaignStatus, Segment
from community.errors import AlreadySent
from community.models import CampaignRecipient, EmailCampaign
from community.selectors.campaigns import segment_of
from community.services.texts import text_read
from config.core.announce import enqueue_after_commit
from config.core.audit import audit_record, audited, columns_shown
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.markup import MOST_HTML, letter_html

LONGEST_NAME: Final = 200
LONGEST_SUBJECT: Final = 200
BATCH: Final = 100
CLAIM_SECONDS: Final = settings.TASK_TIME_LIMIT + 30
"""How long making and sending a batch may take, longer than any task lasts. Then another worker goes on, and the outbox
takes up what was not sent."""
FIRST_CLAIM: Final = timedelta(seconds=30)
"""When the sweep begins what no worker has begun."""
TEMPLATE: Final = "campaign"
LATE: Final = "community.services.campaign_mails.letter_in_mail"
RECORDED: Final = ("name", "subject", "segment", "status", "scheduled_at", "recipients_count")


# ---------------------------------------------------------------- written
def campaign_create(
    *,
    actor: Actor,
    name: str,
    subject: str,
    content: str,
    segment: str,
    scheduled_at: datetime | None = None,
) -> EmailCampaign:
    """A draft; with `scheduled_at` it goes out by itself within a minute of that, at once when it is past.

    `content` is HTML; what would do something in it is left out. Raises Denied and Invalid.
    """
    if not policies.may_send_campaigns(actor):
        raise Denied
    values = {"name": name, "subject": subject, "content": content, "segment": segment, "scheduled_at": scheduled_at}
    with transaction.atomic():
        campaign = EmailCampaign()
        _fill(campaign, values)
        campaign.save()
        after = _shown(campaign)
        audit_record(actor=actor, action="email_campaign.add", target=campaign, after=after)
    return campaign


def campaign_update(*, actor: Actor, campaign_id: int, **values: Any) -> EmailCampaign:
    """`values` are those of `campaign_create`; without `scheduled_at` it is a draft again. Raises Denied, Missing,
    AlreadySent and Invalid."""

    def change(campaign: EmailCampaign) -> None:
        if campaign.status == CampaignStatus.SENT:
            raise AlreadySent
        _fill(campaign, values)

    return _decide(actor, campaign_id, "change", change)


def campaign_delete(*, actor: Actor, campaign_id: int) -> None:
    """What has gone out stays out; of one that is going out, the rest does not. Raises Denied and Missing."""
    if not policies.may_send_campaigns(actor):
        raise Denied
    with transaction.atomic():
        campaign = _lock(campaign_id)
        before = _shown(campaign)
        audit_record(actor=actor, action="email_campaign.delete", target=campaign, before=before)
        # Rows of the outbox are forgotten after a month by themselves.
        waiting = Delivery.objects.filter(campaign_recipient__campaign=campaign, state=DeliveryState.WAITING)
        waiting.update(state=DeliveryState.GIVEN_UP, error="campaign deleted")
        campaign.delete()


# ---------------------------------------------------------------- sent
def campaign_send(*, actor: Actor, campaign_id: int) -> EmailCampaign:
    """Let it go out now. `recipients_count` says to how many. Raises Denied, Missing and AlreadySent."""
    return _decide(actor, campaign_id, "send", _begin)


@done_once(EmailCampaign)
def letter_send(*, actor: Actor, subject: str, content: str, segment: str, once: Once | None = None) -> EmailCampaign:
    """Write a campaign that is called as its subject, and let it go out now. Raises Denied and Invalid."""
    with transaction.atomic():
        name = subject.strip()[:LONGEST_NAME]
        campaign = campaign_create(actor=actor, name=name, subject=subject, content=content, segment=segment)
        return campaign_send(actor=actor, campaign_id=campaign.pk)


def campaigns_sweep() -> None:
    """Begin what was scheduled for now, and go on with what nobody is at."""
    now = timezone.now()
    due = EmailCampaign.objects.filter(status=CampaignStatus.SCHEDULED, scheduled_at__lte=now)
    for campaign_id in due.order_by("scheduled_at", "pk").values_list("pk", flat=True)[:20]:
        try:
            _decide(SYSTEM, campaign_id, "send", _begin_scheduled)
        except (AlreadySent, Missing):
            continue  # somebody else was faster
    left = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    going_out = EmailCampaign.objects.filter(left, status=CampaignStatus.SENT, finished_at__isnull=True)
    for campaign_id in going_out.order_by("sent_at", "pk").values_list("pk", flat=True)[:20]:
        enqueue_after_commit("community.tasks.campaign_continue", campaign_id)


def campaigns_hold_back() -> int:
    """What has gone out since, as the database is an earlier one: what was due is a draft, what was going out goes no
    further. How many there were."""
    now = timezone.now()
    due = EmailCampaign.objects.filter(status=CampaignStatus.SCHEDULED, scheduled_at__lte=now)
    numbers = list(due.values_list("pk", flat=True))
    for campaign_id in numbers:
        _decide(SYSTEM, campaign_id, "hold_back", lambda campaign: _fill(campaign, {"scheduled_at": None}))
    going_out = EmailCampaign.objects.filter(status=CampaignStatus.SENT, finished_at=None)
    return len(numbers) + going_out.update(finished_at=now)


def campaign_continue(campaign_id: int) -> None:
    """Make the next batch and send it; then the next one is another task's, so that others get their turn."""
    deliveries = _batch(campaign_id)
    if deliveries is None:
        return
    if deliveries_send(deliveries):  # else the mail server is down: the sweep goes on later
        enqueue_after_commit("community.tasks.campaign_continue", campaign_id)


def _batch(campaign_id: int) -> list[int] | None:
    """The deliveries of the next batch; None when there is no more to do."""
    with transaction.atomic():
        rows = EmailCampaign.objects.select_for_update(skip_locked=True)
        campaign = rows.filter(pk=campaign_id, status=CampaignStatus.SENT, finished_at__isnull=True).first()
        if campaign is None:
            return None
        claimed_until = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
        people = segment_of(campaign.segment).filter(pk__gt=campaign.mailed_up_to, created_at__lte=campaign.sent_at)
        chosen = list(people.values_list("pk", flat=True)[:BATCH])
        known = set(campaign.recipients.filter(user__in=chosen).values_list("user_id", flat=True))
        new = [user_id for user_id in chosen if user_id not in known]
        recipients = CampaignRecipient.objects.bulk_create(
            CampaignRecipient(campaign=campaign, user_id=user_id) for user_id in new
        )
        deliveries = emails_prepare(
            template=TEMPLATE,
            contexts={
                recipient.user_id: {"campaign": campaign.pk, "recipient": recipient.pk} for recipient in recipients
            },
            late=LATE,
            not_before=claimed_until,
        )
        for recipient, delivery in zip(recipients, deliveries, strict=True):
            recipient.delivery = delivery
        CampaignRecipient.objects.bulk_update(recipients, ["delivery"])
        campaign.mailed_up_to = chosen[-1] if chosen else campaign.mailed_up_to
        campaign.claimed_until = claimed_until
        if len(chosen) < BATCH:
            campaign.finished_at = timezone.now()
            campaign.recipients_count = campaign.recipients.count()
        campaign.save(update_fields=["mailed_up_to", "claimed_until", "finished_at", "recipients_count", "updated_at"])
        return [delivery.pk for delivery in deliveries]


def _begin(campaign: EmailCampaign) -> None:
    _move(campaign, CampaignStatus.SENT)
    campaign.sent_at = timezone.now()
    campaign.claimed_until = campaign.sent_at + FIRST_CLAIM
    campaign.recipients_count = segment_of(campaign.segment).order_by().count()
    enqueue_after_commit("community.tasks.campaign_continue", campaign.pk)


def _begin_scheduled(campaign: EmailCampaign) -> None:
    """Unless it was put off, or called back, since it was found to be due."""
    if campaign.scheduled_at is None or campaign.scheduled_at > timezone.now():
        raise AlreadySent
    _begin(campaign)


def _move(campaign: EmailCampaign, status: CampaignStatus) -> None:
    """The one place where a campaign's status changes. The audit trail is its history."""
    if status not in CAMPAIGN_CHANGES[campaign.status]:
        raise AlreadySent
    campaign.status = status


def _decide(actor: Actor, campaign_id: int, verb: str, change: Callable[[EmailCampaign], None]) -> EmailCampaign:
    if not policies.may_send_campaigns(actor):
        raise Denied
    with transaction.atomic():
        campaign = _lock(campaign_id)
        columns = {name: lambda name=name: _shown(campaign)[name] for name in RECORDED}
        with audited(actor, f"email_campaign.{verb}", campaign, **columns):
            change(campaign)
            campaign.save()
    return campaign


def _lock(campaign_id: int) -> EmailCampaign:
    campaign = EmailCampaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        raise Missing("Campaign")
    return campaign


def _shown(campaign: EmailCampaign) -> dict[str, Any]:
    shown = columns_shown(campaign, *RECORDED)
    return shown | {"scheduled_at": campaign.scheduled_at and campaign.scheduled_at.isoformat()}


def _fill(campaign: EmailCampaign, values: dict[str, Any]) -> None:
    for name, value in values.items():
        match name:
            case "name":
                campaign.name = text_read(value, name, LONGEST_NAME)
            case "subject":
                campaign.subject = text_read(" ".join(value.split()), name, LONGEST_SUBJECT)
            case "content":
                text_read(value, name, MOST_HTML)
                campaign.content = text_read(letter_html(value.strip()), name, MOST_HTML * 2)
            case "segment" if value not in Segment.values:
                raise Invalid("There is no such segment.", field=name)
            case "segment":
                campaign.segment = value
            case "scheduled_at":
                campaign.scheduled_at = value
                status = CampaignStatus.SCHEDULED if value is not None else CampaignStatus.DRAFT
                if status != campaign.status:
                    _move(campaign, status)
