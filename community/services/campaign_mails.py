"""The letters of campaigns: what is in them, who opened them and followed their links, who left them off by them.

Every address in a letter is signed, so that nobody can guess another's. A link leads where the campaign says: the
address names its place in the letter, never where it leads to, so it is no open redirect.
"""

import re
from html import escape, unescape
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.choices import DeliveryChannel, MailTopic, RefusalReason
from accounts.models import Delivery, User
from accounts.services.mail_preferences import mails_refuse, mails_withdraw
from community.errors import InvalidLink
from community.models import CampaignRecipient, EmailCampaign
from config.core.errors import Missing
from config.core.markup import letter_text

_LINK: Final = re.compile(r'(<a [^>]*?href=")(https?://[^"]*)(")')
OPENED: Final = "community.campaign-opened"
CLICKED: Final = "community.campaign-clicked"


# ---------------------------------------------------------------- letters
def letter_in_mail(user: User, context: dict[str, Any]) -> dict[str, Any]:
    """What the templates of a campaign's e-mail see, and its headers (RFC 8058). For `email_compose`.

    Raises Missing: then it is sent no more.
    """
    campaign = EmailCampaign.objects.filter(pk=context["campaign"]).first()
    if campaign is None or not user.is_active:  # since it was queued
        raise Missing("Campaign")
    return letter_of(campaign, recipient_id=context["recipient"])


def letter_of(campaign: EmailCampaign, *, recipient_id: int) -> dict[str, Any]:
    places = iter(range(len(_LINK.findall(campaign.content))))

    def counted(link: re.Match[str]) -> str:
        return link.group(1) + escape(_address("campaign_clicked", recipient_id, next(places))) + link.group(3)

    return {
        "subject": campaign.subject,
        "letter": _LINK.sub(counted, campaign.content),
        "text": letter_text(campaign.content),
        "pixel_url": _address("campaign_opened", recipient_id),
        "about": recipient_id,
        "headers": {"Precedence": "bulk"},
    }


SALTS: Final = {"campaign_opened": OPENED, "campaign_clicked": CLICKED}


def _address(page: str, *numbers: int) -> str:
    signed = Signer(salt=SALTS[page]).sign(".".join(map(str, numbers)))
    return settings.PUBLIC_URL.rstrip("/") + reverse(page, kwargs={"signed": signed}, urlconf="config.urls")


def _numbers(page: str, signed: str, how_many: int) -> list[int]:
    """Raises InvalidLink."""
    try:
        numbers = [int(part) for part in Signer(salt=SALTS[page]).unsign(signed).split(".")]
    except (BadSignature, ValueError):
        raise InvalidLink from None
    if len(numbers) != how_many:
        raise InvalidLink
    return numbers


# ---------------------------------------------------------------- counted
def letter_opened(*, signed: str) -> None:
    """Count who opened it, once. Raises InvalidLink."""
    (recipient_id,) = _numbers("campaign_opened", signed, 1)
    with transaction.atomic():
        _note(recipient_id, "opened_at", "opened_count")


def link_followed(*, signed: str, counted: bool = True) -> str:
    """Count who followed a link, and so opened it, once. Returns where it leads. Raises InvalidLink."""
    recipient_id, place = _numbers("campaign_clicked", signed, 2)
    recipient = CampaignRecipient.objects.select_related("campaign").filter(pk=recipient_id).first()
    links = _LINK.findall(recipient.campaign.content) if recipient is not None else []
    if not 0 <= place < len(links):
        raise InvalidLink
    if counted:
        with transaction.atomic():
            _note(recipient_id, "opened_at", "opened_count")
            _note(recipient_id, "clicked_at", "clicked_count")
    return unescape(links[place][1])


def _note(recipient_id: int, column: str, counter: str) -> bool:
    """Whether it is the first time."""
    rows = CampaignRecipient.objects.filter(pk=recipient_id)
    first = rows.filter(**{f"{column}__isnull": True}).update(**{column: timezone.now()})
    if first:
        campaigns = EmailCampaign.objects.filter(pk__in=rows.values("campaign"))
        campaigns.update(**{counter: F(counter) + 1})
    return bool(first)


# ---------------------------------------------------------------- refused
def campaign_left(*, user: User, topic: str, about: int) -> None:
    """Listens to "accounts.mail_refused": whose letter somebody left the news off by counts it."""
    if topic == MailTopic.NEWS and about:
        campaigns = EmailCampaign.objects.filter(recipients=about, recipients__user=user)
        campaigns.update(unsubscribed_count=F("unsubscribed_count") + 1)


def mail_bounced(*, message_id: UUID | None, address: str = "", complained: bool = False) -> None:
    """The mail service says that an e-mail of ours cannot be delivered, or that its reader called it spam: none any
    more that can be left off. Told twice, it is counted once; an e-mail and address we do not know are nobody's."""
    sent = Delivery.objects.filter(channel=DeliveryChannel.EMAIL)
    delivery = sent.filter(message_id=message_id).first() if message_id is not None else None
    with transaction.atomic():
        if delivery is not None:
            user_id: int | None = delivery.user_id
        else:
            user_id = User.objects.addressed(address).values_list("pk", flat=True).first() if address else None
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first() if user_id else None
        if user is None:
            return
        if delivery is not None and delivery.address and delivery.address.lower() != user.email.lower():
            return  # it went to an address that is not, or no longer, theirs
        recipient = CampaignRecipient.objects.filter(delivery=delivery).first() if delivery is not None else None
        if recipient is not None and not complained:
            _note(recipient.pk, "bounced_at", "bounced_count")
        reason = RefusalReason.COMPLAINED if complained else RefusalReason.BOUNCED
        mails_refuse(user, MailTopic.values, reason, about=recipient.pk if recipient is not None else 0)


def campaign_mails_withdraw(*, seller: User) -> None:
    """Listens to "accounts.activity_changed": who is closed out gets none of what waits."""
    if not seller.is_active:
        mails_withdraw(seller, [MailTopic.NEWS])
