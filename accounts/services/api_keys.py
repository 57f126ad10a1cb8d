"""Personal API keys: what a person's programs call with, for some things and some time.

A key reads `atl_`, 36 characters at random, and six of a checksum over all before: so secret scanners find one that was
published, and what is none costs no query.
"""

import re
import secrets
import string
import zlib
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import KeyScope
from accounts.errors import TooManyKeys
from accounts.models import ApiKey, User
from accounts.selectors.sign_ins import keys_live
from accounts.services.deliveries import email_queue
from accounts.services.sessions import digest_of, sockets_look
from accounts.services.signed_in import whose
from accounts.services.twofactor import proven
from config.core.audit import audited
from config.core.errors import Invalid, Missing

BEGIN: Final = "atl_"
RANDOM: Final = 36
CHECKSUM: Final = 6
SHOWN: Final = len(BEGIN) + 8
SIGNS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM: Final = re.compile(rf"{BEGIN}[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")
MOST: Final = 50
BETWEEN_NOTES: Final = timedelta(minutes=1)


def api_key_create(
    *,
    actor: User,
    name: str,
    scopes: Collection[KeyScope],
    password: str,
    totp_code: str = "",
    backup_code: str = "",
    address: str,
    expires_in_days: int | None = 0,
) -> tuple[ApiKey, str]:
    """A key and its text, which is shown this once. The person is told by e-mail.

    0 days are the usual ones (API_KEY_DAYS); None is a key without an end, where that is allowed. Raises Invalid
    (`expires_in_days`), TooManyKeys, or what `proven` raises.
    """
    lasts = _lasting(expires_in_days)
    text = key_made()
    # One after the other; and none slips out while all of the account's are ended.
    with proven(actor, password=password, totp_code=totp_code, backup_code=backup_code, address=address) as user:
        if keys_live().filter(user=user).count() >= MOST:
            raise TooManyKeys
        now = timezone.now()
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=text[:SHOWN],
            digest=digest_of(text),
            scopes=[scope.value for scope in KeyScope if scope in scopes],
            created_at=now,
            expires_at=None if lasts is None else now + lasts,
        )
        email_queue(user=user, template="api_key_created", context={"name": name, "prefix": key.prefix})
    return key, text


def _lasting(days: int | None) -> timedelta | None:
    if days is None:
        if not settings.API_KEY_WITHOUT_END:
            raise Invalid("A key must have an end.", field="expires_in_days")
        return None
    if not 0 <= days <= settings.API_KEY_MOST_DAYS:
        raise Invalid(f"At most {settings.API_KEY_MOST_DAYS} days.", field="expires_in_days")
    return timedelta(days=days or settings.API_KEY_DAYS)


def api_key_end(*, actor: Actor, user_id: int, key_id: int) -> ApiKey:
    """It opens nothing any more. By its person, or by an administrator: that is recorded, and the person told.

    Raises Denied, AboveActor or Missing. Again changes nothing.
    """
    with transaction.atomic():
        user = whose(actor, user_id)
        key = ApiKey.objects.select_for_update().filter(user=user, pk=key_id).first()
        if key is None:
            raise Missing("API key")
        if key.ended_at is not None:
            return key
        key.ended_at = timezone.now()
        if actor.pk == user.pk:
            key.save(update_fields=["ended_at"])
        else:
            with audited(actor, "user.end_api_key", user, api_key=key.prefix):
                key.save(update_fields=["ended_at"])
            email_queue(user=user, template="api_key_ended", context={"name": key.name, "prefix": key.prefix})
        sockets_look(user.pk)
    return key


# ---------------------------------------------------------------- its text
def key_made() -> str:
    text = BEGIN + "".join(secrets.choice(SIGNS) for _ in range(RANDOM))
    return text + checksum(text)


def checksum(text: str) -> str:
    """CRC-32 in base 62, for who checks what they found without asking us."""
    rest, signs = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM):
        rest, place = divmod(rest, len(SIGNS))
        signs = SIGNS[place] + signs
    return signs


def is_key(text: str) -> bool:
    """Whether it can be one of ours."""
    return FORM.fullmatch(text) is not None and checksum(text[:-CHECKSUM]) == text[-CHECKSUM:]


# ---------------------------------------------------------------- who calls
def api_keys_shown(texts: Sequence[str]) -> list[ApiKey | None]:
    """The keys that open something, each with its `user`, who has no powers of staff by it. One query for all, and once
    a minute another that notes their use."""
    digests = [digest_of(text) if is_key(text) else "" for text in texts]
    wanted = {digest for digest in digests if digest}
    found = {key.digest: key for key in keys_live().filter(digest__in=wanted).select_related("user")} if wanted else {}
    for key in found.values():
        key.user.by_key = True
    _use_note(list(found.values()))
    return [found.get(digest) for digest in digests]


def _use_note(keys: list[ApiKey]) -> None:
    now = timezone.now()
    due = [key.pk for key in keys if key.last_used_at is None or key.last_used_at <= now - BETWEEN_NOTES]
    if not due:
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - BETWEEN_NOTES)  # of many at once one notes it
    try:
        with transaction.atomic():
            ApiKey.objects.filter(unnoted, pk__in=due).update(last_used_at=now)
    except OperationalError:  # busy: the next call notes it, and this one must not fail of it
        return
