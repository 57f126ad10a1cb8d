"""bob offers work, alice does it, charlie and dora must see nothing of it."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, StaffFactory
from config.dialects.credentials import access_token


@pytest.fixture
def alice(db: None) -> User:
    return ArtistFactory.create(username="alice")


@pytest.fixture
def bob(db: None) -> User:
    return BuyerFactory.create(username="bob")


@pytest.fixture
def charlie(db: None) -> User:
    return BuyerFactory.create(username="charlie")


@pytest.fixture
def dora(db: None) -> User:
    return ArtistFactory.create(username="dora")


@pytest.fixture
def staff(db: None) -> User:
    return StaffFactory.create(username="staff")


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory.create(username="admin")


@pytest.fixture
def client_of():
    """client_of(alice) is a front-end she is signed in at; client_of(None) one where nobody is."""

    def make(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
        return client

    return make
