"""Accounts, their public profiles, and what signing in needs."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, SELLERS, STAFF_GROUP, ExperienceLevel, UserType
from config.core.fields import EncryptedTextField, MoneyField


class User(AbstractUser):
    """One account for every dialect."""

    date_joined = None  # type: ignore[assignment]
    email = models.EmailField()
    user_type = models.CharField(max_length=10, choices=UserType, default=UserType.BUYER)
    phone_number = models.CharField(max_length=30, blank=True)
    profile_image = models.FileField(upload_to="profiles/", blank=True)
    identity_verified = models.BooleanField(default=False, help_text="Staff have checked who this is.")
    email_verified_at = models.DateTimeField(null=True, blank=True)
    credentials_version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised to end every session and token of the account."
    )
    spent = MoneyField(default=0, editable=False, help_text="Paid less refunds, in the art market's currency.")
    earned = MoneyField(default=0, editable=False, help_text="Credited net of fees, in the art market's currency.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["user_type", "-created_at"], name="user_by_type"),
            models.Index(fields=["spent"], name="user_spent"),
            models.Index(fields=["last_login"], name="user_last_login"),
        ]

    def __str__(self) -> str:
        return self.username

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

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Browser sessions end with a new password, as Django has it, and with a new `credentials_version`."""
        versioned = f"{self.password}:{self.credentials_version}"
        return salted_hmac("accounts.session", versioned, secret=secret, algorithm="sha256").hexdigest()


class ArtistProfile(models.Model):
    """What an artist shows. Its id is the user's id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="artist_profile")
    bio = models.CharField(max_length=1000, blank=True)
    skills = models.TextField(blank=True, help_text="Separated by commas.")
    experience_level = models.CharField(max_length=20, choices=ExperienceLevel)
    hourly_rate = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    portfolio_description = models.CharField(max_length=2000, blank=True)
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


class BuyerProfile(models.Model):
    """Where a buyer is reached. Its id is the user's id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="buyer_profile")
    company_name = models.CharField(max_length=200, blank=True)
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


class AuthenticatorDevice(models.Model):
    """A person's authenticator app. Unconfirmed, it is a setup under way; confirmed, 2FA is on."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    secret = EncryptedTextField(help_text="Base32.")
    is_confirmed = models.BooleanField(default=False)
    last_step = models.BigIntegerField(
        default=-1, help_text="The time step of the last code accepted: none works twice."
    )
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Authenticator of {self.user_id}"


class BackupCode(models.Model):
    """A single-use second factor. Only a keyed digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="backup_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="backup_code_unique")]

    def __str__(self) -> str:
        return f"Backup code of {self.user_id}"


class PendingSignIn(models.Model):
    """A sign-in whose password was right and whose second factor is awaited (`session_token`, ten minutes)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pending_sign_ins")
    digest = models.CharField(max_length=64, unique=True)
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
        indexes = [models.Index(fields=["account", "address", "failed_at"], name="sign_in_failures")]

    def __str__(self) -> str:
        return f"{self.account} from {self.address}"


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
