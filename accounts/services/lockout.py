"""The lock on guessing: five failures within fifteen minutes lock a pair of account and address for fifteen minutes.

What an attempt comes to is decided inside `guarded(...)`, which holds the pair's row: the outcomes of simultaneous
guesses are told one after the other, so twenty at once learn what five would. A password is hashed before that, since
hashing is slow and nobody should wait for it; a locked pair does not learn whether it was right. Unknown names are
guarded in the same way and tell nothing.

Guessing over many accounts from one network (one password tried on everybody) and over many networks on one account is
slowed: beyond so many failures of either, only those are let try who have signed in to the account from that network
before. So nobody can keep a person out of an account from where they use it.
"""

import ipaddress
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import SignInFailure, SignInGuard, SignInPlace, User
from config.core.errors import DomainError, Limited
from config.core.folding import folded

FAILURES = 5
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=15)
# Failures on one account from everywhere; of one network on all accounts it is SIGN_IN_FAILURES within WINDOW.
ACCOUNT_FAILURES = 50
ACCOUNT_WINDOW = timedelta(hours=1)
NOWHERE = "0.0.0.0"  # noqa: S104 (no binding: an unreadable address)


@dataclass(frozen=True)
class Pair:
    account: str
    address: str
    user: User | None = None

    def refuse(self) -> None:
        """Raises Limited while the pair is locked, or guessing is slowed; before anything that costs."""
        self.refuse_locked()
        if settings.RATE_LIMITS == "off":
            return
        failures = SignInFailure.objects.all()
        free_from = max(
            _free_from(failures.filter(address=self.address), settings.SIGN_IN_FAILURES, WINDOW),
            _free_from(failures.filter(account=self.account), ACCOUNT_FAILURES, ACCOUNT_WINDOW),
        )
        if free_from > timezone.now() and not self._is_known():
            raise limited_until(free_from)

    def _is_known(self) -> bool:
        return SignInPlace.objects.filter(user=self.user, network=self.address).exists() if self.user else False

    def refuse_locked(self) -> None:
        """Raises Limited while the pair is locked."""
        newest = list(
            SignInFailure.objects.filter(account=self.account, address=self.address)
            .order_by("-failed_at")
            .values_list("failed_at", flat=True)[:FAILURES]
        )
        if len(newest) < FAILURES or newest[0] - newest[-1] > WINDOW:
            return
        free_from = newest[0] + LOCK
        if free_from > timezone.now():
            raise limited_until(free_from)

    def failed(self) -> None:
        SignInFailure.objects.create(account=self.account, address=self.address)

    def succeeded(self) -> None:
        SignInFailure.objects.filter(account=self.account, address=self.address).delete()
        if self.user is not None:
            place_note(self.user, self.address)


def _free_from(failures: QuerySet[SignInFailure], most: int, window: timedelta) -> datetime:
    """When there are fewer than `most` failures within the window; long ago when there are now."""
    newest = list(failures.order_by("-failed_at").values_list("failed_at", flat=True)[:most])
    return newest[-1] + window if len(newest) == most else datetime.min.replace(tzinfo=UTC)


def place_note(user: User, address: str) -> None:
    """The account is used from the network of this address: others' failures do not keep it out there."""
    place, is_new = SignInPlace.objects.get_or_create(user=user, network=network_of(address))
    if not is_new and place.used_at < timezone.now() - timedelta(days=1):
        place.save(update_fields=["used_at"])


def limited_until(moment: datetime) -> Limited:
    """The refusal of who has guessed too often, and may go on then."""
    left = math.ceil((moment - timezone.now()).total_seconds())
    minutes = math.ceil(left / 60)
    unit = "minute" if minutes == 1 else "minutes"
    return Limited(f"Too many failed attempts. Try again in {minutes} {unit}.", wait=max(left, 1))


def pair_of(*, user: User | None, name: str = "", address: str) -> Pair:
    """`name` stands for the account when there is none."""
    return Pair(account=_account_key(user, name), address=network_of(address), user=user)


@contextmanager
def guarded(pair: Pair) -> Iterator[None]:
    """The outcome of one attempt, in a transaction of its own.

    A DomainError raised inside leaves after the commit, so a failure that was noted stays noted. Raises Limited, and
    runs nothing, while the pair is locked.
    """
    refusal: DomainError | None = None
    with transaction.atomic():
        guard, created = SignInGuard.objects.select_for_update().get_or_create(
            account=pair.account, address=pair.address
        )
        if not created:
            guard.save(update_fields=["used_at"])
        pair.refuse_locked()
        try:
            yield
        except DomainError as error:
            refusal = error
    if refusal is not None:
        raise refusal


def _account_key(user: User | None, name: str) -> str:
    if user is not None:
        return str(user.pk)
    # A digest, since people type their password into the name's field now and then.
    return salted_hmac("accounts.lockout", folded(name), algorithm="sha256").hexdigest()


def network_of(address: str) -> str:
    """The address that counts: of IPv6 the network, since one household has 2^64 addresses; 0.0.0.0 for none."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return NOWHERE
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False).network_address)
    return str(parsed)


def failures_forget(*, now: datetime | None = None) -> None:
    """Remove what no lock can depend on any more."""
    now = now or timezone.now()
    before = now - settings.KEEP["sign_in_failures"]
    SignInFailure.objects.filter(failed_at__lt=before).delete()
    SignInGuard.objects.filter(used_at__lt=before).delete()
    SignInPlace.objects.filter(used_at__lt=now - settings.KEEP["sign_in_places"]).delete()
