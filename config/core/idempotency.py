"""Calls with an Idempotency-Key: done once, however often they are sent.

The edge hands the key to the service as a `Once`. The service claims it in the transaction of its effect, and notes
there what it made: neither is in the database without the other. A second call waits at the unique index until the
first has committed, finds the row, and gives what was made. The answer is kept afterwards; where a process died before
that, the repeated call is answered anew from what the first one made.

A service of one transaction is decorated with `done_once`. One that also asks a gateway, or writes files, claims and
notes by itself (`call_claim`, `call_keep`) before it asks, and goes on from there when it is called again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from config.core.errors import KeyReused, Missing, StillRunning
from config.core.models import IdempotentCall

KEPT: Final = timedelta(days=30)

P = ParamSpec("P")
Made = TypeVar("Made", bound=Model)


@dataclass(frozen=True)
class Once:
    """A call that is to be done once: whose, under which key, and what it asks for.

    `fingerprint` (64 hexadecimal digits) tells two requests under one key apart.
    """

    user_id: int
    key: str
    operation: str
    fingerprint: str


def done_once(model: type[Made]) -> Callable[[Callable[P, Made]], Callable[P, Made]]:
    """For a service that makes or changes one `model` in one transaction, and takes `once: Once | None = None`.

    With `once` it runs a first time; afterwards the call gives what it made, as it is now, and does nothing. Such a
    service announces what it wants done after the commit, and asks nobody outside. Raises what the service raises;
    KeyReused; Missing when what was made is gone.
    """

    def decorate(service: Callable[P, Made]) -> Callable[P, Made]:
        @wraps(service)
        def run(*args: P.args, **kwargs: P.kwargs) -> Made:
            once: Any = kwargs.pop("once", None)
            if once is None:
                return service(*args, **kwargs)
            with transaction.atomic():
                earlier = call_claim(once)
                if earlier is not None:
                    return made_by(earlier, model)
                made = service(*args, **kwargs)
                call_keep(once, made)
                return made

        return run

    return decorate


def call_answered(once: Once) -> IdempotentCall | None:
    """The earlier call with this key, if it was answered. Raises KeyReused."""
    call = IdempotentCall.objects.filter(user_id=once.user_id, key=once.key).first()
    if call is not None and call.fingerprint != once.fingerprint:
        raise KeyReused
    return call if call is not None and call.status is not None else None


def call_find(once: Once | None) -> IdempotentCall | None:
    """The earlier call with this key, if it has made something: for services, before they do what takes long.

    Raises KeyReused, and StillRunning when it was refused a moment ago: sent again, the call is answered alike.
    """
    if once is None:
        return None
    return _of_effect(IdempotentCall.objects.filter(user_id=once.user_id, key=once.key).first(), once)


def call_claim(once: Once | None) -> IdempotentCall | None:
    """The earlier call with this key; None for the first, which is claimed with that: call it at the beginning of the
    transaction that makes the effect, and `call_keep` in it.

    Of two at once the second waits here for the first one's commit. Raises as `call_find` does.
    """
    if once is None:
        return None
    assert transaction.get_connection().in_atomic_block, "a claim belongs to a transaction"  # noqa: S101
    try:
        call, created = IdempotentCall.objects.get_or_create(
            user_id=once.user_id,
            key=once.key,
            defaults={"operation": once.operation, "fingerprint": once.fingerprint},
        )
    except IntegrityError:  # there was one, and it was given up again at this moment
        raise StillRunning from None
    return None if created else _of_effect(call, once)


def _of_effect(call: IdempotentCall | None, once: Once) -> IdempotentCall | None:
    if call is None:
        return None
    if call.fingerprint != once.fingerprint:
        raise KeyReused
    if not call.made_label:
        raise StillRunning
    return call


def call_keep(once: Once | None, made: Model, *, state: str = "") -> None:
    """Note what the call made or changed, in the transaction that does."""
    if once is not None:
        IdempotentCall.objects.filter(user_id=once.user_id, key=once.key).update(
            made_label=made._meta.label_lower, made_id=str(made.pk), state=state
        )


def made_by(call: IdempotentCall, model: type[Made]) -> Made:
    """What an earlier call made, as it is now. Raises Missing when it is gone."""
    assert call.made_label == model._meta.label_lower, call.made_label  # noqa: S101 (the fingerprint names the operation)
    made = model._base_manager.filter(pk=call.made_id).first()
    if made is None:
        raise Missing(str(model._meta.verbose_name).capitalize())
    return made


def call_answer(once: Once, *, status: int, body: Any) -> None:
    """Keep the answer for the next time. The first one counts."""
    mine = IdempotentCall.objects.filter(user_id=once.user_id, key=once.key)
    answer = {"status": status, "body": body, "answered_at": timezone.now()}
    if mine.filter(fingerprint=once.fingerprint, status=None).update(**answer) or mine.exists():
        return
    call = IdempotentCall(
        user_id=once.user_id, key=once.key, operation=once.operation, fingerprint=once.fingerprint, **answer
    )
    IdempotentCall.objects.bulk_create([call], ignore_conflicts=True)


def call_forget(once: Once | None) -> None:
    """Free the key: what the call made has left nothing behind. Call it in the transaction that takes it away."""
    if once is not None:
        IdempotentCall.objects.filter(user_id=once.user_id, key=once.key, status=None).delete()


def calls_forget_old() -> int:
    """Forget answers after 30 days, and their keys with them. What has no answer stays. Returns how many."""
    return IdempotentCall.objects.filter(answered_at__lt=timezone.now() - KEPT).delete()[0]
