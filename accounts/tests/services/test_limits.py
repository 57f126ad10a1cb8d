"""Limits on what is done for people who need not be signed in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts.choices import MailKind
from accounts.models import MailAllowance, SignInFailure, User
from accounts.services import limits as limits_module
from accounts.services.limits import Attempt, attempt_count, in_words, mail_allow, mail_allowed
from accounts.services.sessions import refresh_token_issue, refresh_token_trade
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, UserFactory
from config.core import hashers, rates
from config.core.errors import Busy, Limited

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERIFICATION, RESET = MailKind.EMAIL_VERIFICATION, MailKind.PASSWORD_RESET


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = "on"


def at(**later):
    return time_machine.travel(NOON + timedelta(**later), tick=False)


def refused(kind=VERIFICATION, address="alice@example.com"):
    with pytest.raises(Limited) as refusal:
        mail_allow(kind=kind, address=address)
    return refusal.value.wait, refusal.value.message


@pytest.mark.django_db
def test_one_a_minute():
    with at():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(seconds=15):
        assert refused() == (45, "An e-mail was sent already. Ask for another one in 45 seconds.")
    with at(seconds=60):
        mail_allow(kind=VERIFICATION, address="alice@example.com")


@pytest.mark.django_db
def test_ten_a_day():
    for minute in range(10):
        with at(minutes=minute):
            mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(minutes=20):
        assert refused() == (85200, "An e-mail was sent already. Ask for another one in 24 hours.")
    with at(days=1):
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(days=1, seconds=30):
        assert refused()[0] == 30


@pytest.mark.django_db
def test_each_address_however_it_is_written_and_each_kind_for_itself():
    with at():
        assert mail_allowed(kind=VERIFICATION, address="alice@example.com")
        for written in ("Alice@Example.COM", "\uff41lice@example.com", "al\u0131ce@example.com"):
            assert not mail_allowed(kind=VERIFICATION, address=written)
        assert mail_allowed(kind=RESET, address="alice@example.com")
        assert mail_allowed(kind=VERIFICATION, address="bob@example.com")


@pytest.mark.django_db
def test_the_address_itself_is_not_kept():
    mail_allow(kind=VERIFICATION, address="alice@example.com")

    assert "alice" not in str(MailAllowance.objects.values_list())


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_counted():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
        raise ZeroDivisionError

    mail_allow(kind=VERIFICATION, address="alice@example.com")


@pytest.mark.django_db
def test_off_is_off(settings):
    settings.RATE_LIMITS = "off"

    assert [mail_allowed(kind=VERIFICATION, address="alice@example.com") for _ in range(25)] == [True] * 25


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_mail():
    def attempt(_number):
        try:
            return mail_allowed(kind=VERIFICATION, address="alice@example.com")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(attempt, range(20))) == [False] * 19 + [True]


@pytest.mark.django_db
def test_old_counts_are_forgotten():
    with at():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(hours=23):
        mail_allow(kind=VERIFICATION, address="bob@example.com")
        sign_in_forget()
        assert MailAllowance.objects.count() == 2
    with at(hours=25):
        sign_in_forget()
        assert MailAllowance.objects.count() == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (60, "60 seconds"), (61, "2 minutes"), (3600, "60 minutes"), (3601, "2 hours")],
)
def test_waits_in_words(seconds, words):
    assert in_words(seconds) == words


# ---------------------------------------------------------------- attempts
@pytest.fixture
def low(settings):
    settings.SIGN_INS_PER_MINUTE, settings.REGISTRATIONS_PER_HOUR = 4, 2
    cache.clear()
    caches["process"].clear()


HOME = "203.0.113.7"
LOGINS = {
    "cultureup": ("/api/auth/login/", "detail"),
    "nexus": ("/api/auth/login", "detail"),
    "v1": ("/api/v1/login", "detail"),
}


def call(path, body, address=HOME):
    return APIClient(REMOTE_ADDR=address).post(path, body, format="json")


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", LOGINS)
def test_sign_ins_are_counted_over_all_dialects_together(low, dialect):
    """Nobody is called so: what is counted is the attempt. The admin site's form is one of the doors."""
    with at(seconds=15):
        with pytest.raises(Limited):
            for _ in range(5):
                attempt_count(Attempt.SIGN_IN, address=HOME)
        path, words = LOGINS[dialect]
        answer = call(path, {"username": "nobody", "password": "wrong"})
        assert (answer.status_code, answer["Retry-After"]) == (429, "45")
        assert answer.json()[words] == "Too many attempts. Try again in 45 seconds."
        assert authenticate(RequestFactory(REMOTE_ADDR=HOME).post("/"), username="nobody", password="wrong") is None
    assert not SignInFailure.objects.exists()
    with at(seconds=60):
        assert call(path, {"username": "nobody", "password": "wrong"}).status_code == 401


