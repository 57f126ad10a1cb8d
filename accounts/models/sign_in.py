"""How people sign in: second factors, sessions, tokens, links to a new password, and what limits guessing."""

import base64
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from accounts.choices import SocialProvider
from accounts.models.people import User
from config.core.fields import EncryptedTextField


class SecondFactor(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """One of django-otp's devices. Before `verify_token` its row must be locked.

    The lock on guessing is on account and address; a device counts wrong codes wherever they come from. After as many
    as one address has, it takes 1, 2, 4 and more seconds, up to half an hour, until it looks at another one.
    """

    FREE_FAILURES: ClassVar = 5
    DOUBLINGS: ClassVar = 11
    throttling_failure_count: int  # the column is ThrottlingMixin's, which has no types

    class Meta:
        abstract = True

    def matches(self, token: str) -> bool:
        """Is it a code of this device? It is used up then."""
        raise NotImplementedError

    def verify_token(self, token: str) -> bool:
        if not self.verify_is_allowed()[0]:
            return False
        if not self.matches(token):
            self.throttle_increment()
            return False
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
        return (True, None) if self.throttling_failure_count <= self.FREE_FAILURES else super().verify_is_allowed()

    def get_throttle_factor(self) -> float:
        return float(2**-self.FREE_FAILURES)

    def throttle_increment(self, commit: bool = True) -> None:
        super().throttle_increment(commit=False)
        most = self.FREE_FAILURES + 1 + self.DOUBLINGS
        self.throttling_failure_count = min(self.throttling_failure_count, most)
        if commit:
            self.save()


class AuthenticatorDevice(SecondFactor):
    """A person's authenticator app (TOTP, RFC 6238). Unconfirmed, it is a setup under way; confirmed, 2FA is on."""

    TOLERANCE: ClassVar = 1

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    name = models.CharField(max_length=64, default="Authenticator app")
    secret = EncryptedTextField(help_text="Base32.")
    confirmed = models.BooleanField(default=False)
    last_t = models.BigIntegerField(default=-1, help_text="The time step of the last code accepted: none works twice.")
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Authenticator of {self.user_id}"

    def matches(self, token: str) -> bool:
        """Steps `last_t` on to the code's own step, so that neither it nor an older one is accepted again."""
        code = token.replace(" ", "")
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            return False
        totp = TOTP(base64.b32decode(self.secret))
        if not totp.verify(int(code), tolerance=self.TOLERANCE, min_t=self.last_t + 1):
            return False
        self.last_t = totp.t()
        return True


class BackupDevice(SecondFactor):
    """The codes somebody has written down for when the authenticator app is lost."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="backup_device")
    name = models.CharField(max_length=64, default="Backup codes")

    def __str__(self) -> str:
        return f"Backup codes of {self.user_id}"

    def matches(self, token: str) -> bool:
        left = self.codes.filter(digest=self.digest_of(token), used_at=None)
        return bool(left.update(used_at=timezone.now()))

    def digest_of(self, code: str) -> str:
        plain = code.strip().upper().replace("-", "").replace(" ", "")
        return salted_hmac(
            "accounts.backup_code", f"{self.user_id}:{plain}", secret=settings.FIELD_ENCRYPTION_KEY, algorithm="sha256"
        ).hexdigest()


class BackupCode(models.Model):
    """A single-use second factor. Only a keyed digest is kept."""

    device = models.ForeignKey(BackupDevice, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "digest"], name="backup_code_unique")]

    def __str__(self) -> str:
        return f"Backup code of {self.device_id}"


class PendingSignIn(models.Model):
    """A sign-in whose password was right and whose second factor is awaited (`session_token`, ten minutes)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pending_sign_ins")
    digest = models.CharField(max_length=64, unique=True)
    credentials_version = models.PositiveIntegerField()
    failures = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Pending sign-in of {self.user_id}"


class SignInGuard(models.Model):
    """A pair of account and address that sign-ins come from: the row that simultaneous attempts queue up at."""

    account = models.CharField(
        max_length=254, help_text="The account's id, or a digest of the name when there is none."
    )
    address = models.GenericIPAddressField()
    used_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="sign_in_guard_unique")]

    def __str__(self) -> str:
        return f"{self.account} from {self.address}"


class SignInFailure(models.Model):
    """One wrong password or code. Five within fifteen minutes lock the pair of account and address."""

    account = models.CharField(
        max_length=254, help_text="The account's id, or a digest of the name when there is none."
    )
    address = models.GenericIPAddressField()
    failed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["account", "address", "failed_at"], name="sign_in_failures"),
            models.Index(fields=["account", "failed_at"], name="sign_in_failures_of_account"),
            models.Index(fields=["address", "failed_at"], name="sign_in_failures_from"),
        ]

    def __str__(self) -> str:
        return f"{self.account} from {self.address}"


class SignInPlace(models.Model):
    """A network that an account is used from. Strangers' failures do not keep its person out there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_places")
    network = models.GenericIPAddressField()
    used_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "network"], name="sign_in_place_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.network}"


class SocialAccount(models.Model):
    """An account at another company that signs in to one of ours: one of each company at most."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="social_accounts")
    provider = models.CharField(max_length=20, choices=SocialProvider)
    uid = models.CharField(max_length=255, help_text="The provider's own id of the person, which never changes.")
    email = models.EmailField(blank=True, help_text="Their address there when it was linked.")
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "uid"], name="social_account_once"),
            models.UniqueConstraint(fields=["user", "provider"], name="social_account_one_a_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} of {self.user_id}"


class EndedAccessToken(models.Model):
    """An access token (JWT) that was signed out before its time, or all those of a sign-in: `jti` is its `sid` then.
    Kept until that time."""

    jti = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="ended_access_tokens")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Ended token of {self.user_id}"


class KeptAccessToken(models.Model):
    """An access token (JWT) that outlived the end of all others of its account, which was its own caller's doing.

    It is good for this `credentials_version`, though it carries an older one: it ends when that is raised again.
    """

    jti = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_access_tokens")
    credentials_version = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Kept token of {self.user_id}"


class PasswordRequest(models.Model):
    """Somebody has forgotten the password of the account with this address, if there is one. A worker looks that up,
    so that who asks learns it neither from the answer nor from the time it takes."""

    email = models.EmailField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"Password request {self.pk}"


class PasswordLink(models.Model):
    """The one link that sets a new password of an account: a newer one takes its place, and its use removes it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="password_link")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Password link of {self.user_id}"


class RefreshToken(models.Model):
    """What a client trades for a new access token. Each works once; its successor is of the same family.

    One that comes back after it was used tells that somebody copied it, and ends the whole family.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True)
    family = models.UUIDField(default=uuid.uuid4, db_index=True)
    credentials_version = models.PositiveIntegerField()
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Refresh token of {self.user_id}"
