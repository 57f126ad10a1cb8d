"""Two-factor authentication: an authenticator app (TOTP, RFC 6238), and backup codes for when it is lost."""

import base64
import io
import math
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

import qrcode
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import CodeMissing, CredentialsEnded, InvalidBackupCode, InvalidCode, SetupMissing, TwoFactorState
from accounts.models import AuthenticatorDevice, BackupCode, BackupDevice, SecondFactor, User
from accounts.services.deliveries import email_queue
from accounts.services.lockout import guarded, limited_until, pair_of
from accounts.services.sessions import Credential, sessions_end
from config.core.errors import Invalid

SETUP_LIFE = timedelta(minutes=30)
SECRET_BYTES = 20
BACKUP_CODES = 10
BACKUP_LENGTH = 8
BACKUP_ALPHABET = string.ascii_uppercase + string.digits
NEEDS = "To disable 2FA, you need: 1) Your password AND 2) TOTP code from authenticator app OR backup code"


@dataclass(frozen=True)
class Setup:
    """`secret` is base32; `qr_code` the same as a picture (a data URI of a PNG)."""

    secret: str
    qr_code: str
    is_new: bool
    expires_in_minutes: int


@dataclass(frozen=True)
class Status:
    is_enabled: bool
    backup_codes_left: int


# ---------------------------------------------------------------- reads
def is_enabled(user: User) -> bool:
    return AuthenticatorDevice.objects.filter(user=user, confirmed=True).exists()


def two_factor_status(*, actor: User) -> Status:
    enabled = is_enabled(actor)
    left = BackupCode.objects.filter(device__user=actor, used_at=None).count() if enabled else 0
    return Status(enabled, left)


# ---------------------------------------------------------------- codes
def code_chosen(totp_code: str, backup_code: str) -> None:
    if not totp_code.strip() and not backup_code.strip():
        raise CodeMissing("Please provide a TOTP code or a backup code.")


def code_accept(*, user: User, totp_code: str = "", backup_code: str = "") -> SecondFactor:
    """Use up the one second factor that was given, the TOTP code when both were: its device. Needs a transaction.

    A code works once, also when it comes twice at the same moment: the device's row is held. Raises InvalidCode,
    InvalidBackupCode, or Limited while the device does not look at codes because of too many wrong ones.
    """
    code_chosen(totp_code, backup_code)
    device: SecondFactor | None
    if totp_code.strip():
        device = AuthenticatorDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        code, refusal = totp_code, InvalidCode
    else:
        device = BackupDevice.objects.select_for_update().filter(user=user).first()
        code, refusal = backup_code, InvalidBackupCode
    if device is None:
        raise refusal
    allowed, why = device.verify_is_allowed()
    if not allowed and why is not None:
        raise limited_until(why["locked_until"])
    if not device.verify_token(code):
        raise refusal
    return device


def _backup_codes_replace(user: User) -> list[str]:
    codes: set[str] = set()
    while len(codes) < BACKUP_CODES:
        codes.add("".join(secrets.choice(BACKUP_ALPHABET) for _ in range(BACKUP_LENGTH)))
    device, _made = BackupDevice.objects.get_or_create(user=user)
    device.codes.all().delete()
    BackupCode.objects.bulk_create([BackupCode(device=device, digest=device.digest_of(code)) for code in codes])
    return sorted(codes)


# ---------------------------------------------------------------- setting up
def two_factor_setup(*, actor: User) -> Setup:
    """A secret and its QR code: the same pair for thirty minutes. Raises TwoFactorState when 2FA is on."""
    with transaction.atomic():
        device = _device_locked(actor)
        is_new = device is None or _minutes_left(device) <= 0
        if device is None or is_new:
            AuthenticatorDevice.objects.filter(user=actor).delete()
            secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
            device = AuthenticatorDevice.objects.create(user=actor, secret=secret)
    return Setup(device.secret, _qr_code(otpauth_address(actor, device.secret)), is_new, _minutes_left(device))


@transaction.atomic
def two_factor_setup_reset(*, actor: User) -> None:
    """Drop the setup under way. Raises TwoFactorState when 2FA is on."""
    device = _device_locked(actor)
    if device is not None:
        device.delete()


