"""Bringing messages to other programs: one target at a time by one worker, its messages in the order of their writing.

A target is claimed for CLAIM_SECONDS, its due messages are sent outside of any transaction, and each outcome is stored
if the claim still holds. A worker that dies leaves a claim that runs out; a message may then arrive twice, under the
same webhook-id. Of an owner's slow targets one is claimed at a time, so that receivers which take their time occupy one
worker, however many of them a person has; their quick ones do not wait for that. Whoever changes a target and its
messages in one transaction takes the target first.
"""

import logging
import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.choices import DeliveryState, NotificationType, WebhookState
from accounts.gateways.webhooks import NotTaken, webhook_post
from accounts.models import User, WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.selectors.people import administrators
from accounts.services.notifications import notification_send
from accounts.services.webhooks import SLOW_FOR, webhook_target_end
from config.core.metrics import delivery_counted

logger = logging.getLogger(__name__)

_LOCK: Final = 0x11D46  # of this service's advisory locks, one an owner
CLAIM_SECONDS: Final = 120
SECONDS_A_TURN: Final = 45
"""A worker stays with one target for so long; then the others have their turn."""
SLOW_SECONDS: Final = 2.0
"""A try that takes longer makes its target slow for SLOW_FOR."""
SWEEP_SECONDS: Final = 8
"""Less than the pause between two sweeps, so that slow targets do not occupy every worker with sweeping."""
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between the tries of a message: three days in all."""
LONGEST_TARGET_PAUSE: Final = timedelta(minutes=5)
"""The others of its messages are tried meanwhile: it may be only one that the target chokes on."""
BROUGHT_FORWARD: Final = 4
"""So many tries of a message are made anew as soon as its target takes others again; those after them come in their
time, so that one that is never taken is tried for three days all the same."""
GIVEN_UP_AFTER: Final = timedelta(days=5)
TRIES_TO_GIVE_UP: Final = 5
"""Of one message: an endpoint that is seldom told of anything does not end by its next bad minute."""
GONE: Final = 410
PASSING: Final = (408, 409, 425, 429)
"""Refusals of the moment alone."""


def webhooks_send(target_id: int) -> None:
    """Send what is due to a target, unless another worker is at it, which then sends this too."""
    _serve(WebhookTarget.objects.filter(pk=target_id), time.monotonic() + SECONDS_A_TURN)


def webhooks_sweep() -> None:
    """Send what is due: what could not be queued, failed before, or was left behind by a worker that died."""
    deadline = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < deadline and _serve(WebhookTarget.objects.all(), deadline):
        pass


def webhooks_forget() -> int:
    """Remove what was delivered, or given up, long ago, what waits as long for a target that is not active, and
    targets that ended and have no message left."""
    before = timezone.now() - settings.KEEP["webhooks"]
    over = Q(state__in=[DeliveryState.SENT, DeliveryState.GIVEN_UP]) | Q(target__ended_at__isnull=False)
    over |= ~Q(target__state=WebhookState.ACTIVE)
    count = WebhookMessage.objects.filter(over, created_at__lt=before).delete()[0]
    WebhookTarget.objects.filter(ended_at__lt=before, messages=None).delete()
    return count


def _serve(targets: QuerySet[WebhookTarget], deadline: float) -> bool:
    """Claim the first of `targets` that has something due, and send it. False when there is none."""
    target = _claim(targets)
    if target is None:
        return False
    try:
        while time.monotonic() < deadline and (message := _due().filter(target=target).first()) is not None:
            if not _send(target, message):
                break
    finally:
        WebhookTarget.objects.filter(pk=target.pk, claim=target.claim).update(claim=None, claimed_until=None)
    return True


def _due() -> QuerySet[WebhookMessage]:
    """Messages whose time has come and which wait for no earlier one about the same. One that the target refused twice
    is waited for no longer: it may never be taken."""
    waiting = WebhookMessage.objects.filter(state=DeliveryState.WAITING)
    earlier = waiting.filter(target_id=OuterRef("target_id"), about=OuterRef("about"), pk__lt=OuterRef("pk"))
    is_refusal = Q(answer_status__gte=400, answer_status__lt=500) & ~Q(answer_status__in=PASSING)
    earlier = earlier.exclude(is_refusal, attempts__gte=2)
    due = waiting.filter(next_try_at__lte=timezone.now(), target__ended_at=None, target__state=WebhookState.ACTIVE)
    return due.filter(Q(about="") | ~Exists(earlier)).order_by("pk")


def _claim(targets: QuerySet[WebhookTarget]) -> WebhookTarget | None:
    """The first of them that is free and due; of slow ones none whose owner has another at work."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    ready = Q(paused_until=None) | Q(paused_until__lte=now)
    held_back = _held_back(now)
    with transaction.atomic():
        target = (
            targets.exclude(held_back)
            .filter(free & ready, pk__in=_due().order_by().values("target_id"), ended_at=None)
            # Whoever queues a message refers to the target, and must not seem to be at work on it.
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("pk")
            .first()
        )
        if target is None or (_is_slow(target, now) and _has_another_at_work(target.owner_id, now)):
            return None
        target.claim, target.claimed_until = uuid4(), now + timedelta(seconds=CLAIM_SECONDS)
        target.save(update_fields=["claim", "claimed_until"])
    return target


