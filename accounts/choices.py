"""Words that accounts are described with."""

from django.db import models


class UserType(models.TextChoices):
    BUYER = "buyer"
    ARTIST = "artist"
    CREATOR = "creator"
    ADMIN = "admin"


class ExperienceLevel(models.TextChoices):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


SELLERS = frozenset({UserType.ARTIST, UserType.CREATOR, UserType.ADMIN})
MODERATORS_GROUP = "Content moderators"
STAFF_GROUP = "Staff"
ADMINS_GROUP = "Administrators"
