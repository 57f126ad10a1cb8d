"""Tokens, refresh tokens, and their end."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from knox.models import AuthToken

from accounts.authentication import access_token, users_of
from accounts.errors import CredentialsEnded, InvalidRefreshToken
from accounts.models import EndedAccessToken, RefreshToken, User
from accounts.services.sessions import (
    Credential,
    refresh_token_issue,
    refresh_token_trade,
    refresh_tokens_end,
    sessions_end,
    sign_out,
    token_issue,
)
from accounts.tasks import sign_in_forget
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def user_of(authorization):
    return users_of([authorization])[0]


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def test_a_token_is_64_hexadecimal_digits_and_stored_hashed(alice):
    token = token_issue(alice)

    assert len(token) == 64
    assert int(token, 16)
    assert AuthToken.objects.get().digest != token
    assert user_of(f"Token {token}") == alice
    assert user_of(f"token {token}") == alice


def test_a_token_lives_thirty_days(alice):
    token = token_issue(alice)

    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)):
        assert user_of(f"Token {token}") is None


def test_an_access_token_lives_its_minutes(alice, settings):
    token = access_token(alice)
    assert user_of(f"Bearer {token}") == alice

    with time_machine.travel(timezone.now() + timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES, seconds=1)):
        assert user_of(f"Bearer {token}") is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Token", "Token ÿ", "Token 日本", "Bearer 日本", "Basic x"]
)
def test_nonsense_is_nobody(header):
    assert user_of(header) is None


def test_sign_out_ends_one_token(alice):
    tokens = [token_issue(alice), token_issue(alice)]
    first = AuthToken.objects.get(token_key=tokens[0][:15])

    sign_out(actor=alice, credential=Credential(digest=first.digest))

    assert [user_of(f"Token {token}") for token in tokens] == [None, alice]


def test_nobody_signs_somebody_else_out(alice):
    token = token_issue(alice)

    sign_out(actor=UserFactory(), credential=Credential(digest=AuthToken.objects.get().digest))

    assert user_of(f"Token {token}") == alice


def test_sessions_end_ends_all_but_the_one_to_keep(alice):
    kept, other, bearer, refresh = (
        token_issue(alice),
        token_issue(alice),
        access_token(alice),
        refresh_token_issue(alice),
    )
    bobs = token_issue(UserFactory(username="bob"))
    digest = AuthToken.objects.get(token_key=kept[:15]).digest

    sessions_end(alice, keep=Credential(digest=digest))

    assert alice.credentials_version == 2
    assert [user_of(f"Token {token}") for token in (kept, other)] == [alice, None]
    assert user_of(f"Bearer {bearer}") is None
    assert user_of(f"Bearer {access_token(alice)}") == alice
    assert user_of(f"Token {bobs}") is not None
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=refresh)


def test_no_token_slips_out_while_the_sessions_end(alice):
    signing_in = User.objects.get(pk=alice.pk)
    sessions_end(alice)

    with pytest.raises(CredentialsEnded):
        token_issue(signing_in)
    assert user_of(f"Bearer {access_token(signing_in)}") is None
    assert not AuthToken.objects.exists()


def test_no_token_for_an_account_deactivated_meanwhile(alice):
    User.objects.update(is_active=False)

    with pytest.raises(CredentialsEnded):
        token_issue(alice)


# ---------------------------------------------------------------- refresh tokens
def test_a_refresh_token_is_traded_for_its_successor(alice):
    first = refresh_token_issue(alice)

    user, second, _session = refresh_token_trade(refresh_token=first)

    assert user == alice
    assert refresh_token_trade(refresh_token=second)[0] == alice
    assert first not in set(RefreshToken.objects.values_list("digest", flat=True))


def test_a_refresh_token_that_comes_back_ends_its_family(alice):
    first, other_family = refresh_token_issue(alice), refresh_token_issue(alice)
    _user, second, _session = refresh_token_trade(refresh_token=first)

    for dead in (first, second):
        with pytest.raises(InvalidRefreshToken):
            refresh_token_trade(refresh_token=dead)
    assert refresh_token_trade(refresh_token=other_family)[0] == alice


def test_refresh_tokens_of_a_deactivated_account_and_after_seven_days(alice):
    first, second = refresh_token_issue(alice), refresh_token_issue(alice)
    User.objects.update(is_active=False)
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=first)
    User.objects.update(is_active=True)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        with pytest.raises(InvalidRefreshToken):
            refresh_token_trade(refresh_token=second)


def test_ending_refresh_tokens_by_family_or_altogether(alice):
    first, second = refresh_token_issue(alice), refresh_token_issue(alice)
    bobs = refresh_token_issue(UserFactory(username="bob"))

    refresh_tokens_end(actor=alice, refresh_token=bobs)
    assert RefreshToken.objects.count() == 3
    refresh_tokens_end(actor=alice, refresh_token=first)
    assert RefreshToken.objects.count() == 2
    refresh_tokens_end(actor=alice)
    assert RefreshToken.objects.count() == 1
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=second)


def test_credentials_that_ran_out_are_forgotten(alice):
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        token_issue(alice)
        refresh_token_issue(alice)
        EndedAccessToken.objects.create(jti="a", user=alice, expires_at=timezone.now())
    token_issue(alice)

    sign_in_forget()

    assert (AuthToken.objects.count(), RefreshToken.objects.count(), EndedAccessToken.objects.count()) == (1, 0, 0)
