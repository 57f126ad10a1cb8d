"""Where people are signed in: noted when it begins, listed, and ended."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from accounts import pages
from accounts.authentication import access_token, users_of
from accounts.choices import SessionKind
from accounts.errors import AboveActor, CredentialsEnded, InvalidRefreshToken
from accounts.models import RefreshToken, Session, User
from accounts.selectors.sign_ins import browser_session_of, sessions_of
from accounts.services.passwords import password_change
from accounts.services.sessions import (
    Credential,
    refresh_token_issue,
    refresh_token_trade,
    refresh_tokens_end,
    session_begin,
    sessions_end,
    sign_out,
    token_issue,
)
from accounts.services.sign_in import sign_in as password_step
from accounts.services.signed_in import session_end, sessions_end_all, sessions_others_end
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, AdminFactory, ApiKeyFactory, StaffFactory, SuperuserFactory, UserFactory
from config.core.callers import called_from
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def in_a_browser(user):
    """A browser that has signed in at this server's own page, and its session."""
    browser = Client(HTTP_USER_AGENT="Firefox")
    answer = browser.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return browser, browser_session_of(session_key=browser.session.session_key)


def kinds(user):
    return [(session.kind, session.is_current) for session in sessions_of(actor=user, user=user)]


def user_of(authorization):
    return users_of([authorization])[0]


def bearer(user, session):
    """An access token of that sign-in, and what its caller shows by it."""
    ends = timezone.now() + timedelta(minutes=30)
    return f"Bearer {access_token(user, session.sid)}", Credential(jti="j", expires_at=ends, session=session.sid.hex)


# ---------------------------------------------------------------- the beginning
@pytest.mark.parametrize(
    ("address", "agent", "network", "shown"),
    [
        ("203.0.113.7", "Firefox/140.0 (X11; Linux)", "203.0.113.7", "Firefox/140.0 (X11; Linux)"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::", ""),
        ("", "a\0b\r\nc\u202e", None, "abc"),
        (None, "x" * 10_000, None, "x" * 150),
    ],
)
def test_it_is_noted_from_where(alice, address, agent, network, shown):
    with called_from(address, agent):
        session = session_begin(alice, kind=SessionKind.ACCESS)
    session.refresh_from_db()
    assert (session.network, session.agent) == (network, shown)


def test_each_kind_lasts_as_what_it_goes_on_by(alice, settings):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        token_issue(alice)
        refresh_token_issue(alice)
        session_begin(alice, kind=SessionKind.ACCESS)
        lasts = [(session.kind, session.ends_at - now) for session in sessions_of(actor=alice, user=alice)]
    assert lasts == [
        ("access", timedelta(minutes=30)),
        ("refresh", timedelta(days=7)),
        ("token", timedelta(days=30)),
    ]


def test_a_refreshed_one_is_seen_and_lasts_on(alice):
    refresh, start = refresh_token_issue(alice), timezone.now()
    with time_machine.travel(start + timedelta(days=6), tick=False):
        traded = refresh_token_trade(refresh_token=refresh)
    session = Session.objects.get()
    assert (session.sid, session.seen_at) == (traded.session, start + timedelta(days=6))
    assert session.expires_at == start + timedelta(days=13)


def test_none_slips_in_while_all_are_ended(alice):
    signing_in = User.objects.get(pk=alice.pk)
    sessions_end(alice)
    with pytest.raises(CredentialsEnded):
        session_begin(signing_in, kind=SessionKind.ACCESS)
    assert not Session.objects.exists()


def test_a_browser_has_one_that_django_keeps(alice):
    browser, session = in_a_browser(alice)
    assert (session.user, session.kind, session.agent, session.network) == (alice, "browser", "Firefox", "127.0.0.1")
    BrowserSession.objects.update(expire_date=timezone.now() + timedelta(days=60))
    with time_machine.travel(timezone.now() + timedelta(days=50)):
        assert kinds(alice) == [("browser", False)]
    browser.post("/sign-out/")
    assert kinds(alice) == [] and not Session.objects.exists()


def test_a_browser_whose_sessions_end_while_it_signs_in_is_asked_again(alice, monkeypatch):
    def sign_in(*args, **kwargs):
        found = password_step(*args, **kwargs)
        sessions_end(User.objects.get(pk=alice.pk))
        return found

    monkeypatch.setattr(pages, "password_step", sign_in)
    browser = Client()
    assert browser.post("/sign-in/", {"username": "alice", "password": PASSWORD}).status_code == 302
    assert browser.get("/sign-in/").status_code == 200
    assert not Session.objects.exists()


# ---------------------------------------------------------------- the end of one
def test_one_ends_with_all_it_goes_on_by(alice):
    token, refresh = token_issue(alice), refresh_token_issue(alice)
    browser, _session = in_a_browser(alice)
    shown = [bearer(alice, session)[0] for session in Session.objects.order_by("pk")]
    other = bearer(alice, session_begin(alice, kind=SessionKind.ACCESS))[0]
    shown.append(f"Token {token}")
    assert [user_of(each) for each in shown] == [alice] * 4
    assert browser.get("/sign-in/").status_code == 302

    for session in Session.objects.order_by("pk")[:3]:
        session_end(actor=alice, user_id=alice.pk, session_id=session.pk)

    assert [user_of(each) for each in shown] == users_of(shown) == [None] * 4
    assert browser.get("/sign-in/").status_code == 200
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=refresh)
    assert (user_of(other), kinds(alice)) == (alice, [("access", False)])
    assert (AuthToken.objects.count(), RefreshToken.objects.count(), BrowserSession.objects.count()) == (0, 0, 0)
    assert not AuditEntry.objects.exists()


