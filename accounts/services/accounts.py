"""The platform's own account."""

from typing import Final

from django.contrib.auth.hashers import make_password

from accounts.choices import UserType
from accounts.models import User

HOUSE_NAME: Final = "atelier"
# Names nobody registers: the house's own, and "me", which stands for the caller in addresses.
RESERVED_NAMES: Final = frozenset({HOUSE_NAME, "me"})


def house_account() -> User:
    """Sells what the platform sells itself, such as equipment. Nobody can sign in as it."""
    house, _made = User.objects.get_or_create(
        username=HOUSE_NAME,
        defaults={
            "email": f"{HOUSE_NAME}@house.invalid",
            "first_name": "Atelier",
            "user_type": UserType.ADMIN,
            "is_active": False,
            "identity_verified": True,
            "password": make_password(None),
        },
    )
    return house


def is_house(user: User) -> bool:
    """Its account is not active, so that nobody signs in as it, yet it sells."""
    return user.username == HOUSE_NAME


def deals(user: User) -> bool:
    """Whether others may buy of them and hire them: their account is open, and is not to be deleted."""
    return (user.is_active and user.deletion_due_at is None) or is_house(user)
