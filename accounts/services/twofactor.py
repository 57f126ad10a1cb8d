"""Two-factor authentication: an authenticator app (TOTP, RFC 6238), and backup codes for when it is lost."""

import base64
import io
import math
import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

import qrcode
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP

from accounts.errors import CodeMissing, InvalidBackupCode, InvalidCode, SetupMissing, TwoFactorState
from accounts.models import AuthenticatorDevice, BackupCode, User
from accounts.services.lockout import guarded, pair_of
from accounts.services.sessions import Credential, sessions_end
from config.core.errors import Invalid

SETUP_LIFE = timedelta(minutes=30)
SECRET_BYTES = 20
TOLERANCE = 1
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
    return AuthenticatorDevice.objects.filter(user=user, is_confirmed=True).exists()


def two_factor_status(*, actor: User) -> Status:
    enabled = is_enabled(actor)
    left = BackupCode.objects.filter(user=actor, used_at=None).count() if enabled else 0
    return Status(enabled, left)


# ---------------------------------------------------------------- codes
def code_chosen(totp_code: str, backup_code: str) -> None:
    if not totp_code.strip() and not backup_code.strip():
        raise CodeMissing("Please provide a TOTP code or a backup code.")


def code_accept(*, user: User, totp_code: str = "", backup_code: str = "") -> None:
    """Use up the one second factor that was given; the TOTP code when both were. Needs a transaction.

    A code works once, also when it comes twice at the same moment: the device's row is held, a backup code is taken by
    one conditional update. Raises InvalidCode or InvalidBackupCode.
    """
    code_chosen(totp_code, backup_code)
    if totp_code.strip():
        device = AuthenticatorDevice.objects.select_for_update().filter(user=user, is_confirmed=True).first()
        if device is None or not _totp_matches(device, totp_code):
            raise InvalidCode
        device.save(update_fields=["last_step"])
        return
    taken = BackupCode.objects.filter(user=user, digest=_backup_digest(user, backup_code), used_at=None)
    if not taken.update(used_at=timezone.now()):
        raise InvalidBackupCode


def _totp_matches(device: AuthenticatorDevice, code: str) -> bool:
    """Steps `last_step` on to the code's own step, so that neither it nor an older one is accepted again."""
    code = code.replace(" ", "")
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    totp = TOTP(base64.b32decode(device.secret))
    if not totp.verify(int(code), tolerance=TOLERANCE, min_t=device.last_step + 1):
        return False
    device.last_step = totp.t()
    return True


def _backup_digest(user: User, code: str) -> str:
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    return salted_hmac(
        "accounts.backup_code", f"{user.pk}:{plain}", secret=settings.FIELD_ENCRYPTION_KEY, algorithm="sha256"
    ).hexdigest()


def _backup_codes_replace(user: User) -> list[str]:
    codes: set[str] = set()
    while len(codes) < BACKUP_CODES:
        codes.add("".join(secrets.choice(BACKUP_ALPHABET) for _ in range(BACKUP_LENGTH)))
    BackupCode.objects.filter(user=user).delete()
    BackupCode.objects.bulk_create([BackupCode(user=user, digest=_backup_digest(user, code)) for code in codes])
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
    """Turn 2FA on with a code of the setup under way; the backup codes, which are shown this once.

    Ends every session and token of the account but the stored token `credential`. Raises TwoFactorState,
    SetupMissing or InvalidCode.
    """
    device = _device_locked(actor)
    if device is None or _minutes_left(device) <= 0:
        raise SetupMissing
    if not _totp_matches(device, totp_code):
        raise InvalidCode
    device.is_confirmed, device.confirmed_at = True, timezone.now()
    device.save(update_fields=["is_confirmed", "confirmed_at", "last_step"])
    codes = _backup_codes_replace(actor)
    sessions_end(actor, keep=credential)
    return codes


def _device_locked(actor: User) -> AuthenticatorDevice | None:
    """The setup under way. The account's row is held, since a first setup has no row of its own to hold."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    device = AuthenticatorDevice.objects.filter(user=actor).first()
    if device is not None and device.is_confirmed:
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
    """Turn 2FA off, with the password and one second factor. Failures count towards the lock.

    Raises TwoFactorState, CodeMissing (no attempt), Invalid, InvalidCode or Limited; the field says which was wrong.
    """
    if not is_enabled(actor):
        raise TwoFactorState("2FA is not enabled")
    if not totp_code.strip() and not backup_code.strip():
        raise CodeMissing(NEEDS)
    pair = pair_of(user=actor, address=address)
    pair.refuse_locked()
    right = actor.check_password(password)
    with guarded(pair):
        if not right:
            pair.failed()
            raise Invalid("Invalid password", field="password")
        try:
            code_accept(user=actor, totp_code=totp_code, backup_code=backup_code)
        except InvalidBackupCode:
            pair.failed()
            raise InvalidBackupCode(field="backup_code") from None
        except InvalidCode:
            pair.failed()
            raise InvalidCode("Invalid TOTP code. Check your authenticator app.", field="totp_code") from None
        AuthenticatorDevice.objects.filter(user=actor).delete()
        BackupCode.objects.filter(user=actor).delete()
        pair.succeeded()


@transaction.atomic
def backup_codes_regenerate(*, actor: User) -> list[str]:
    """Ten new backup codes; the old ones stop working. Raises TwoFactorState when 2FA is off."""
    device = AuthenticatorDevice.objects.select_for_update().filter(user=actor, is_confirmed=True).first()
    if device is None:
        raise TwoFactorState("2FA is not enabled")
    return _backup_codes_replace(actor)
