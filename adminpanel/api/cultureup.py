"""CultureUp's admin API, as its route table names it."""

from adminpanel.api.cultureup_content import Appeals, Artworks, Categories
from adminpanel.api.cultureup_money import Payments
from adminpanel.api.cultureup_people import Users

__all__ = ["Appeals", "Artworks", "Categories", "Payments", "Users"]
