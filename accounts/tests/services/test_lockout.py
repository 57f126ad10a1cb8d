"""The lock on guessing passwords and codes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from accounts.errors import InvalidCredentials
from accounts.models import SignInFailure, SignInGuard, SignInPlace
from accounts.services import lockout
from accounts.services.lockout import network_of, place_note
from accounts.services.sign_in import second_factor_verify, sign_in
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, UserFactory, password_hash
from accounts.tests.people import with_two_factor
from config.core.errors import Limited

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def guess(name="alice", password="wrong", address=HOME):
    """What an attempt comes to: "in", "wrong" or "locked"."""
    try:
        sign_in(name=name, password=password, address=address)
    except InvalidCredentials:
        return "wrong"
    except Limited:
        return "locked"
    return "in"


@pytest.fixture
def alice(db):
    return UserFactory(username="alice")


def test_five_failures_lock_and_the_right_password_does_not_open(alice):
    assert [guess() for _ in range(5)] == ["wrong"] * 5

    assert guess(password=PASSWORD) == "locked"
    assert guess() == "locked"
    assert SignInFailure.objects.count() == 5


def test_name_and_address_are_one_account(alice):
    names = ["alice", "ALICE", "alice@example.com", "Alice@Example.Com", "alice"]

    assert [guess(name=name) for name in names] == ["wrong"] * 5
    assert guess(name="alice@example.com", password=PASSWORD) == "locked"


def test_the_lock_is_of_the_pair(alice):
    UserFactory(username="bob")
    for _ in range(5):
        guess()

    assert guess(password=PASSWORD, address=ELSEWHERE) == "in"
    assert guess(name="bob", password=PASSWORD) == "in"
    assert guess(password=PASSWORD) == "locked"


def test_the_text_and_the_wait_count_down(alice):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for _ in range(5):
            guess()
        with pytest.raises(Limited) as now:
            sign_in(name="alice", password=PASSWORD, address=HOME)
    with time_machine.travel(start + timedelta(seconds=75), tick=False):
        with pytest.raises(Limited) as later:
            sign_in(name="alice", password=PASSWORD, address=HOME)
    with time_machine.travel(start + timedelta(minutes=14, seconds=30), tick=False):
        with pytest.raises(Limited) as soon:
            sign_in(name="alice", password=PASSWORD, address=HOME)

    assert (now.value.message, now.value.wait) == ("Too many failed attempts. Try again in 15 minutes.", 900)
    assert (later.value.message, later.value.wait) == ("Too many failed attempts. Try again in 14 minutes.", 825)
    assert (soon.value.message, soon.value.wait) == ("Too many failed attempts. Try again in 1 minute.", 30)


def test_the_lock_ends_after_fifteen_minutes_and_starts_from_nothing(alice):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for _ in range(5):
            guess()
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert [guess() for _ in range(5)] == ["wrong"] * 5
        assert guess(password=PASSWORD) == "locked"


def test_failures_spread_over_more_than_fifteen_minutes_do_not_lock(alice):
    start = timezone.now()
    for minute in (0, 4, 8, 12, 16):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            assert guess() == "wrong"
    with time_machine.travel(start + timedelta(minutes=16), tick=False):
        assert guess(password=PASSWORD) == "in"


def test_a_success_clears_the_count(alice):
    for _ in range(4):
        guess()
    assert guess(password=PASSWORD) == "in"

    assert [guess() for _ in range(5)] == ["wrong"] * 5
    assert guess() == "locked"


def test_unknown_names_lock_alike_and_are_not_kept(db):
    assert [guess(name="Nobody") for _ in range(5)] == ["wrong"] * 5

    assert guess(name="nobody") == "locked"
    assert not SignInFailure.objects.filter(account__icontains="nobody").exists()


@pytest.mark.parametrize("limits", ["on", "off"])
def test_the_lock_does_not_hang_on_rate_limits(alice, settings, limits):
    settings.RATE_LIMITS = limits
    for _ in range(5):
        guess()

    assert guess(password=PASSWORD) == "locked"


# ---------------------------------------------------------------- guessing on many accounts, and from many networks
@pytest.fixture
def few(settings, monkeypatch):
    """Limits on, and low, so that few passwords have to be hashed."""
    password_hash()  # which the factories keep for all tests, as usual
    settings.RATE_LIMITS = "on"
    settings.SIGN_IN_FAILURES = 3
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    monkeypatch.setattr(lockout, "ACCOUNT_FAILURES", 3)


def test_one_password_on_many_accounts(alice, few):
    """Names that there are not count too."""
    bob = UserFactory(username="bob")
    place_note(bob, HOME)
    assert [guess(name=name) for name in ("carol", "dave", "alice")] == ["wrong"] * 3

    assert guess(name="erin") == guess(password=PASSWORD) == "locked"
    assert guess(password=PASSWORD, address=ELSEWHERE) == "in"
    assert guess(name="bob", password=PASSWORD) == "in"  # who uses the account from here
    assert guess(name="bob") == "wrong"
    assert guess(name="erin") == "locked"


def test_a_success_does_not_make_up_for_failures_on_other_accounts(alice, few):
    UserFactory(username="bob")
    assert guess(name="bob", password=PASSWORD) == "in"
    assert [guess(name=name) for name in ("carol", "dave", "erin")] == ["wrong"] * 3
    assert guess(name="bob", password=PASSWORD) == "in"

    assert guess(password=PASSWORD) == "locked"


def test_one_household_is_one_guesser(alice, few):
    assert [guess(name=name, address=f"2001:db8:1:2::{name}") for name in ("a", "b", "c")] == ["wrong"] * 3

    assert guess(password=PASSWORD, address="2001:db8:1:2::d") == "locked"
    assert guess(password=PASSWORD, address="2001:db8:1:3::d") == "in"


def test_guessing_at_one_account_from_everywhere_does_not_keep_its_person_out(alice, few):
    assert guess(password=PASSWORD, address=HOME) == "in"
    assert [guess(address=f"192.0.2.{number}") for number in range(3)] == ["wrong"] * 3

    assert guess(address="192.0.2.9") == guess(password=PASSWORD, address="192.0.2.9") == "locked"
    assert guess(password=PASSWORD, address=HOME) == "in"
    UserFactory(username="bob")
    assert guess(name="bob", password=PASSWORD, address="192.0.2.9") == "in"


def test_guessing_at_a_name_that_there_is_not_is_slowed_alike(few, db):
    assert [guess(name="nobody", address=f"192.0.2.{number}") for number in range(3)] == ["wrong"] * 3

    assert guess(name="NOBODY", address="192.0.2.9") == "locked"


def test_the_second_factor_is_slowed_alike(alice, few):
    with_two_factor(alice)
    token = sign_in(name="alice", password=PASSWORD, address=HOME).session_token
    assert [guess(name=name) for name in ("carol", "dave", "erin")] == ["wrong"] * 3

    with pytest.raises(Limited):
        second_factor_verify(session_token=token, totp_code="000000", address=HOME)
    assert SignInPlace.objects.count() == 0  # the password alone makes nobody known


def test_how_long_guessers_wait(alice, few):
    start = timezone.now()
    for minute, name in enumerate(("carol", "dave", "erin")):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            guess(name=name)
    with time_machine.travel(start + timedelta(minutes=5), tick=False):
        with pytest.raises(Limited) as refusal:
            sign_in(name="alice", password=PASSWORD, address=HOME)
    assert (refusal.value.wait, refusal.value.message) == (600, "Too many failed attempts. Try again in 10 minutes.")
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert guess(password=PASSWORD) == "in"


def test_off_lifts_this_and_leaves_the_lock(alice, few, settings):
    settings.RATE_LIMITS = "off"
    for name in ("carol", "dave", "erin", "frank"):
        guess(name=name)
    for _ in range(5):
        assert guess(name="alice") == "wrong"

    assert guess(password=PASSWORD) == "locked"
    assert guess(name="grace") == "wrong"


def test_places_are_forgotten_when_they_are_long_out_of_use(alice):
    with time_machine.travel(timezone.now() - timedelta(days=200)):
        place_note(alice, HOME)
        place_note(alice, ELSEWHERE)
    place_note(alice, HOME)

    sign_in_forget()

    assert list(SignInPlace.objects.values_list("network", flat=True)) == [HOME]


# ---------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", "0.0.0.0"),
        ("203.0.113.7:5000", "0.0.0.0"),
        ("unknown", "0.0.0.0"),
    ],
)
def test_the_address_that_counts(address, counted):
    assert network_of(address) == counted


def test_the_admin_sites_sign_in_is_under_the_same_lock(alice):
    request = RequestFactory(REMOTE_ADDR=HOME).post("/admin/login/")
    assert authenticate(request, username="alice@example.com", password=PASSWORD) == alice
    for _ in range(5):
        assert authenticate(request, username="alice", password="wrong") is None

    assert authenticate(request, username="alice", password=PASSWORD) is None
    assert guess(password=PASSWORD) == "locked"


def test_old_failures_are_forgotten(alice):
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        guess()
    guess(address=ELSEWHERE)

    sign_in_forget()

    assert list(SignInFailure.objects.values_list("address", flat=True)) == [ELSEWHERE]
    assert list(SignInGuard.objects.values_list("address", flat=True)) == [ELSEWHERE]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_twenty_guesses_at_once_are_five_tries(name):
    UserFactory(username="alice")

    def attempt(_number):
        try:
            return guess(name=name)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(attempt, range(20)))

    assert sorted(outcomes) == ["locked"] * 15 + ["wrong"] * 5


@pytest.mark.django_db(transaction=True)
def test_right_passwords_at_once_all_get_in():
    UserFactory(username="alice")

    def attempt(_number):
        try:
            return guess(password=PASSWORD)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(8))) == ["in"] * 8
