"""Accounts, their public profiles, and what signing in needs."""

import base64
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, SELLERS, STAFF_GROUP, ExperienceLevel, UserType
from config.core.fields import EncryptedTextField, FoldedField, MoneyField
from config.core.folding import folded
from config.core.text_search import Searched, SearchKey


class Accounts(UserManager["User"]):
    """Names and addresses are compared in their folded form: however they are written, they are the same account's."""

    use_in_migrations = False

    def named(self, name: str) -> "models.QuerySet[User]":
        return self.filter(username_key=folded(name))

    def addressed(self, email: str) -> "models.QuerySet[User]":
        return self.filter(email_key=folded(email))

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=folded(username or ""))

    async def aget_by_natural_key(self, username: str | None) -> "User":
        return await self.aget(username_key=folded(username or ""))

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> "User":
        """For Django's command, which looks for the name itself. Raises ValidationError when the address is taken."""
        if self.addressed(email or "").exists():
            raise ValidationError("Error: That email address is already taken.")
        return super().create_superuser(username, email, password, **extra_fields)


class User(Searched, AbstractUser):
    """One account for every dialect."""

    date_joined = None  # type: ignore[assignment]
    username_key = FoldedField(of="username", unique=True)
    email = models.EmailField()
    email_key = FoldedField(of="email", unique=True)
    user_type = models.CharField(max_length=10, choices=UserType, default=UserType.BUYER)
    phone_number = models.CharField(max_length=30, blank=True)
    search_key = SearchKey("username", "first_name", "last_name")
    profile_image = models.FileField(upload_to="profiles/", blank=True)
    identity_verified = models.BooleanField(default=False, help_text="Staff have checked who this is.")
    email_verified_at = models.DateTimeField(null=True, blank=True)
    pending_email = models.EmailField(
        blank=True, editable=False, help_text="Takes the place of the address once it is confirmed."
    )
    credentials_version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised to end every session and token of the account."
    )
    spent = MoneyField(default=0, editable=False, help_text="Paid less refunds, in the art market's currency.")
    earned = MoneyField(default=0, editable=False, help_text="Credited net of fees, in the art market's currency.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Accounts] = Accounts()  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["user_type", "-created_at"], name="user_by_type"),
            models.Index(fields=["spent"], name="user_spent"),
            models.Index(fields=["last_login"], name="user_last_login"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def email_verified(self) -> bool:
        """Not while another address is to take the place of the present one."""
        return self.email_verified_at is not None and not self.pending_email

    @property
    def currency(self) -> str:
        """The art market's: `spent` and `earned` are in it."""
        return settings.CURRENCIES["cultureup"]

    @property
    def may_sell(self) -> bool:
        return self.user_type in SELLERS

    @property
    def is_administrator(self) -> bool:
        """Superuser or administrator: may decide about people and money."""
        return self.is_active and (self.is_superuser or self.user_type == UserType.ADMIN or self._in(ADMINS_GROUP))

    @property
    def is_moderator(self) -> bool:
        """May approve, reject and feature content: staff, and content moderators."""
        return self.is_staff_member or (self.is_active and self._in(MODERATORS_GROUP))

    @property
    def is_staff_member(self) -> bool:
        """Reads everything in the admin API and handles orders; a content moderator alone is not one."""
        if self.is_administrator:
            return True
        return self.is_active and self.is_staff and (self._in(STAFF_GROUP) or not self._in(MODERATORS_GROUP))

    def _in(self, group: str) -> bool:
        """A group says as what a person works here, `is_staff` that he does; so an ordinary caller costs no query."""
        if not self.is_staff or self.pk is None:
            return False
        if not hasattr(self, "_group_names"):
            self._group_names = set(self.groups.values_list("name", flat=True))
        return group in self._group_names

    # ---------------------------------------------------------------- the password
    _hash_made_anew = False

    def check_password(self, raw_password: str | None) -> bool:
        """Of a password that is right Django makes the hash anew, and saves it, when its hashers have changed."""
        self._hash_made_anew = True
        try:
            return super().check_password(raw_password)
        finally:
            self._hash_made_anew = False

    def save(self, *args: Any, keep: Any = None, **kwargs: Any) -> None:
        """A new password, whoever sets it and how, ends in the same transaction what the account is signed in with, but
        `keep` (accounts.services.sessions.Credential). A hash made anew of the same password ends nothing.

        A name or an address is never saved without its key."""
        columns = kwargs.get("update_fields")
        if columns is not None:
            keys = {f"{name}_key" for name in ("username", "email") if name in columns}
            columns = kwargs["update_fields"] = {*columns, *keys}
        if self._state.adding or self._hash_made_anew or (columns is not None and "password" not in columns):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            row = User.objects.select_for_update(no_key=True).filter(pk=self.pk)
            stored = row.values_list("password", "credentials_version").first()
            if stored is not None:  # a copy read long ago must not bring back what was ended meanwhile
                self.credentials_version = stored[1]
            super().save(*args, **kwargs)
            if stored is not None and stored[0] != self.password:
                import_string(settings.PASSWORD_REPLACED)(self, keep=keep)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Browser sessions end with a new `credentials_version`, which a new password raises."""
        versioned = f"{self.pk}:{self.credentials_version}"
        return salted_hmac("accounts.session", versioned, secret=secret, algorithm="sha256").hexdigest()


class ArtistProfile(Searched):
    """What an artist shows. Its id is the user's id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="artist_profile")
    bio = models.CharField(max_length=1000, blank=True)
    skills = models.TextField(blank=True, help_text="Separated by commas.")
    experience_level = models.CharField(max_length=20, choices=ExperienceLevel)
    hourly_rate = MoneyField(max_digits=11, currency="user.currency", validators=[MinValueValidator(0)])
    portfolio_description = models.CharField(max_length=2000, blank=True)
    skills_key = SearchKey("skills")
    bio_key = SearchKey("bio")
    portfolio_key = SearchKey("portfolio_description")
    is_available = models.BooleanField(default=True)
    rating = models.DecimalField(max_digits=3, decimal_places=2, default=0, editable=False)
    total_reviews = models.PositiveIntegerField(default=0, editable=False)
    total_projects_completed = models.PositiveIntegerField(default=0, editable=False)
    completion_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="artist_newest"),
            models.Index(fields=["rating", "user"], name="artist_rating"),
            models.Index(fields=["hourly_rate", "user"], name="artist_rate"),
            models.Index(fields=["experience_level", "is_available"], name="artist_level"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(hourly_rate__gte=0), name="artist_rate_positive")]

    def __str__(self) -> str:
        return f"Artist {self.user_id}"