def test_an_ended_one_is_missing(alice):
    session = session_begin(alice, kind=SessionKind.REFRESH)
    session_end(actor=alice, user_id=alice.pk, session_id=session.pk)
    with pytest.raises(Missing):
        session_end(actor=alice, user_id=alice.pk, session_id=session.pk)


def test_an_administrator_ends_one_and_the_trail_knows(alice):
    admin, session = AdminFactory(), session_begin(alice, kind=SessionKind.REFRESH)

    session_end(actor=admin, user_id=alice.pk, session_id=session.pk)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id) == ("user.end_session", str(alice.pk))
    assert entry.after == {"session": session.pk, "kind": "refresh"}
    assert not Session.objects.exists()


def test_who_may_not(alice):
    boss = SuperuserFactory()
    hers, of_boss = session_begin(alice, kind=SessionKind.REFRESH), session_begin(boss, kind=SessionKind.REFRESH)
    for actor, user, session, refusal in (
        (UserFactory(), alice, hers, Denied),
        (StaffFactory(), alice, hers, Denied),
        (alice, alice, of_boss, Missing),
        (AdminFactory(), boss, of_boss, AboveActor),
    ):
        with pytest.raises(refusal):
            session_end(actor=actor, user_id=user.pk, session_id=session.pk)
        if actor != user:
            with pytest.raises(refusal):
                sessions_end_all(actor=actor, user_id=user.pk)
    for actor in (UserFactory(), StaffFactory()):
        with pytest.raises(Denied):
            sessions_of(actor=actor, user=alice)
    assert Session.objects.count() == 2


def test_logging_out_ends_it(alice):
    token, refresh = token_issue(alice), refresh_token_issue(alice)
    access = session_begin(alice, kind=SessionKind.ACCESS)
    digest = AuthToken.objects.get(token_key=token[:15]).digest

    sign_out(actor=alice, credential=bearer(alice, access)[1])
    assert kinds(alice) == [("refresh", False), ("token", False)]
    sign_out(actor=alice, credential=Credential(digest=digest))
    assert kinds(alice) == [("refresh", False)]
    refresh_tokens_end(actor=alice, refresh_token=refresh)
    assert kinds(alice) == []


def test_a_refresh_token_that_comes_back_ends_its_own(alice):
    first = refresh_token_issue(alice)
    refresh_token_issue(alice)
    refresh_token_trade(refresh_token=first)
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=first)
    assert kinds(alice) == [("refresh", False)]


