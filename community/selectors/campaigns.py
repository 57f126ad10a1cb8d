"""E-mail campaigns, for staff, and whom they go to."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.actors import Actor
from accounts.choices import MailTopic
from accounts.models import User
from accounts.selectors.mail_preferences import refuses
from commerce.models import Order
from community import policies
from community.choices import Segment
from community.models import EmailCampaign
from config.core.errors import Denied, Missing


def campaigns_listed(*, actor: Actor, **filters: Any) -> QuerySet[EmailCampaign]:
    """The newest first. Raises Denied."""
    if not policies.may_read_campaigns(actor):
        raise Denied
    return EmailCampaign.objects.filter(**filters).order_by("-created_at", "-pk")


def campaign_of(*, actor: Actor, campaign_id: int) -> EmailCampaign:
    """Raises Denied and Missing."""
    campaign = campaigns_listed(actor=actor).filter(pk=campaign_id).first()
    if campaign is None:
        raise Missing("Campaign")
    return campaign


def segment_of(segment: str) -> QuerySet[User]:
    """Those of a segment who may be written to now, by id: not closed accounts, nor who refuses, nor the platform's own
    accounts, which have no mailbox. Creators have 3-D models; buyers have ordered something."""
    people = (
        User.objects.filter(~refuses(MailTopic.NEWS), is_active=True)
        .exclude(email="")
        .exclude(email__endswith=".invalid")
    )
    if segment == Segment.CREATORS:
        people = people.filter(models_count__gt=0)
    elif segment == Segment.BUYERS:
        people = people.filter(Exists(Order.objects.filter(buyer=OuterRef("pk"))))
    return people.order_by("pk")
