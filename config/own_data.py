"""What each app has of people, by dotted names: accounts gives it out, and has it taken away, without importing the
apps above it."""

from typing import Final

OWN_DATA: Final = [
    "accounts.selectors.own_data",
    "marketplace.selectors.own_data",
    "jobs.own_data",
    "commerce.selectors.own_data",
    "community.selectors.own_data",
    "printshop.selectors.own_data",
    "adminpanel.own_data",
]

# In this order: what refers to somebody's files lets go of them before the catalogue does.
ERASERS: Final = [
    "adminpanel.services.erasure.person_erase",
    "printshop.services.erasure.person_erase",
    "community.services.erasure.person_erase",
    "commerce.services.erasure.person_erase",
    "jobs.services.erasure.person_erase",
    "marketplace.services.erasure.person_erase",
    "accounts.services.erasure.person_erase",
]
