"""Which e-mails people get: chosen when they are signed in, or left off by the link of an e-mail (RFC 8058).

A link is signed, names its person and topic, and works as long as the account does. What waits to be sent of a topic
that is left off is sent no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from accounts.choices import MAIL_TOPICS, DeliveryState, MailTopic, RefusalReason
from accounts.errors import InvalidLink
from accounts.models import Delivery, MailRefusal, User
from accounts.selectors.mail_preferences import is_refused, mail_preferences_of
from config.core.announce import announce

SALT: Final = "accounts.unsubscribe"


@dataclass(frozen=True)
class Subscription:
    """What a link is about, and how it stands."""

    user: User
    topic: MailTopic
    is_subscribed: bool


def mail_preferences_change(*, actor: User, changes: Mapping[str, bool]) -> dict[str, bool]:
    """By topic, whether the actor wants its e-mails; a topic that is left out stays. Returns all."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        mails_refuse(user, [topic for topic, wanted in changes.items() if not wanted], RefusalReason.UNSUBSCRIBED)
        MailRefusal.objects.filter(user=user, topic__in=[topic for topic, wanted in changes.items() if wanted]).delete()
        return mail_preferences_of(actor=user)


def mails_refuse(user: User, topics: Iterable[str], reason: RefusalReason, *, about: int = 0) -> None:
    """No e-mails of these topics any more, those that wait included; again changes nothing. The caller holds the
    person's row. `about` is what a new refusal comes from, in the app whose e-mail it was."""
    topics = list(topics)
    for topic in topics:
        _, is_new = MailRefusal.objects.get_or_create(user=user, topic=topic, defaults={"reason": reason})
        if is_new:
            announce("accounts.mail_refused", user=user, topic=topic, about=about)
    mails_withdraw(user, topics)


def mails_withdraw(user: User, topics: Iterable[str]) -> None:
    """What waits to be sent of these topics is not."""
    wanted = set(topics)
    templates = [template for template, topic in MAIL_TOPICS.items() if topic in wanted]
    waiting = Delivery.objects.filter(user=user, template__in=templates, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.GIVEN_UP, error="unsubscribed")


# ---------------------------------------------------------------- by the link of an e-mail
def unsubscribe_address(*, user_id: int, topic: MailTopic, about: int = 0) -> str:
    signed = Signer(salt=SALT).sign(f"{user_id}.{topic}.{about}")
    return settings.PUBLIC_URL.rstrip("/") + reverse("unsubscribe", kwargs={"signed": signed}, urlconf="config.urls")


def unsubscribe_headers(address: str) -> dict[str, str]:
    """By which e-mail programs offer it themselves."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def subscription_of(*, signed: str) -> Subscription:
    """Raises InvalidLink."""
    user_id, topic, _about = _read(signed)
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise InvalidLink
    return Subscription(user, topic, not is_refused(user_id=user.pk, topic=topic))


def unsubscribe(*, signed: str) -> None:
    """Again changes nothing. Raises InvalidLink."""
    user_id, topic, about = _read(signed)
    with transaction.atomic():
        mails_refuse(_lock(user_id), [topic], RefusalReason.UNSUBSCRIBED, about=about)


def subscribe_again(*, signed: str) -> None:
    """Take it back. Raises InvalidLink."""
    user_id, topic, _about = _read(signed)
    with transaction.atomic():
        MailRefusal.objects.filter(user=_lock(user_id), topic=topic).delete()


def _read(signed: str) -> tuple[int, MailTopic, int]:
    try:
        user_id, topic, about = Signer(salt=SALT).unsign(signed).split(".")
        return int(user_id), MailTopic(topic), int(about)
    except (BadSignature, ValueError):
        raise InvalidLink from None


def _lock(user_id: int) -> User:
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise InvalidLink
    return user
