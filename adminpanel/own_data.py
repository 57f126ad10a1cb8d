"""What the admin site has of those who work with it."""

from typing import Final

from adminpanel.models import SavedFilter
from config.core.own_data import Given, OwnData

OWN_DATA: Final = OwnData(
    given=(Given("saved_filters", SavedFilter, "owner", "id list name query is_shared created_at"),)
)
