"""Opening accounts, confirming addresses, and what two people want at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.errors import EmailTaken, InvalidLink, UsernameTaken
from accounts.models import Delivery, User
from accounts.services.email_changes import email_verify
from accounts.services.names import name_parts
from accounts.services.registration import LONGEST_WORD, account_register, password_check
from accounts.services.verification import verification_link, verification_token
from accounts.tests.factories import UserFactory
from config.core.errors import Invalid

ALICE = {"username": "alice", "email": "alice@example.com", "password": "a long enough passphrase 1"}


def register(**changes):
    return account_register(**{**ALICE, "user_type": "buyer", **changes})


def test_a_password_is_compared_with_no_more_than_a_name_may_have():
    """Forms compare before lengths are checked; with two million letters that took seconds."""
    password = "Quiteanotherword4711"
    endless = f"{'x' * LONGEST_WORD} {password}"
    password_check(password, user=User(username=endless, first_name=endless, last_name=endless, email=endless))
    for name in ("username", "first_name", "last_name", "email"):
        with pytest.raises(Invalid, match="too similar"):
            password_check(password, user=User(**{name: f"{password} {endless}"}))


@pytest.mark.django_db
def test_registration():
    alice = register(first_name="Alice", phone_number="+1")

    assert (alice.user_type, alice.is_active, alice.is_staff, alice.identity_verified) == ("buyer", True, False, False)
    assert alice.email_verified_at is None
    assert alice.check_password(ALICE["password"])
    assert set(Delivery.objects.values_list("template", "user_id")) == {
        ("welcome", alice.pk),
        ("email_verification", alice.pk),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": "BOB"}, UsernameTaken),
        ({"email": "Bob@Example.com"}, EmailTaken),
        ({"username": "bob@example.com"}, UsernameTaken),
        ({"username": "carol@example.com"}, Invalid),
        ({"username": "a b"}, Invalid),
        ({"username": ""}, Invalid),
        ({"username": "me"}, UsernameTaken),
        ({"email": "nonsense"}, Invalid),
        ({"email": f"{'x' * 250}@example.com"}, Invalid),
        ({"password": "short"}, Invalid),
        ({"password": "alice@example.com"}, Invalid),
        ({"user_type": "admin"}, Invalid),
        ({"user_type": "owner"}, Invalid),
    ],
)
def test_registration_refused_leaves_nothing(changes, error):
    UserFactory(username="bob")

    with pytest.raises(error):
        register(**changes)

    assert User.objects.count() == 1
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_nobody_takes_an_address_that_is_somebodys_name():
    UserFactory(username="carol@example.com", email="other@example.com")

    with pytest.raises(EmailTaken):
        register(email="Carol@example.com")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ({"username": "alice"}, {"username": "Alice", "email": "other@example.com"}, "username"),
        ({"email": "alice@example.com"}, {"username": "other", "email": "ALICE@example.com"}, "email"),
    ],
)
def test_two_registrations_at_once_are_one_account_and_one_refusal(first, second, refusal):
    def attempt(changes):
        try:
            register(**changes)
        except Invalid as error:
            return error.field
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, [first, second]))

    assert sorted(outcomes) == sorted(["registered", refusal])
    assert User.objects.count() == 1
    assert Delivery.objects.count() == 2


# ---------------------------------------------------------------- confirming the address
@pytest.mark.django_db
def test_the_link_confirms_the_address_once_and_for_all():
    alice = UserFactory(email_verified_at=None)
    link = verification_link(alice)
    assert link.startswith(f"{settings.PUBLIC_URL}/verify-email/")
    signed = link.removeprefix(f"{settings.PUBLIC_URL}/verify-email/").rstrip("/")

    first = email_verify(signed=signed).email_verified_at
    second = email_verify(signed=signed).email_verified_at

    assert first is not None
    assert second == first


@pytest.mark.django_db
def test_the_link_is_of_one_address_and_of_an_active_account():
    alice, bob = UserFactory(email_verified_at=None), UserFactory(email_verified_at=None)
    tokens = [verification_token(alice), verification_token(bob)]
    User.objects.filter(pk=alice.pk).update(email="new@example.com")
    User.objects.filter(pk=bob.pk).update(is_active=False)

    for token in tokens:
        with pytest.raises(InvalidLink):
            email_verify(signed=token)
    assert not User.objects.filter(email_verified_at__isnull=False).exists()


@pytest.mark.django_db
def test_the_link_lives_seven_days():
    alice = UserFactory(email_verified_at=None)
    token = verification_token(alice)

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        with pytest.raises(InvalidLink):
            email_verify(signed=token)


@pytest.mark.parametrize(
    ("full_name", "parts"),
    [
        ("John Doe", ("John", "Doe")),
        ("Mary Ann  Smith", ("Mary", "Ann Smith")),
        ("Cher", ("Cher", "")),
        ("", ("", "")),
        ("x" * 200, ("x" * 150, "")),
    ],
)
def test_full_names(full_name, parts):
    assert name_parts(full_name) == parts