def _slow_at_work(now: datetime) -> QuerySet[WebhookTarget]:
    """No more than there are workers, and those that died lately."""
    return WebhookTarget.objects.filter(claimed_until__gt=now, slow_until__gt=now)


def _held_back(now: datetime) -> Q:
    """Slow ones of owners who have a slow one at work."""
    owners = set(_slow_at_work(now).values_list("owner", flat=True))
    theirs = Q(owner__in=owners - {None})
    if None in owners:
        theirs |= Q(owner=None)
    return theirs & Q(slow_until__gt=now)


def _has_another_at_work(owner_id: int | None, now: datetime) -> bool:
    """Asked once more, in turns: of two workers that saw none at work the second sees what the first has claimed.
    SQLite lets one write at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, (owner_id or 0) % 2**31])
    return _slow_at_work(now).filter(owner=owner_id).exists()


def _is_slow(target: WebhookTarget, now: datetime) -> bool:
    return target.slow_until is not None and target.slow_until > now


def _send(target: WebhookTarget, message: WebhookMessage) -> bool:
    """One try. False when this worker is done with the target: it failed, it has just become slow, or somebody else
    has it now."""
    now = timezone.now()
    until = now + timedelta(seconds=CLAIM_SECONDS)
    if not _mine(target.pk, target.claim).update(claimed_until=until):
        return False
    target.refresh_from_db(fields=["url", "secret", "old_secrets", "failing_since"])  # changed since it was claimed
    secrets = [target.secret, *(secret for secret, _until in target.replaced_secrets(now))]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Atelier-Webhooks/1.0",
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(message.webhook_id, now, message.body) for secret in secrets
        ),
    }
    began = time.monotonic()
    try:
        status = webhook_post(target.url, body=message.body.encode(), headers=headers)
    except NotTaken as failure:
        goes_on = _keeps_its_pace(target, began)
        return _failed(target, message, failure) and goes_on
    goes_on = _keeps_its_pace(target, began)
    with transaction.atomic():
        if not _mine(target.pk, target.claim).update(paused_until=None, failing_since=None, told_at=None):
            logger.warning("webhook %s took longer than its claim", message.pk)
        WebhookMessage.objects.filter(pk=message.pk, state=DeliveryState.WAITING).update(
            state=DeliveryState.SENT,
            sent_at=timezone.now(),
            attempts=F("attempts") + 1,
            answer_status=status,
            error="",
        )
        if target.failing_since is not None:
            _bring_forward(target)
    delivery_counted(channel="webhook", outcome="sent")
    return goes_on


def _keeps_its_pace(target: WebhookTarget, began: float) -> bool:
    """False for one that was quick until now: another slow one of its owner may be at work."""
    if time.monotonic() - began <= SLOW_SECONDS:
        return True
    now = timezone.now()
    WebhookTarget.objects.filter(pk=target.pk).update(slow_until=now + SLOW_FOR)
    return _is_slow(target, now)


def _bring_forward(target: WebhookTarget) -> None:
    """It takes messages again: what it did not take while it was down need not wait for its time."""
    now = timezone.now()
    was_down = Q(answer_status=None) | Q(answer_status__gte=500)
    waiting = target.messages.filter(was_down, state=DeliveryState.WAITING, next_try_at__gt=now)
    waiting.filter(attempts__range=(1, BROUGHT_FORWARD)).update(next_try_at=now)


def _failed(target: WebhookTarget, message: WebhookMessage, failure: NotTaken) -> bool:
    """Store it, and give up what was tried often enough. True when the target itself is well."""
    now, attempts = timezone.now(), message.attempts + 1
    is_ill = failure.status is None or failure.status >= 500 or failure.status in (408, 429)
    outcome = {"attempts": attempts, "error": str(failure)[:200], "answer_status": failure.status}
    is_over = failure.status == GONE or attempts > len(PAUSES)
    delivery_counted(channel="webhook", outcome="given_up" if is_over else "failed")
    with transaction.atomic():
        if not _mine(target.pk, target.claim).update(failing_since=Coalesce("failing_since", now)):
            return False
        rows = WebhookMessage.objects.filter(pk=message.pk, state=DeliveryState.WAITING)
        if failure.status == GONE:
            rows.update(state=DeliveryState.GIVEN_UP, **outcome)
            _give_up(target, "the address answers that it is gone.")
            return False
        is_lost = _is_lost(target, attempts, now)
        if attempts > len(PAUSES):
            rows.update(state=DeliveryState.GIVEN_UP, **outcome)
            logger.error("webhook %s given up after %s tries: %s", message.pk, attempts, failure)
            if not is_lost:
                _tell_once(target, now)
        else:
            again_at = _again_at(now, attempts, failure)
            rows.update(next_try_at=again_at, **outcome)
            logger.warning("webhook %s failed, next try at %s: %s", message.pk, again_at, failure)
        if is_lost:
            _give_up(target, f"the address has not taken a single message for {GIVEN_UP_AFTER.days} days.")
        if is_ill:
            pause = min(PAUSES[min(attempts, len(PAUSES)) - 1], LONGEST_TARGET_PAUSE)
            WebhookTarget.objects.filter(pk=target.pk).update(paused_until=now + pause)
    return not is_ill


def _is_lost(target: WebhookTarget, attempts: int, now: datetime) -> bool:
    """An endpoint that has taken nothing for long. Other targets go on: who made them looks after them."""
    if attempts < TRIES_TO_GIVE_UP or now - (target.failing_since or now) < GIVEN_UP_AFTER:
        return False
    return WebhookEndpoint.objects.filter(target=target).exists()


def _give_up(target: WebhookTarget, why: str) -> None:
    """Nothing more is sent. Its owner may enable an endpoint again, so what waits for one goes on waiting."""
    words = f"{target.name}: {why} Nothing more is sent to it."
    if WebhookEndpoint.objects.filter(target=target).exists():
        WebhookTarget.objects.filter(pk=target.pk).update(state=WebhookState.DISABLED)
        _tell(target, words, email="webhook_disabled")
    else:
        webhook_target_end(target_id=target.pk)
        _tell(target, words)


def _again_at(now: datetime, attempts: int, failure: NotTaken) -> datetime:
    """Up to a tenth later, so that what failed together does not come back together."""
    pause = PAUSES[attempts - 1] * random.uniform(1, 1.1)  # noqa: S311 (no secret)
    return now + max(pause, timedelta(seconds=failure.retry_after))


def _tell_once(target: WebhookTarget, now: datetime) -> None:
    """The owner is told of the first message that is given up; of the next after something got through again."""
    if WebhookTarget.objects.filter(pk=target.pk, told_at=None).update(told_at=now):
        _tell(target, f"{target.name}: the address did not take a message for three days, so it was given up.")


def _tell(target: WebhookTarget, words: str, *, email: str = "") -> None:
    """Its owner; of the platform's every administrator."""
    people: Iterable[User] = [target.owner] if target.owner is not None else administrators()
    for user in people:
        notification_send(
            user=user,
            notification_type=NotificationType.WEBHOOK_FAILED,
            title="Messages to your address do not arrive",
            message=words,
            data={"webhook_target_id": target.pk},
            email=email,
            email_context={"words": words},
        )


def _mine(target_id: int, claim: UUID | None) -> QuerySet[WebhookTarget]:
    return WebhookTarget.objects.filter(pk=target_id, claim=claim)
