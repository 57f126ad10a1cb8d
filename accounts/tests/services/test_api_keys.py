"""Personal API keys: made, shown once, ended, and who calls by them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from accounts import policies
from accounts.authentication import users_of
from accounts.choices import KeyScope
from accounts.errors import (
    AboveActor,
    CodeMissing,
    CredentialsEnded,
    InvalidBackupCode,
    InvalidCode,
    TooManyKeys,
)
from accounts.models import ApiKey, Delivery, SignInFailure, User
from accounts.selectors.sign_ins import api_keys_of
from accounts.services import api_keys, people
from accounts.services.api_keys import api_key_create, api_key_end, api_keys_shown, checksum, is_key, key_made
from accounts.services.passwords import password_change
from accounts.services.sessions import sessions_end
from accounts.services.signed_in import sessions_others_end
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, AdminFactory, ApiKeyFactory, SuperuserFactory, UserFactory
from accounts.tests.people import totp_of, with_two_factor
from config.core.errors import Denied, Invalid, Limited, Missing
from config.core.logs import formatter
from config.core.models import AuditEntry

HOME = "203.0.113.7"
READ, WRITE = KeyScope.READ, KeyScope.WRITE

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def create(actor, **sent):
    chosen = {"name": "Stock", "scopes": [READ], "password": PASSWORD, "address": HOME} | sent
    return api_key_create(actor=actor, **chosen)


def found(text):
    return api_keys_shown([text])[0]


# ---------------------------------------------------------------- making one
def test_a_key_is_shown_once_and_kept_as_a_digest(alice, settings):
    with time_machine.travel("2026-03-05T12:00:00Z", tick=False):
        key, text = create(alice, scopes=["write", "read"])

    assert is_key(text) and len(text) == 46
    stored = ApiKey.objects.get()
    assert (stored.user, stored.name, stored.prefix) == (alice, "Stock", text[:12])
    assert stored.scopes == ["read", "write"]
    assert (stored.expires_at - stored.created_at, stored.last_used_at, stored.ended_at) == (
        timedelta(days=90),
        None,
        None,
    )
    assert text not in str(ApiKey.objects.values().get())
    mail = Delivery.objects.get()
    assert (mail.template, mail.user, mail.context) == (
        "api_key_created",
        alice,
        {"name": "Stock", "prefix": text[:12]},
    )
    assert key.pk == stored.pk


def test_its_text_is_what_scanners_find():
    texts = {key_made() for _ in range(100)}

    assert len(texts) == 100
    assert all(is_key(text) for text in texts)
    known = "atl_" + "0" * 36
    assert checksum(known) == "0TmNNR"
    for broken in ("", "atl_", known, known + "0TmNNQ", known + "0TmNNR\n", "ATL_" + "0" * 36 + "0TmNNR", "atl_é" * 9):
        assert not is_key(broken)


def test_how_long_it_lasts(alice, settings):
    settings.API_KEY_DAYS, settings.API_KEY_MOST_DAYS = 30, 60
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        lasting = [create(alice, expires_in_days=days)[0].expires_at - now for days in (0, 1, 60)]
    assert lasting == [timedelta(days=30), timedelta(days=1), timedelta(days=60)]

    for days in (61, 10**30, -1, None):
        with pytest.raises(Invalid) as refusal:
            create(alice, expires_in_days=days)
        assert refusal.value.field == "expires_in_days"
    settings.API_KEY_WITHOUT_END = True
    assert create(alice, expires_in_days=None)[0].expires_at is None
    assert ApiKey.objects.count() == 4


def test_without_the_password_there_is_none_and_guessing_is_locked(alice):
    for _ in range(5):
        with pytest.raises(Invalid) as refusal:
            create(alice, password="wrong")
        assert refusal.value.field == "password"
    with pytest.raises(Limited):
        create(alice)
    assert (ApiKey.objects.count(), Delivery.objects.count()) == (0, 0)


def test_who_has_2fa_on_also_gives_a_code_which_works_once(alice):
    device = with_two_factor(alice)
    with pytest.raises(CodeMissing):
        create(alice)
    with pytest.raises(InvalidCode) as refusal:
        create(alice, totp_code="000000")
    with pytest.raises(InvalidBackupCode):
        create(alice, backup_code="AAAAAAAA")
    assert refusal.value.field == "totp_code"
    assert SignInFailure.objects.count() == 2
    code = totp_of(device.secret)

    create(alice, totp_code=code)

    with pytest.raises(InvalidCode):
        create(alice, totp_code=code)
    assert ApiKey.objects.count() == 1


def test_one_person_has_fifty_that_open_something(alice, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST", 1)
    ApiKeyFactory(user=alice, ended_at=timezone.now())
    ApiKeyFactory(user=alice, expires_at=timezone.now())
    ApiKeyFactory()
    create(alice)
    with pytest.raises(TooManyKeys):
        create(alice)
    assert api_keys_of(actor=alice, user=alice).count() == 3


def test_no_key_slips_out_while_all_are_ended(alice):
    asking = User.objects.get(pk=alice.pk)
    sessions_end(alice)
    with pytest.raises(CredentialsEnded):
        create(asking)
    assert not ApiKey.objects.exists()


# ---------------------------------------------------------------- who calls by it
def test_a_key_is_its_person_without_the_powers_of_staff(django_assert_num_queries):
    boss, text = SuperuserFactory(), key_made()
    ApiKeyFactory(user=boss, text=text, last_used_at=timezone.now())

    with django_assert_num_queries(1):
        key = found(text)

    assert key.user == boss
    assert (boss.is_administrator, policies.level(boss)) == (True, policies.SUPERUSER)
    by_key = key.user
    assert (by_key.is_administrator, by_key.is_staff_member, by_key.is_moderator) == (False, False, False)
    assert (policies.level(by_key), policies.may_decide_about_people(by_key)) == (0, False)
    with django_assert_num_queries(0):
        assert api_keys_shown(["", "atl_", "x" * 100_000, text[:-1] + ("a" if text[-1] != "a" else "b")]) == [None] * 4


def test_what_does_not_open_anything(alice):
    texts = [key_made() for _ in range(5)]
    now = timezone.now()
    ApiKeyFactory(user=alice, text=texts[0], expires_at=now)
    ApiKeyFactory(user=alice, text=texts[1], ended_at=now)
    ApiKeyFactory(user=UserFactory(is_active=False), text=texts[2])
    ApiKeyFactory(user=UserFactory(is_active=False, is_banned=True), text=texts[3])
    assert api_keys_shown(texts) == [None] * 5


def test_its_use_is_noted_once_a_minute(alice, django_assert_num_queries):
    text = key_made()
    ApiKeyFactory(user=alice, text=text)
    start = timezone.now()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert found(text).user == alice
        assert ApiKey.objects.get().last_used_at == start + timedelta(seconds=noted)


def test_that_its_use_cannot_be_noted_refuses_nobody(alice, monkeypatch):
    text = key_made()
    ApiKeyFactory(user=alice, text=text)

    def busy(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(busy):
        assert found(text).user == alice
    assert ApiKey.objects.get().last_used_at is None


def test_sockets_take_those_that_may_read_and_write(alice, django_assert_num_queries):
    both, reads, writes = (key_made() for _ in range(3))
    ApiKeyFactory(user=alice, text=both, scopes=["read", "write"])
    ApiKeyFactory(user=alice, text=reads)
    ApiKeyFactory(user=alice, text=writes, scopes=["write", "money"])
    shown = [f"Bearer {both}", f"token  {both}", f"Bearer {reads}", f"Bearer {writes}", f"Basic {both}", both]

    assert users_of(shown, keys=True) == [alice, alice, None, None, None, None]
    assert users_of(shown) == [None] * 6
    with django_assert_num_queries(1):
        users_of(shown, keys=True)


def test_no_key_stands_in_the_log():
    text = key_made()
    for json in (True, False):
        record = logging.LogRecord("x", logging.INFO, "", 1, "GET /api/users/%s 404", (text,), None)
        try:
            raise ValueError(f"no user {text}")
        except ValueError as error:
            record.exc_info = (ValueError, error, error.__traceback__)
        line = formatter(json=json).format(record)
        assert text[:8] in line and text[12:] not in line


# ---------------------------------------------------------------- the end
def test_it_ends_once(alice):
    text = key_made()
    key = ApiKeyFactory(user=alice, text=text)

    ended = api_key_end(actor=alice, user_id=alice.pk, key_id=key.pk)

    assert found(text) is None
    assert api_key_end(actor=alice, user_id=alice.pk, key_id=key.pk).ended_at == ended.ended_at
    assert (AuditEntry.objects.count(), Delivery.objects.count()) == (0, 0)


def test_an_administrator_ends_it_the_trail_and_its_person_know(alice):
    admin, key = AdminFactory(), ApiKeyFactory(user=alice)

    for _ in range(2):
        api_key_end(actor=admin, user_id=alice.pk, key_id=key.pk)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.after) == ("user.end_api_key", str(alice.pk), {"api_key": key.prefix})
    assert list(Delivery.objects.values_list("template", "user")) == [("api_key_ended", alice.pk)]


def test_who_may_not_end_it(alice):
    boss = SuperuserFactory()
    hers, of_boss = ApiKeyFactory(user=alice), ApiKeyFactory(user=boss)
    for actor, user, key, refusal in (
        (UserFactory(), alice, hers, Denied),
        (alice, boss, of_boss, Denied),
        (alice, alice, of_boss, Missing),
        (AdminFactory(), boss, of_boss, AboveActor),
        (AdminFactory(), alice, of_boss, Missing),
    ):
        with pytest.raises(refusal):
            api_key_end(actor=actor, user_id=user.pk, key_id=key.pk)
    with pytest.raises(Denied):
        api_keys_of(actor=UserFactory(), user=alice)
    assert not ApiKey.objects.exclude(ended_at=None).exists()


@pytest.mark.parametrize("how", ["password", "ban", "deactivate", "sessions"])
def test_what_ends_all_of_a_persons_keys(alice, how):
    text = key_made()
    ApiKeyFactory(user=alice, text=text)
    of_bob = ApiKeyFactory()
    {
        "password": lambda: password_change(
            actor=alice, current_password=PASSWORD, new_password="another long passphrase 2", address=HOME
        ),
        "ban": lambda: people.user_ban(actor=AdminFactory(), user_id=alice.pk),
        "deactivate": lambda: people.user_deactivate(actor=AdminFactory(), user_id=alice.pk),
        "sessions": lambda: sessions_end(alice),
    }[how]()
    User.objects.filter(pk=alice.pk).update(is_active=True, is_banned=False)  # and stay ended

    assert found(text) is None
    assert list(ApiKey.objects.filter(ended_at=None)) == [of_bob]


def test_ending_the_other_sessions_leaves_keys(alice):
    text = key_made()
    ApiKeyFactory(user=alice, text=text)
    sessions_others_end(actor=alice, credential=None)
    assert found(text) is not None


def test_those_that_ended_are_forgotten_after_ninety_days(alice):
    now = timezone.now()
    old, kept = now - timedelta(days=91), now - timedelta(days=89)
    ApiKeyFactory(ended_at=old)
    ApiKeyFactory(expires_at=old)
    left = [ApiKeyFactory(ended_at=kept), ApiKeyFactory(expires_at=kept), ApiKeyFactory(expires_at=None)]

    sign_in_forget()

    assert list(ApiKey.objects.order_by("pk")) == left


@pytest.mark.django_db(transaction=True)
def test_two_ends_and_a_call_at_once():
    alice, admin, text = UserFactory(), AdminFactory(), key_made()
    key = ApiKeyFactory(user=alice, text=text)

    def end(_number):
        try:
            return api_key_end(actor=admin, user_id=alice.pk, key_id=key.pk).ended_at
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = set(pool.map(end, range(2)))

    assert len(ends) == 1
    assert (AuditEntry.objects.count(), Delivery.objects.count()) == (1, 1)
    assert found(text) is None
