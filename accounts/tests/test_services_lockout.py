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
from accounts.models import SignInFailure, SignInGuard
from accounts.services.lockout import network_of
from accounts.services.sign_in import sign_in
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, UserFactory
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
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
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
