"""What each app has of people, by dotted names: accounts gives it out without importing the apps above it."""

from typing import Final

OWN_DATA: Final = [
    "accounts.selectors.own_data",
    "marketplace.selectors.own_data",
    "jobs.own_data",
    "commerce.selectors.own_data",
    "community.selectors.own_data",
    "printshop.selectors.own_data",
]
