"""Passwords and the lock in Django's admin site."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Delivery, SignInFailure, User
from accounts.tests.factories import PASSWORD, AdminFactory, ArtistFactory, StaffFactory, SuperuserFactory
from accounts.tests.people import as_bearer, as_token
from config.core.errors import Busy
from config.core.models import AuditEntry

NEW = "another long passphrase 2"
OWN = "/admin/password_change/"

pytestmark = pytest.mark.django_db


def signed_in(user):
    browser = Client()
    answer = browser.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def own(old=PASSWORD, new=NEW, again=None):
    return {"old_password": old, "new_password1": new, "new_password2": again or new}


@pytest.mark.parametrize("person", [StaffFactory, AdminFactory, SuperuserFactory])
def test_ones_own_password(person):
    user = person(username="staff")
    mine, other, tokens = signed_in(user), signed_in(user), [as_token(user), as_bearer(user)]
    assert mine.get(OWN).status_code == 200

    answer = mine.post(OWN, own())

    assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/done/")
    assert mine.get("/admin/password_change/done/").status_code == 200
    assert mine.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    assert [client.get("/api/auth/profile/").status_code for client in tokens] == [401, 401]
    assert User.objects.get().check_password(NEW)
    assert list(Delivery.objects.values_list("template", flat=True)) == ["password_changed"]


def test_a_refused_password_changes_nothing():
    mine = signed_in(StaffFactory(username="staff"))
    for sent in (own(old="wrong"), own(new="password"), own(again="other"), {}):
        answer = mine.post(OWN, sent)
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert User.objects.get().check_password(PASSWORD)
    assert Client().get(OWN).status_code == 302


def test_guessing_ones_own_password_is_under_the_lock():
    mine = signed_in(StaffFactory(username="staff"))
    for _ in range(5):
        assert mine.post(OWN, own(old="wrong")).status_code == 200
    answer = mine.post(OWN, own())

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 890
    assert "Too many failed attempts. Try again in 15 minutes." in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_the_sixth_try_to_sign_in_is_429():
    StaffFactory(username="staff")
    browser = Client()
    for _ in range(5):
        wrong = browser.post("/admin/login/", {"username": "staff", "password": "wrong"})
        assert wrong.status_code == 200
    answer = browser.post("/admin/login/", {"username": "staff", "password": PASSWORD})

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 890
    assert "Too many failed attempts. Try again in 15 minutes." in answer.content.decode()
    assert browser.get("/admin/").status_code == 302


def test_a_busy_machine_is_no_fault(monkeypatch):
    mine = signed_in(StaffFactory(username="staff"))

    def busy(*_args):
        raise Busy

    monkeypatch.setattr(User, "set_password", busy)
    answer = mine.post(OWN, own())
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert Busy.message in answer.content.decode()


# ---------------------------------------------------------------- somebody else's
def page_of(user):
    return reverse("admin:accounts_user_password", args=(user.pk,))


def theirs(own=PASSWORD, new=NEW, again=None):
    return {"own_password": own, "new_password": new, "again": again or new}


def test_a_superuser_sets_somebody_elses_password():
    boss, alice = SuperuserFactory(username="boss"), ArtistFactory(username="alice")
    browser, tokens = signed_in(boss), [as_token(alice), as_bearer(alice)]
    assert "Set a new password" in browser.get(reverse("admin:accounts_user_change", args=(alice.pk,))).content.decode()
    assert browser.get(page_of(alice)).status_code == 200

    answer = browser.post(page_of(alice), theirs())

    assert answer.status_code == 302
    assert User.objects.get(username="alice").check_password(NEW)
    assert [client.get("/api/auth/profile/").status_code for client in tokens] == [401, 401]
    assert browser.get("/admin/").status_code == 200
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id, entry.before, entry.after) == (
        boss,
        "user.set_password",
        str(alice.pk),
        {},
        {},
    )
    assert list(Delivery.objects.values_list("template", "user")) == [("password_changed", alice.pk)]


def test_only_with_ones_own_password_and_a_good_one():
    boss, alice = SuperuserFactory(username="boss"), ArtistFactory(username="alice")
    browser = signed_in(boss)
    for sent, field in (
        (theirs(own="wrong"), "own_password"),
        (theirs(new="password"), "new_password"),
        (theirs(again="other"), "again"),
        ({}, "own_password"),
    ):
        answer = browser.post(page_of(alice), sent)
        assert answer.status_code == 200
        assert field in answer.context["form"].errors or not sent
    assert User.objects.get(username="alice").check_password(PASSWORD)
    assert AuditEntry.objects.count() == 0
    assert SignInFailure.objects.count() == 1


@pytest.mark.parametrize("person", [StaffFactory, AdminFactory])
def test_nobody_below_a_superuser_does(person):
    browser, alice = signed_in(person(username="staff")), ArtistFactory(username="alice")
    assert browser.get(page_of(alice)).status_code == 403
    assert browser.post(page_of(alice), theirs()).status_code == 403
    assert User.objects.get(username="alice").check_password(PASSWORD)


def test_nobody_sets_their_own_this_way():
    boss = SuperuserFactory(username="boss")
    browser = signed_in(boss)
    assert browser.post(page_of(boss), theirs()).status_code == 403
    assert browser.get("/admin/accounts/user/999999/password/").status_code == 404
    assert Client().get(page_of(boss)).status_code == 302