# ---------------------------------------------------------------- the end of others
def test_the_others_end_and_the_own_goes_on_by_refreshing(alice):
    token, mine, other = token_issue(alice), refresh_token_issue(alice), refresh_token_issue(alice)
    browser, _session = in_a_browser(alice)
    session = Session.objects.filter(kind="refresh").earliest("pk")
    shown, credential = bearer(alice, session)

    sessions_others_end(actor=alice, credential=credential)

    assert [user_of(f"Token {token}"), browser.get("/sign-in/").status_code] == [None, 200]
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=other)
    own = sessions_of(actor=alice, user=alice, credential=credential)
    assert [(each.kind, each.is_current) for each in own] == [("refresh", True)]
    alice.refresh_from_db()
    assert refresh_token_trade(refresh_token=mine).session == session.sid
    assert user_of(shown) is None  # "j" is not its id; its caller's own is kept by that


def test_the_others_end_and_the_own_token_goes_on(alice):
    mine, other = token_issue(alice), token_issue(alice)
    credential = Credential(digest=AuthToken.objects.get(token_key=mine[:15]).digest)

    sessions_others_end(actor=alice, credential=credential)

    assert [user_of(f"Token {token}") for token in (mine, other)] == [alice, None]
    assert [each.is_current for each in sessions_of(actor=alice, user=alice, credential=credential)] == [True]


def test_an_access_token_beside_a_stored_one_keeps_both(alice):
    """As the second factor's step gives them."""
    session = session_begin(alice, kind=SessionKind.TOKEN)
    token = token_issue(alice, session=session)
    sessions_others_end(actor=alice, credential=bearer(alice, session)[1])
    assert user_of(f"Token {token}") == alice
    assert kinds(alice) == [("token", False)]


def test_a_new_password_leaves_the_own_access_token_alone(alice):
    refresh_token_issue(alice)
    session = Session.objects.get()
    _shown, credential = bearer(alice, session)
    token_issue(alice)

    password_change(
        actor=alice,
        current_password=PASSWORD,
        new_password="another long passphrase 2",
        credential=credential,
        address="203.0.113.7",
    )

    left = sessions_of(actor=alice, user=alice, credential=credential)
    assert [(each.kind, each.is_current, each.expires_at) for each in left] == [("access", True, credential.expires_at)]


def test_an_administrator_ends_all_and_keys_too(alice):
    admin, token = AdminFactory(), token_issue(alice)
    session_begin(alice, kind=SessionKind.ACCESS)
    ApiKeyFactory(user=alice)

    sessions_end_all(actor=admin, user_id=alice.pk, reason="Their laptop was stolen.")

    assert user_of(f"Token {token}") is None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before) == ("user.end_sessions", {"sessions": 2, "api_keys": 1})
    assert entry.after == {"sessions": 0, "api_keys": 0, "reason": "Their laptop was stolen."}


def test_what_ran_out_is_forgotten(alice):
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        token_issue(alice)
        refresh_token_issue(alice)
        session_begin(alice, kind=SessionKind.ACCESS)
    in_a_browser(alice)
    BrowserSession.objects.update(expire_date=timezone.now() - timedelta(days=1))
    assert kinds(alice) == []
    token_issue(alice)

    sign_in_forget()

    assert list(Session.objects.values_list("kind", flat=True)) == ["token"]


@pytest.mark.django_db(transaction=True)
def test_none_outlives_its_end_by_a_refresh_at_the_same_moment():
    alice = UserFactory()
    for _ in range(5):
        refresh = refresh_token_issue(alice)
        session = Session.objects.get()

        def trade(token=refresh):
            try:
                return refresh_token_trade(refresh_token=token).refresh_token
            except InvalidRefreshToken:
                return token
            finally:
                connection.close()

        def end(session=session):
            try:
                session_end(actor=alice, user_id=alice.pk, session_id=session.pk)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            left, ended = pool.submit(trade), pool.submit(end)
            ended.result()
            with pytest.raises(InvalidRefreshToken):
                refresh_token_trade(refresh_token=left.result())
        assert not RefreshToken.objects.exists() and not Session.objects.exists()


def test_an_unknown_one_is_nobodys(alice):
    assert user_of(f"Bearer {access_token(alice, uuid.uuid4())}") == alice
    assert browser_session_of(session_key=None) is None
