"""New passwords: what they end, however they are set, and the links that set forgotten ones."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.errors import InvalidLink, InvalidRefreshToken, InvalidSession, WrongPassword
from accounts.models import Delivery, EmailChange, KeptAccessToken, PasswordLink, PasswordRequest, PendingSignIn, User
from accounts.services import passwords
from accounts.services.people import user_set_password
from accounts.services.profiles import profile_update
from accounts.services.sessions import (
    Credential,
    digest_of,
    refresh_token_issue,
    refresh_token_trade,
    sessions_end,
    token_issue,
)
from accounts.services.sign_in import second_factor_verify, sign_in
from accounts.tasks import password_request_answer, sign_in_forget
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_bearer, as_token, totp_of, with_two_factor
from config.core.errors import Busy, Invalid, Limited

HOME = "203.0.113.7"
NEW = "another long passphrase 2"
MINE = "/api/auth/profile/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice")


class SignedIn:
    """Everything that somebody can be signed in with."""

    def __init__(self, user):
        user = User.objects.get(pk=user.pk)
        self.clients = [as_token(user), as_bearer(user)]
        self.refresh = refresh_token_issue(user)
        self.browser = Client()
        self.browser.force_login(user)
        token = sign_in(name=user.username, password=PASSWORD, address=HOME).session_token
        self.waiting = token or None

    def left(self):
        """How many of them still work."""
        works = [client.get(MINE).status_code == 200 for client in self.clients]
        works.append("_auth_user_id" in self.browser.session and self.browser.get("/admin/").wsgi_request.user.pk)
        try:
            refresh_token_trade(refresh_token=self.refresh)
            works.append(True)
        except InvalidRefreshToken:
            works.append(False)
        return sum(map(bool, works))


def by_set_password_and_save(user):
    user.set_password(NEW)
    user.save()


def by_one_column(user):
    user.set_password(NEW)
    user.save(update_fields=["password"])


def by_the_hash(user):
    user.password = make_password(NEW)
    user.save()


def by_the_command(user, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda *_args, **_kwargs: NEW)
    call_command("changepassword", user.username, stdout=io.StringIO())


def by_change(user):
    passwords.password_change(actor=user, current_password=PASSWORD, new_password=NEW, address=HOME)


def by_reset(user):
    passwords.password_reset(token=token_for(user), new_password=NEW)


def by_a_superuser(user):
    boss = UserFactory(is_superuser=True, is_staff=True, user_type="admin")
    user_set_password(actor=boss, user_id=user.pk, own_password=PASSWORD, new_password=NEW, address=HOME)


WAYS = [by_set_password_and_save, by_one_column, by_the_hash, by_the_command, by_change, by_reset, by_a_superuser]


def token_for(user):
    return passwords.password_link_token(passwords.password_link_make(user).nonce.hex)


@pytest.mark.parametrize("way", WAYS)
def test_a_new_password_ends_everything_and_is_told(alice, way, monkeypatch):
    there = SignedIn(alice)
    assert there.left() == 4
    there = SignedIn(alice)
    link = token_for(alice)
    profile_update(actor=alice, changes={"email": "new@example.com"})

    way(*([User.objects.get(pk=alice.pk)] + ([monkeypatch] if way is by_the_command else [])))

    assert there.left() == 0
    alice.refresh_from_db()
    assert alice.check_password(NEW) and not alice.check_password(PASSWORD)
    with pytest.raises(InvalidLink):
        passwords.password_reset(token=link, new_password=NEW)
    assert (alice.pending_email, EmailChange.objects.count()) == ("", 0)
    assert Delivery.objects.filter(template="password_changed", user=alice).count() == 1


def test_a_hash_made_anew_at_a_sign_in_ends_nothing(alice):
    User.objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    there = SignedIn(alice)

    assert authenticate(username="alice", password=PASSWORD) == alice

    alice.refresh_from_db()
    assert identify_hasher(alice.password).algorithm == "argon2"
    assert there.left() == 4
    assert not Delivery.objects.exists()


def test_saving_anything_else_ends_nothing(alice):
    there = SignedIn(alice)
    alice.first_name = "Ann"
    alice.save()
    alice.save(update_fields=["first_name"])

    assert there.left() == 4
    assert User.objects.get(pk=alice.pk).credentials_version == 1


def test_a_copy_read_before_does_not_bring_ended_sessions_back(alice):
    """As `changepassword`, which reads the account and then asks for the password."""
    stale = User.objects.get(pk=alice.pk)
    sessions_end(alice)
    stolen = as_bearer(alice)

    stale.set_password(NEW)
    stale.save()

    assert stolen.get(MINE).status_code == 401
    stale = User.objects.get(pk=alice.pk)
    sessions_end(alice)
    stale.save()
    assert User.objects.get(pk=alice.pk).credentials_version == alice.credentials_version


def test_a_sign_in_between_its_steps_ends_too(alice):
    device = with_two_factor(alice)
    token = sign_in(name="alice", password=PASSWORD, address=HOME).session_token
    by_change(User.objects.get(pk=alice.pk))
    assert not PendingSignIn.objects.exists()

    # One that was being made at that moment, with the account as it was before.
    PendingSignIn.objects.create(
        user=alice,
        digest=digest_of(token),
        credentials_version=1,
        expires_at=timezone.now() + timedelta(minutes=10),
    )
    with pytest.raises(InvalidSession):
        second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HOME)


# ---------------------------------------------------------------- the change
def test_who_changes_goes_on_alone(alice):
    for credential_of_mine in (as_token, as_bearer):
        mine, others = credential_of_mine(alice), SignedIn(alice)
        shown = AuthToken.objects.order_by("created").first()
        credential = (
            Credential(digest=shown.digest)
            if credential_of_mine is as_token
            else Credential(jti=jti_of(mine), expires_at=timezone.now() + timedelta(minutes=30))
        )
        actor = User.objects.get(pk=alice.pk)
        passwords.password_change(
            actor=actor, current_password=PASSWORD, new_password=NEW, credential=credential, address=HOME
        )
        assert (mine.get(MINE).status_code, others.left()) == (200, 0)
        # It ends with whatever ends all of them after that.
        sessions_end(User.objects.get(pk=alice.pk))
        assert mine.get(MINE).status_code == 401
        alice.refresh_from_db()
        alice.password = make_password(PASSWORD)
        alice.save()


def jti_of(client):
    return AccessToken(client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer "))["jti"]


@pytest.mark.parametrize(
    ("current", "new", "error", "field"),
    [
        ("wrong", NEW, WrongPassword, "current_password"),
        (PASSWORD, "password", Invalid, "new_password"),
        (PASSWORD, "12345678901", Invalid, "new_password"),
        (PASSWORD, "alice@example.com", Invalid, "new_password"),
        (PASSWORD, "short", Invalid, "new_password"),
    ],
)
def test_a_refused_change_changes_nothing(alice, current, new, error, field):
    there = SignedIn(alice)
    with pytest.raises(error) as refusal:
        passwords.password_change(actor=alice, current_password=current, new_password=new, address=HOME)

    assert refusal.value.field == field
    assert there.left() == 4
    assert User.objects.get().check_password(PASSWORD)
    assert not Delivery.objects.exists()


def test_guessing_the_current_one_is_under_the_lock(alice):
    for _ in range(5):
        with pytest.raises(WrongPassword):
            passwords.password_change(actor=alice, current_password="wrong", new_password=NEW, address=HOME)
    with pytest.raises(Limited):
        passwords.password_change(actor=alice, current_password=PASSWORD, new_password=NEW, address=HOME)
    with pytest.raises(Limited):
        sign_in(name="alice", password=PASSWORD, address=HOME)


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_are_one():
    alice = UserFactory(username="alice")
    actors = [User.objects.get(pk=alice.pk) for _ in range(2)]

    def attempt(number):
        try:
            passwords.password_change(
                actor=actors[number], current_password=PASSWORD, new_password=f"{NEW} {number}", address=HOME
            )
        except WrongPassword:
            return "late"
        finally:
            connection.close()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["changed", "late"]
    assert Delivery.objects.filter(template="password_changed").count() == 1


# ---------------------------------------------------------------- forgotten
def answered():
    for request_id in PasswordRequest.objects.values_list("pk", flat=True):
        password_request_answer(request_id)


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@Example.com", "nobody@example.com"])
def test_asking_does_the_same_for_everybody(alice, email, django_assert_num_queries):
    with django_assert_num_queries(5):  # two savepoints, and the request
        passwords.password_forgotten(email=email)

    assert PasswordRequest.objects.get().email == email
    assert not Delivery.objects.exists()
    answered()
    known = email.lower() == "alice@example.com"
    assert list(Delivery.objects.values_list("template", "address")) == (
        [("password_reset", "alice@example.com")] if known else []
    )
    assert PasswordLink.objects.count() == int(known)
    assert not PasswordRequest.objects.exists()


def test_a_deactivated_account_gets_no_link(alice):
    User.objects.update(is_active=False)
    passwords.password_forgotten(email="alice@example.com")
    answered()

    assert not Delivery.objects.exists()


def test_over_the_limit_of_mails_nothing_is_sent(alice, settings):
    settings.RATE_LIMITS = "on"
    for email in ("alice@example.com", "nobody@example.com"):
        for _ in range(3):
            passwords.password_forgotten(email=email)
    assert PasswordRequest.objects.count() == 2


def test_what_was_left_is_answered_by_the_sweep(alice):
    passwords.password_forgotten(email="alice@example.com")
    passwords.password_requests_sweep()
    passwords.password_requests_sweep()

    assert Delivery.objects.count() == 1


def test_a_link_works_once(alice):
    token = token_for(alice)

    assert passwords.password_reset(token=token, new_password=NEW) == alice
    with pytest.raises(InvalidLink):
        passwords.password_reset(token=token, new_password=f"{NEW} again")
    assert User.objects.get().check_password(NEW)


def test_a_newer_link_ends_the_older(alice):
    older, newer = token_for(alice), token_for(alice)

    with pytest.raises(InvalidLink):
        passwords.password_reset(token=older, new_password=NEW)
    passwords.password_reset(token=newer, new_password=NEW)


def test_a_link_lives_an_hour(alice):
    start = timezone.now()
    token = token_for(alice)
    with time_machine.travel(start + timedelta(minutes=61)):
        with pytest.raises(InvalidLink):
            passwords.password_reset(token=token, new_password=NEW)
        sign_in_forget()
    assert not PasswordLink.objects.exists()


@pytest.mark.parametrize("token", ["", "nonsense", "a:b", "0" * 32, f"{'0' * 32}:x", "é", "a\0b"])
def test_what_is_no_link(alice, token):
    token_for(alice)
    with pytest.raises(InvalidLink):
        passwords.password_reset(token=token, new_password=NEW)


def test_a_refused_new_password_leaves_the_link_good(alice):
    token = token_for(alice)
    with pytest.raises(Invalid) as refusal:
        passwords.password_reset(token=token, new_password="password")
    assert refusal.value.field == "new_password"
    passwords.password_reset(token=token, new_password=NEW)


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_works_once():
    token = token_for(UserFactory(username="alice"))

    def attempt(number):
        try:
            passwords.password_reset(token=token, new_password=f"{NEW} {number}")
        except InvalidLink:
            return "used"
        finally:
            connection.close()
        return "set"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["set", "used", "used", "used"]


def test_kept_tokens_are_forgotten(alice):
    KeptAccessToken.objects.create(jti="a", user=alice, credentials_version=1, expires_at=timezone.now())
    sign_in_forget()
    assert not KeptAccessToken.objects.exists()


def test_the_page_of_the_link(alice, client):
    token = token_for(alice)
    address = f"/reset-password/{token}/"

    page = client.get(address)
    assert (page.status_code, page["Referrer-Policy"], page["Cache-Control"]) == (200, "no-referrer", "no-store")
    assert client.head(address).status_code == 200
    for sent, words in (
        ({}, "This field is required."),
        ({"new_password": NEW, "again": "other"}, "The two passwords are not the same."),
        ({"new_password": "password", "again": "password"}, "This password is too common."),
    ):
        refused = client.post(address, sent)
        assert refused.status_code == 400
        assert words in refused.content.decode()
    done = client.post(address, {"new_password": NEW, "again": NEW})
    assert done.status_code == 200
    assert "Your new password is set" in done.content.decode()
    for again in (client.get(address), client.post(address, {"new_password": NEW, "again": NEW})):
        assert again.status_code == 400
        assert "This link is not valid" in again.content.decode()
    assert APIClient().get(MINE).status_code == 401
    assert token_issue(User.objects.get())


def test_the_page_is_answered_while_too_many_passwords_are_hashed(alice, client, monkeypatch):
    def busy(_password):
        raise Busy

    token = token_for(alice)
    monkeypatch.setattr(passwords, "make_password", busy)
    page = client.post(f"/reset-password/{token}/", {"new_password": NEW, "again": NEW})
    assert page.status_code == 503
    assert Busy.message in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    monkeypatch.undo()
    assert client.post(f"/reset-password/{token}/", {"new_password": NEW, "again": NEW}).status_code == 200
