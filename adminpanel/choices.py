"""Words of the admin panel."""

from django.db import models


class BulkAction(models.TextChoices):
    """What can be done with many artworks at once."""

    APPROVE = "approve"
    REJECT = "reject"
    FEATURE = "feature"
    UNFEATURE = "unfeature"