@transaction.atomic
def two_factor_enable(*, actor: User, totp_code: str, credential: Credential | None = None) -> list[str]:
    """Turn 2FA on with a code of the setup under way; the backup codes, which are shown this once. The person is told.

    Ends every session and token of the account but the stored token `credential`: access tokens come from sign-ins
    without a second factor, and whoever called with one gets another. Raises TwoFactorState, SetupMissing or
    InvalidCode.
    """
    device = _device_locked(actor)
    if device is None or _minutes_left(device) <= 0:
        raise SetupMissing
    if not device.matches(totp_code):
        raise InvalidCode
    device.confirmed, device.confirmed_at = True, timezone.now()
    device.save(update_fields=["confirmed", "confirmed_at", "last_t"])
    codes = _backup_codes_replace(actor)
    sessions_end(actor, keep=credential if credential is not None and credential.digest else None)
    email_queue(user=actor, template="two_factor_enabled")
    return codes


def _device_locked(actor: User) -> AuthenticatorDevice | None:
    """The setup under way. The account's row is held, since a first setup has no row of its own to hold."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    device = AuthenticatorDevice.objects.filter(user=actor).first()
    if device is not None and device.confirmed:
        raise TwoFactorState("2FA is already enabled")
    return device


def _minutes_left(device: AuthenticatorDevice) -> int:
    left = device.created_at + SETUP_LIFE - timezone.now()
    return max(0, math.ceil(left.total_seconds() / 60))


def otpauth_address(user: User, secret: str) -> str:
    """What an authenticator app reads from the QR code."""
    issuer = settings.TWO_FACTOR_ISSUER
    label = quote(f"{issuer}:{user.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def _qr_code(address: str) -> str:
    picture = io.BytesIO()
    qrcode.make(address).save(picture)
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"


# ---------------------------------------------------------------- when it is on
def two_factor_disable(*, actor: User, password: str, totp_code: str = "", backup_code: str = "", address: str) -> None:
    """Turn 2FA off, with the password and one second factor. Failures count towards the lock. The person is told.

    Raises TwoFactorState, CodeMissing (no attempt), Invalid, InvalidCode or Limited; the field says which was wrong.
    """
    if not is_enabled(actor):
        raise TwoFactorState("2FA is not enabled")
    if not totp_code.strip() and not backup_code.strip():
        raise CodeMissing(NEEDS)
    with proven(actor, password=password, totp_code=totp_code, backup_code=backup_code, address=address):
        if not is_enabled(actor):  # turned off at this moment by another call
            raise TwoFactorState("2FA is not enabled")
        two_factor_remove(actor)
        email_queue(user=actor, template="two_factor_disabled")


@contextmanager
def proven(actor: User, *, password: str, totp_code: str = "", backup_code: str = "", address: str) -> Iterator[User]:
    """What is done within is asked for by the person themselves, whose locked account it is given: with the password,
    and one second factor of who has 2FA on. It is done in the transaction that uses the code up; what is refused within
    leaves nothing but that. Failures count towards the lock.

    Raises CodeMissing (no attempt), Invalid, InvalidCode or Limited; the field says which was wrong. And
    CredentialsEnded, when the account's sessions were ended at this moment.
    """
    needs_code = is_enabled(actor)
    if needs_code:
        code_chosen(totp_code, backup_code)
    pair = pair_of(user=actor, address=address)
    pair.refuse()
    right = actor.check_password(password)
    with guarded(pair):
        if not right:
            pair.failed()
            raise Invalid("Invalid password", field="password")
        # The account before its devices, in the order of all that change both; and nothing is made with a password that
        # has just been replaced.
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if not user.is_active or user.credentials_version != actor.credentials_version:
            raise CredentialsEnded
        if needs_code and is_enabled(actor):  # not so when a second click comes after 2FA was turned off
            try:
                code_accept(user=actor, totp_code=totp_code, backup_code=backup_code)
            except InvalidBackupCode:
                pair.failed()
                raise InvalidBackupCode(field="backup_code") from None
            except InvalidCode:
                pair.failed()
                raise InvalidCode("Invalid TOTP code. Check your authenticator app.", field="totp_code") from None
        pair.succeeded()
        with transaction.atomic():
            yield user


def two_factor_remove(user: User) -> None:
    """App, backup codes and a setup under way. Whoever decided it has checked that, in its transaction."""
    AuthenticatorDevice.objects.filter(user=user).delete()
    BackupDevice.objects.filter(user=user).delete()


@transaction.atomic
def backup_codes_regenerate(*, actor: User) -> list[str]:
    """Ten new backup codes; the old ones stop working. The person is told. Raises TwoFactorState when 2FA is off."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # before its devices, as everywhere
    device = AuthenticatorDevice.objects.select_for_update().filter(user=actor, confirmed=True).first()
    if device is None:
        raise TwoFactorState("2FA is not enabled")
    codes = _backup_codes_replace(actor)
    email_queue(user=actor, template="backup_codes_replaced")
    return codes