class BuyerProfile(Searched):
    """Where a buyer is reached. Its id is the user's id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="buyer_profile")
    company_name = models.CharField(max_length=200, blank=True)
    company_key = SearchKey("company_name")
    address = models.CharField(max_length=500, blank=True)
    projects_posted = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="buyer_newest"),
            models.Index(fields=["projects_posted", "user"], name="buyer_projects"),
        ]

    def __str__(self) -> str:
        return f"Buyer {self.user_id}"


class Follow(models.Model):
    """`follower` wants to hear of what `followed` makes."""

    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following")
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followers")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_once"),
            models.CheckConstraint(condition=~models.Q(follower=models.F("followed")), name="follow_not_oneself"),
        ]
        indexes = [models.Index(fields=["followed", "-created_at", "-id"], name="followers_newest")]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed_id}"


class ProfileView(models.Model):
    """One visitor of a person's page on one day. The visitor is a keyed digest of the user, or of address and agent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="profile_views")
    visitor = models.CharField(max_length=32)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day", "visitor"], name="profile_view_once_a_day")]

    def __str__(self) -> str:
        return f"View of {self.user_id} on {self.day}"


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


class MailAllowance(models.Model):
    """The e-mails of one kind that went to one address within a day: the row that two at once queue up at."""

    kind = models.CharField(max_length=40, help_text="A MailKind.")
    address = models.CharField(max_length=64, help_text="A keyed digest.")
    sent = models.JSONField(default=list, help_text="When, in seconds since 1970; the oldest first.")
    used_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="mail_allowance_unique")]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.sent)}"


class EndedAccessToken(models.Model):
    """An access token (JWT) that was signed out before its time. Kept until that time."""

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


class EmailChange(models.Model):
    """A change of an account's address. It waits for the new one to be confirmed; after that the old one is kept for
    the account for a while, and may undo it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)
    old_email = models.EmailField()
    old_key = models.CharField(
        max_length=800, db_index=True, help_text="The old address in the form it is compared in."
    )
    new_email = models.EmailField()
    requested_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(confirmed_at=None), name="email_change_one_pending"
            )
        ]

    def __str__(self) -> str:
        return f"Change of the address of {self.user_id}"


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
