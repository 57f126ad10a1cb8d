"""Words of the admin panel."""

from django.db import models


class BulkAction(models.TextChoices):
    """What can be done with many artworks at once."""

    APPROVE = "approve"
    REJECT = "reject"
    FEATURE = "feature"
    UNFEATURE = "unfeature"


class PeopleAction(models.TextChoices):
    """What can be decided about people, one or many."""

    VERIFY = "verify"
    UNVERIFY = "unverify"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    MAKE_STAFF = "make_staff"
    REMOVE_STAFF = "remove_staff"
