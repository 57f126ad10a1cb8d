"""Accounts, their public profiles, and what signing in needs."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from accounts.choices import (
    ADMINS_GROUP,
    MODERATORS_GROUP,
    SELLERS,
    STAFF_GROUP,
    CreatorLevel,
    ExperienceLevel,
    UserType,
)
from config.core.fields import TOTAL_DIGITS, FoldedField, MoneyField
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
    spent = MoneyField(
        max_digits=TOTAL_DIGITS, default=0, editable=False, help_text="Paid less refunds, in the art market's currency."
    )
    earned = MoneyField(
        max_digits=TOTAL_DIGITS,
        default=0,
        editable=False,
        help_text="Credited net of fees, in the art market's currency.",
    )
    sales_total = MoneyField(
        max_digits=TOTAL_DIGITS,
        currency="sales_currency",
        default=0,
        db_default=0,
        editable=False,
        help_text="What was paid for their listings less refunds, in the currency of the market for 3-D models.",
    )
    revenue_total = MoneyField(
        max_digits=TOTAL_DIGITS,
        currency="sales_currency",
        default=0,
        db_default=0,
        editable=False,
        help_text="Of those sales, net of fees.",
    )
    is_banned = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Shut out by staff; then the account is not active."
    )
    active_when_unbanned = models.BooleanField(
        default=True, db_default=True, editable=False, help_text="Whether the account is active once a ban is lifted."
    )
    creator_level = models.CharField(
        max_length=10, choices=CreatorLevel, default=CreatorLevel.BRONZE, db_default=CreatorLevel.BRONZE
    )
    creator_level_is_set = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Staff chose the level; sales do not change it."
    )
    followers_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    following_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    models_count = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Their 3-D models, whatever the status, less those archived."
    )
    models_rating = models.DecimalField(
        max_digits=3, decimal_places=2, default=0, db_default=0, editable=False, help_text="Mean of all their reviews."
    )
    invited_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="To work here; the account is closed until they open it."
    )
    deletion_due_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="They asked for it; signing in takes it back."
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Deleted: the row stays for the books, without its person."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    by_key = False
    """No column. One of their API keys calls: it has their rights, but none that staff have."""

    objects: ClassVar[Accounts] = Accounts()  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["user_type", "-created_at"], name="user_by_type"),
            models.Index(fields=["spent"], name="user_spent"),
            models.Index(fields=["last_login"], name="user_last_login"),
            models.Index(fields=["user_type", "id"], name="user_by_type_and_id"),
            models.Index(fields=["-revenue_total", "-id"], name="user_revenue"),
            models.Index(fields=["sales_total"], name="user_sales", condition=models.Q(sales_total__gt=0)),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(is_banned=True, is_active=True), name="user_banned_not_active")
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
    def sales_currency(self) -> str:
        """That of the market for 3-D models: `sales_total` and `revenue_total` are in it."""
        return settings.CURRENCIES["nexus"]

    @property
    def may_sell(self) -> bool:
        return self.user_type in SELLERS

    @property
    def is_administrator(self) -> bool:
        """Superuser or administrator: may decide about people and money."""
        return self._is_here_to_work and (
            self.is_superuser or self.user_type == UserType.ADMIN or self._in(ADMINS_GROUP)
        )

    @property
    def is_moderator(self) -> bool:
        """May approve, reject and feature content: staff, and content moderators."""
        return self.is_staff_member or (self._is_here_to_work and self._in(MODERATORS_GROUP))

    @property
    def is_staff_member(self) -> bool:
        """Reads everything in the admin API and handles orders; a content moderator alone is not one."""
        if self.is_administrator:
            return True
        return self._is_here_to_work and self.is_staff and (self._in(STAFF_GROUP) or not self._in(MODERATORS_GROUP))

    @property
    def _is_here_to_work(self) -> bool:
        return self.is_active and not self.by_key

    def _in(self, group: str) -> bool:
        """A group says as what a person works here, `is_staff` that they do; so an ordinary caller costs no query."""
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
        `keep` (accounts.actors.Credential). A hash made anew of the same password ends nothing.

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


class UserProfile(models.Model):
    """What anybody may show of themselves. Made when something is first written in it. Its id is the user's id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="public_profile")
    bio = models.CharField(max_length=2000, blank=True)
    country = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    website = models.URLField(max_length=300, blank=True)
    twitter = models.CharField(max_length=100, blank=True)
    instagram = models.CharField(max_length=100, blank=True)
    portfolio_url = models.URLField(max_length=300, blank=True)
    skills = models.JSONField(default=list, blank=True)
    software = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Profile of {self.user_id}"


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
        indexes = [
            models.Index(fields=["followed", "-created_at", "-id"], name="followers_newest"),
            models.Index(fields=["follower", "-created_at", "-id"], name="following_newest"),
        ]

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
