"""Opening an account, and what its name, address and password must be."""

import unicodedata
from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.choices import UserType
from accounts.errors import EmailTaken, UsernameReserved, UsernameTaken
from accounts.models import User
from accounts.selectors.people import name_is_taken
from accounts.services.accounts import HOUSE_NAME, RESERVED_NAMES
from accounts.services.deliveries import email_queue
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import place_note
from accounts.services.verification import verification_send
from config.core.errors import Invalid, Limited
from config.core.folding import folded
from config.core.lookalikes import mixes_scripts, reads_like

LONGEST_WORD: Final = 254


def username_check(username: str, *, besides: User | None = None) -> str:
    """The name as it is stored: in NFKC. Raises Invalid, UsernameReserved or UsernameTaken."""
    username = User.normalize_username(username)
    _field_check("username", username)
    if mixes_scripts(username):
        raise Invalid("A username has letters of one script only.", field="username")
    if folded(username) in RESERVED_NAMES or name_is_taken(username, besides=besides):
        raise UsernameTaken
    if reads_like(username, {HOUSE_NAME, *settings.RESERVED_NAMES}):
        raise UsernameReserved
    return username


def email_check(email: str, *, besides: User | None = None) -> str:
    """The address as it is stored: in NFKC. Raises Invalid or EmailTaken."""
    email = unicodedata.normalize("NFKC", email)
    _field_check("email", email)
    if name_is_taken(email, besides=besides):
        raise EmailTaken
    return email


def no_other_address(user: User) -> None:
    """Raises Invalid (`username`) for a name that is an address, and not the account's own."""
    if "@" in user.username and folded(user.username) != folded(user.email):
        raise Invalid("A username may be an email address only if it is your own.", field="username")


def password_check(password: str, *, user: User, field: str = "password") -> None:
    """Raises Invalid with `field`.

    `user` carries the words that a password must not resemble. They may be unchecked yet: of each no more is looked at
    than a name or an address may have, since comparing takes its time.
    """
    words = {name: getattr(user, name)[:LONGEST_WORD] for name in ("username", "first_name", "last_name", "email")}
    try:
        validate_password(password, User(**words))
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None


def _field_check(name: str, value: str) -> None:
    try:
        User(**{name: value}).clean_fields(exclude=[field.name for field in User._meta.fields if field.name != name])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=name) from None


def account_register(
    *,
    username: str,
    email: str,
    password: str,
    user_type: str,
    first_name: str = "",
    last_name: str = "",
    phone_number: str = "",
    address: str = "",
    market: str = "",
) -> User:
    """A new account, welcomed and asked to confirm its address. `address` is the network address that asks for it,
    `market` the name by which the platform welcomes, if it has one of its own there.

    Raises Invalid, UsernameTaken or EmailTaken; Limited when too many come from there; and Busy.
    """
    attempt_count(Attempt.REGISTRATION, address=address)
    if user_type not in {UserType.BUYER, UserType.ARTIST, UserType.CREATOR}:
        raise Invalid("Nobody registers as that.", field="user_type")
    user = User(
        username=username_check(username),
        email=email_check(email),
        user_type=user_type,
        first_name=first_name,
        last_name=last_name,
        phone_number=phone_number,
    )
    no_other_address(user)
    password_check(password, user=user)
    user.set_password(password)
    with transaction.atomic():
        account_save(user)
        if address:
            place_note(user, address)
        welcome(user, market=market)
        try:
            verification_send(user)
        except Limited:
            pass  # somebody else had the address asked a moment ago; whoever reads it may ask again
    return user


def welcome(user: User, *, market: str = "") -> None:
    email_queue(user=user, template="welcome", context={"market": market} if market else {})


def account_save(user: User) -> None:
    """Save names and addresses; whoever comes second with one gets the same refusal as after any look."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        besides = user if user.pk is not None else None
        if name_is_taken(user.username, besides=besides):
            raise UsernameTaken from None
        if name_is_taken(user.email, besides=besides):
            raise EmailTaken from None
        raise
