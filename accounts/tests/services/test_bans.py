"""Bans: who shuts out whom, what ends, and what is as before afterwards."""

import pytest
from django.contrib.auth import authenticate

from accounts.choices import PeopleAction
from accounts.errors import (
    AboveActor,
    AccountDisabled,
    BansThemselves,
    InvalidCredentials,
    InvalidRefreshToken,
    LastSuperuser,
)
from accounts.models import User
from accounts.services import people
from accounts.services.sessions import refresh_token_issue, refresh_token_trade, token_issue
from accounts.services.sign_in import sign_in
from accounts.tests.factories import PASSWORD, AdminFactory, SuperuserFactory
from accounts.tests.people import as_bearer
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
ADDRESS = "127.0.0.1"


def state(user):
    user.refresh_from_db()
    return user.is_banned, user.is_active


def test_everything_ends_and_comes_back(admin, alice):
    work = ArtworkFactory.create(seller=alice)
    client, refresh = as_bearer(alice), refresh_token_issue(alice)
    token_issue(alice)

    for _ in range(2):
        assert state(people.user_ban(actor=admin, user_id=alice.pk)) == (True, False)

    assert alice.auth_token_set.count() == 0
    assert client.get("/api/users/me").status_code == 401
    with pytest.raises(AccountDisabled):
        sign_in(name="alice", password=PASSWORD, address=ADDRESS)
    with pytest.raises(InvalidCredentials):
        sign_in(name="alice", password="wrong", address=ADDRESS)
    with pytest.raises(AccountDisabled):
        refresh_token_trade(refresh_token=refresh)
    assert authenticate(username="alice", password=PASSWORD) is None
    work.refresh_from_db()
    assert work.seller_is_active is False

    for _ in range(2):
        assert state(people.user_unban(actor=admin, user_id=alice.pk)) == (False, True)

    assert sign_in(name="alice", password=PASSWORD, address=ADDRESS).user == alice
    assert client.get("/api/users/me").status_code == 401
    with pytest.raises(InvalidRefreshToken):
        refresh_token_trade(refresh_token=refresh)
    work.refresh_from_db()
    assert work.seller_is_active is True
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "before", "after")) == [
        ("user.ban", {"is_banned": False, "is_active": True}, {"is_banned": True, "is_active": False}),
        ("user.unban", {"is_banned": True, "is_active": False}, {"is_banned": False, "is_active": True}),
    ]


def test_what_is_decided_meanwhile_holds_afterwards(admin, alice, bob):
    people.user_ban(actor=admin, user_id=alice.pk)
    people.user_deactivate(actor=admin, user_id=alice.pk)
    assert state(people.user_unban(actor=admin, user_id=alice.pk)) == (False, False)

    people.user_deactivate(actor=admin, user_id=bob.pk)
    people.user_ban(actor=admin, user_id=bob.pk)
    outcome = people.users_bulk(actor=admin, user_ids=[bob.pk], action=PeopleAction.ACTIVATE)
    assert outcome.changed == [bob.pk]
    assert state(bob) == (True, False)
    assert state(people.user_unban(actor=admin, user_id=bob.pk)) == (False, True)


def test_who_may_not(admin, staff, alice):
    superuser = SuperuserFactory.create()
    with pytest.raises(BansThemselves):
        people.user_ban(actor=admin, user_id=admin.pk)
    with pytest.raises(Denied):
        people.user_ban(actor=staff, user_id=alice.pk)
    with pytest.raises(AboveActor):
        people.user_ban(actor=admin, user_id=superuser.pk)
    with pytest.raises(Missing):
        people.user_ban(actor=admin, user_id=2**62)
    assert not User.objects.filter(is_banned=True).exists()
    assert not AuditEntry.objects.exists()


def test_one_superuser_stays():
    first, second = SuperuserFactory.create(), SuperuserFactory.create(is_active=False)
    User.objects.filter(pk=second.pk).update(is_active=True)
    second.refresh_from_db()
    people.user_ban(actor=first, user_id=second.pk)
    with pytest.raises((LastSuperuser, Denied)):
        people.user_ban(actor=second, user_id=first.pk)
    assert state(first) == (False, True)


def test_an_administrator_who_was_banned_comes_back_as_one(admin):
    superuser, other = SuperuserFactory.create(), AdminFactory.create()
    people.user_ban(actor=superuser, user_id=other.pk)
    assert User.objects.get(pk=other.pk).is_administrator is False
    with pytest.raises(Denied):
        people.user_ban(actor=User.objects.get(pk=other.pk), user_id=admin.pk)
    people.user_unban(actor=superuser, user_id=other.pk)
    assert User.objects.get(pk=other.pk).is_administrator is True
