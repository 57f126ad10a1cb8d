"""What the platform's own shop offers."""

from django.db import models

from marketplace.choices import EquipmentType
from marketplace.models.listings import Listing


class Equipment(Listing):
    """Tools and material, sold by the platform's house account out of its stock."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="equipment"
    )
    equipment_type = models.CharField(max_length=10, choices=EquipmentType)
    image = models.FileField(upload_to="equipment/", blank=True)

    class Meta:
        verbose_name_plural = "equipment"
        indexes = [models.Index(fields=["equipment_type", "listing"], name="equipment_by_type")]
