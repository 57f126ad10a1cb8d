"""Words that accounts are described with."""

from django.db import models


class UserType(models.TextChoices):
    BUYER = "buyer"
    ARTIST = "artist"
    CREATOR = "creator"
    ADMIN = "admin"


class MailKind(models.TextChoices):
    """What an e-mail is about that others than its reader can have sent; each kind is limited for itself."""

    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (no password)
    PAYMENT_METHOD_CODE = "payment_method_code"


class ExperienceLevel(models.TextChoices):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


SELLERS = frozenset({UserType.ARTIST, UserType.CREATOR, UserType.ADMIN})
MODERATORS_GROUP = "Content moderators"
STAFF_GROUP = "Staff"
ADMINS_GROUP = "Administrators"
