"""One person of each level, and clients that call as them."""

import pytest
from django.contrib import admin
from rest_framework.test import APIClient

from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)

LEVELS = {
    "buyer": BuyerFactory,
    "artist": ArtistFactory,
    "moderator": ModeratorFactory,
    "staff": StaffFactory,
    "admin": AdminFactory,
    "superuser": SuperuserFactory,
}


def client_of(user):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def as_level(db):
    """`as_level("staff")` is a client of a person of that level; "anonymous" of nobody."""

    def client(level):
        return client_of(LEVELS[level](username=f"the_{level}") if level in LEVELS else None)

    return client


@pytest.fixture
def as_admin(admin):
    return client_of(admin)


@pytest.fixture
def as_staff(staff):
    return client_of(staff)


@pytest.fixture
def as_moderator(moderator):
    return client_of(moderator)


@pytest.fixture(autouse=True)
def sandbox_payments(settings):
    settings.SANDBOX_ALLOWED = True


@pytest.fixture
def without_menu(monkeypatch):
    """Pages without the menu and "All applications", which ask of an address nothing but where it leads, and take a
    third of a page's time."""
    monkeypatch.setattr(admin.site, "get_sidebar_list", lambda request: [])
    monkeypatch.setattr(admin.site, "get_app_list", lambda request, app_label=None: [])
