"""Calls with an Idempotency-Key. The key is claimed in the database, so two at once cannot both run."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from commerce.errors import KeyReused, StillRunning
from commerce.models import IdempotentCall

CLAIM = timedelta(minutes=2)
KEPT = timedelta(hours=24)


def call_begin(*, actor: User, key: str, fingerprint: str) -> IdempotentCall:
    """Claim the key. The call that comes back has a `status` when it was answered before: replay that.

    Raises KeyReused when the key came with another body, StillRunning while the first call is under way.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(
                user=actor, key=key, fingerprint=fingerprint, claimed_until=now + CLAIM
            )
    except IntegrityError:
        pass
    with transaction.atomic():
        call = IdempotentCall.objects.select_for_update().filter(user=actor, key=key).first()
        if call is None:  # given up by its first caller between the two statements
            raise StillRunning
        if call.fingerprint != fingerprint:
            raise KeyReused
        if call.status is not None:
            return call
        if call.claimed_until is not None and call.claimed_until > now:
            raise StillRunning
        # The first caller died. What it did is safe to run again: every step behind it is guarded by itself.
        call.claimed_until = now + CLAIM
        call.save(update_fields=["claimed_until"])
        return call


def call_finish(call: IdempotentCall, *, status: int, body: Any) -> None:
    IdempotentCall.objects.filter(pk=call.pk).update(status=status, body=body, claimed_until=None)


def call_forget(call: IdempotentCall) -> None:
    IdempotentCall.objects.filter(pk=call.pk, status__isnull=True).delete()


def calls_forget_old() -> int:
    old = Q(created_at__lt=timezone.now() - KEPT)
    return IdempotentCall.objects.filter(old).delete()[0]
