"""How often things are done for people who need not be signed in. `RATE_LIMITS=off` lifts these limits.

E-mails that anybody can ask for go to one address once a minute and ten times a day, of each kind. They are counted in
the database, in the transaction that queues the e-mail: what is not sent is not counted, and two at once are counted
one after the other.

Attempts (to sign in, to register) are counted by the network they come from, over all dialects, where it costs least:
these limits shed load. What protects accounts from guessing is in `lockout`.
"""

import math
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.choices import MailKind
from accounts.models import MailAllowance
from accounts.services.lockout import network_of
from config.core.errors import Limited
from config.core.folding import folded
from config.core.rates import counted

MAIL_REQUESTS: Final = 60  # an hour from one network, whatever their addresses
FOLLOWS: Final = 200  # an hour by one account
COMMENTS: Final = 100
MEMBERSHIPS: Final = 200
WEBHOOKS: Final = 200
PAUSE: Final = timedelta(minutes=1)
A_DAY: Final = 10
DAY: Final = timedelta(days=1)


class Attempt(StrEnum):
    SIGN_IN = "sign in"
    SECOND_FACTOR = "second factor"
    REFRESH = "refresh"
    REGISTRATION = "registration"
    FOLLOW = "follow"  # whoever is followed gets an e-mail
    COMMENT = "comment"  # so does whose work is commented on, and who is answered
    MEMBERSHIP = "membership"  # who joins, leaves and is invited tells others
    WEBHOOK = "webhook"  # one that is made, tried or sent once more calls a host of somebody's choice
    MAIL = "mail"  # a request that has an e-mail sent, by whom nobody knows


def attempt_count(attempt: Attempt, *, address: str = "", account: int | None = None) -> None:
    """Count one more, of the account with this id, or from the network of this address ('': nobody from outside).

    Call it before what costs. Raises Limited when it is too many.
    """
    if settings.RATE_LIMITS == "off" or not (account or address):
        return
    hourly = {
        Attempt.REGISTRATION: settings.REGISTRATIONS_PER_HOUR,
        Attempt.MAIL: MAIL_REQUESTS,
        Attempt.FOLLOW: FOLLOWS,
        Attempt.COMMENT: COMMENTS,
        Attempt.MEMBERSHIP: MEMBERSHIPS,
        Attempt.WEBHOOK: WEBHOOKS,
    }
    most, seconds = (hourly[attempt], 3600) if attempt in hourly else (settings.SIGN_INS_PER_MINUTE, 60)
    count = counted(f"attempt:{attempt.name}:{account or network_of(address)}", seconds=seconds)
    if count.number > most:
        wait = math.ceil(count.left)
        raise Limited(f"Too many attempts. Try again in {in_words(wait)}.", wait=wait)


@transaction.atomic
def mail_allow(*, kind: MailKind, address: str) -> None:
    """Count one e-mail of this kind to this address. Call it in the transaction that queues the e-mail, before that.

    For callers who are signed in: they learn when to come back. Raises Limited, and counts nothing, within a minute of
    the last one or once ten went within 24 hours.
    """
    if settings.RATE_LIMITS == "off":
        return
    digest = salted_hmac("accounts.mail", folded(address), algorithm="sha256").hexdigest()
    allowance, _made = MailAllowance.objects.select_for_update().get_or_create(kind=kind, address=digest)
    now = timezone.now().timestamp()
    sent = [moment for moment in allowance.sent if moment > now - DAY.total_seconds()]
    free_from = max(
        sent[-1] + PAUSE.total_seconds() if sent else now,
        sent[-A_DAY] + DAY.total_seconds() if len(sent) >= A_DAY else now,
    )
    if free_from > now:
        wait = math.ceil(free_from - now)
        raise Limited(f"An e-mail was sent already. Ask for another one in {in_words(wait)}.", wait=wait)
    allowance.sent = [*sent, now]
    allowance.save(update_fields=["sent", "used_at"])


def mail_allowed(*, kind: MailKind, address: str) -> bool:
    """`mail_allow` for callers who must not learn whether an e-mail is sent. False: send none, and answer as always."""
    try:
        mail_allow(kind=kind, address=address)
    except Limited:
        return False
    return True


def mails_forget(*, now: datetime | None = None) -> None:
    """Remove what no limit can depend on any more."""
    MailAllowance.objects.filter(used_at__lt=(now or timezone.now()) - DAY).delete()


def in_words(seconds: int) -> str:
    """A wait as people say it: "45 seconds", "2 minutes", "3 hours"; rounded up."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds > length:
            number = math.ceil(seconds / length)
            return f"{number} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
