"""The people of the tests: alice makes and sells, bob buys and orders work, charlie and dora must see nothing of it."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from config.core.hashers import Argon2


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashed as production hashes them, but for the work: a tenth of a second and 100 MB for every sign-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2, "time_cost", 1)
        patch.setattr(Argon2, "memory_cost", 64)
        yield


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
def moderator(db: None) -> User:
    return ModeratorFactory.create(username="moderator")


@pytest.fixture
def staff(db: None) -> User:
    return StaffFactory.create(username="staff")


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory.create(username="admin")