@pytest.mark.django_db
def test_other_networks_and_other_attempts_are_counted_for_themselves(low):
    with at():
        for _ in range(4):
            attempt_count(Attempt.SIGN_IN, address="2001:db8::1")
        with pytest.raises(Limited):
            attempt_count(Attempt.SIGN_IN, address="2001:db8::2")  # the same household
        attempt_count(Attempt.SIGN_IN, address="2001:db8:0:1::1")
        attempt_count(Attempt.SECOND_FACTOR, address="2001:db8::1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/auth/2fa/verify/", {"session_token": "none", "totp_code": "123456"}),
        ("/api/auth/refresh", {"refresh_token": "none"}),
    ],
)
def test_the_second_factor_and_refreshing(low, path, body):
    with at():
        answers = [call(path, body) for _ in range(5)]
    assert [answer.status_code == 429 for answer in answers] == [False] * 4 + [True]
    assert answers[-1]["Retry-After"] == "60"


@pytest.mark.django_db
def test_refreshing_is_counted_by_account_too(low):
    alice = UserFactory()
    token = refresh_token_issue(alice)
    with at():
        for number in range(4):
            _user, token, _session = refresh_token_trade(refresh_token=token, address=f"192.0.2.{number}")
        with pytest.raises(Limited):
            refresh_token_trade(refresh_token=token, address="192.0.2.9")
    with at(minutes=1):
        refresh_token_trade(refresh_token=token, address="192.0.2.9")  # it was not used up


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/api/auth/register/", {"first_name": "A", "last_name": "B", "user_type": "buyer"}),
        ("/api/auth/register", {}),
        ("/api/v1/register", {"full_name": "A B"}),
    ],
)
def test_registrations(low, path, sent):
    body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD, "password_confirm": PASSWORD}
    with at():
        attempt_count(Attempt.REGISTRATION, address=HOME)
        assert call(path, body | sent).status_code == 201
        answer = call(path, body | sent | {"username": "bob", "email": "bob@example.com"})
        assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
        elsewhere = call(path, body | sent | {"username": "bob", "email": "bob@example.com"}, address="192.0.2.1")
        assert elsewhere.status_code == 201
    assert User.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path, _words in LOGINS.values()])
def test_when_more_passwords_come_than_can_be_hashed(path, monkeypatch):
    def busy():
        raise Busy

    desk = SimpleNamespace(run=lambda _make: busy())
    monkeypatch.setattr(hashers, "_desk", lambda: desk)
    UserFactory(username="alice")

    for name in ("alice", "nobody"):
        answer = call(path, {"username": name, "password": PASSWORD})
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert "busy" in str(answer.json())
    assert not SignInFailure.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/auth/password/forgot/",
        "/api/auth/forgot-password",
        "/api/v1/auth/password/forgot",
        "/api/printshop/auth/password/forgot",
    ],
)
def test_forgotten_passwords_are_counted_by_network_too(low, path, monkeypatch):
    """Over the limit of an address the answer is as always; over that of a network it is 429 for any address."""
    monkeypatch.setattr(limits_module, "MAIL_REQUESTS", 3)
    UserFactory(username="alice")
    with at():
        answers = [
            call(path, {"email": email}) for email in ["alice@example.com", "alice@example.com", "no@example.com"]
        ]
        assert len({(answer.status_code, answer.content) for answer in answers}) == 1
        assert answers[0].status_code < 300
        over = [call(path, {"email": email}) for email in ["alice@example.com", "nobody@example.com"]]
        assert [(answer.status_code, answer["Retry-After"]) for answer in over] == [(429, "3600")] * 2
        assert call(path, {"email": "alice@example.com"}, address="192.0.2.1").status_code < 300


def test_while_the_shared_cache_is_gone_each_process_counts_for_itself(low, monkeypatch):
    """What django-redis answers when Redis does not: nothing."""
    monkeypatch.setattr(rates, "_away_until", 0.0)
    monkeypatch.setattr(type(caches["default"]), "incr", lambda *_args, **_kwargs: None)

    with at():
        for _ in range(4):
            attempt_count(Attempt.SIGN_IN, address=HOME)
        with pytest.raises(Limited):
            attempt_count(Attempt.SIGN_IN, address=HOME)
    monkeypatch.setattr(rates, "_away_until", 0.0)


def test_off_counts_no_attempts(low, settings):
    settings.RATE_LIMITS = "off"

    for _ in range(10):
        attempt_count(Attempt.SIGN_IN, address=HOME)
