"""A new e-mail address: pending until it is confirmed, and taken back by the old one."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import EmailTaken, InvalidLink
from accounts.models import Delivery, EmailChange, PasswordLink, User
from accounts.services import email_changes, passwords
from accounts.services.email_changes import email_change_undo, email_verify, undo_token
from accounts.services.emails import email_compose
from accounts.services.profiles import profile_update
from accounts.services.registration import account_register
from accounts.services.verification import verification_token
from accounts.tasks import sign_in_forget
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_bearer, as_token
from config.core.errors import Limited

OLD, NEW, NEXT = "alice@example.com", "new@example.com", "next@example.com"
NEW_PASSWORD = "another long passphrase 2"

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def ask(user, email=NEW):
    return profile_update(actor=user, changes={"email": email})


def confirm(user, email=NEW):
    return email_verify(signed=verification_token(user, email))


def mails():
    return list(Delivery.objects.order_by("pk").values_list("template", "address"))


def now_of(user):
    user.refresh_from_db()
    return user.email, user.pending_email, user.email_verified


def test_until_it_is_confirmed_the_old_one_stays(alice):
    ask(alice)

    assert now_of(alice) == (OLD, NEW, False)
    assert mails() == [("email_verification", NEW), ("email_change_requested", OLD)]
    assert confirm(alice) == alice
    assert now_of(alice) == (NEW, "", True)
    assert mails()[2:] == [("email_changed", OLD)]
    confirm(alice)
    assert len(mails()) == 3


def test_the_mails_say_where_and_how(alice):
    ask(alice)
    asked, told = [email_compose(delivery) for delivery in Delivery.objects.order_by("pk")]
    assert (asked.to, told.to) == ([NEW], [OLD])
    assert f"confirm that {NEW} is your address" in asked.body
    assert "/undo-email-change/" in told.body and OLD in told.body and NEW in told.body
    confirm(alice)
    changed = email_compose(Delivery.objects.get(template="email_changed"))
    assert changed.to == [OLD]
    assert "/undo-email-change/" in changed.body


def test_the_newest_wish_counts(alice):
    ask(alice)
    ask(alice, NEXT)

    with pytest.raises(InvalidLink):
        confirm(alice)
    confirm(alice, NEXT)
    assert now_of(alice) == (NEXT, "", True)


def test_the_same_wish_again_asks_again_and_tells_once(alice):
    ask(alice)
    ask(alice)

    assert [template for template, _address in mails()].count("email_change_requested") == 1
    assert EmailChange.objects.count() == 1


def test_sending_the_address_that_is_shown_changes_nothing(alice):
    """A form that is sent whole holds the old address."""
    ask(alice)
    profile_update(actor=alice, changes={"email": OLD, "first_name": "Ann"})

    assert now_of(alice) == (OLD, NEW, False)


def test_another_mailbox_that_is_compared_alike_is_another_address(alice):
    User.objects.filter(pk=alice.pk).update(email="alice@github.example")
    alice.refresh_from_db()
    ask(alice, "al\N{LATIN SMALL LETTER DOTLESS I}ce@github.example")

    assert now_of(alice)[0] == "alice@github.example"
    with pytest.raises(InvalidLink):
        email_verify(signed=verification_token(UserFactory(username="bob"), "alice@github.example"))


def test_over_the_limit_of_mails_nothing_changes(alice, settings):
    settings.RATE_LIMITS = "on"
    ask(alice)
    with pytest.raises(Limited):
        ask(alice)
    ask(alice, NEXT)
    assert now_of(alice)[1] == NEXT


def test_an_address_that_became_somebody_elses_is_not_confirmed(alice):
    ask(alice)
    UserFactory(username="bob", email=NEW)

    with pytest.raises(InvalidLink):
        confirm(alice)
    assert now_of(alice) == (OLD, NEW, False)


def test_a_link_for_a_password_sent_to_the_old_address_ends(alice):
    ask(alice)
    passwords.password_link_make(alice)
    confirm(alice)

    assert not PasswordLink.objects.exists()


# ---------------------------------------------------------------- taking it back
def test_the_old_address_stops_a_change(alice):
    ask(alice)
    thief = [as_token(alice), as_bearer(alice)]
    user, token = email_change_undo(signed=undo_token(EmailChange.objects.get()))

    assert user == alice
    assert now_of(alice) == (OLD, "", True)
    assert [client.get("/api/auth/profile/").status_code for client in thief] == [401, 401]
    with pytest.raises(InvalidLink):
        confirm(alice)
    passwords.password_reset(token=token, new_password=NEW_PASSWORD)
    assert User.objects.get().check_password(NEW_PASSWORD)


def test_the_old_address_undoes_a_change_whatever_came_after(alice):
    ask(alice)
    confirm(alice)
    undo = undo_token(EmailChange.objects.get())
    # Who took the account over sets a password and moves on.
    passwords.password_reset(
        token=passwords.password_link_token(passwords.password_link_make(alice).nonce.hex), new_password=NEW_PASSWORD
    )
    alice.refresh_from_db()
    ask(alice, NEXT)
    confirm(alice, NEXT)
    theirs = undo_token(EmailChange.objects.latest("pk"))
    ask(alice, "third@example.com")

    email_change_undo(signed=undo)

    assert now_of(alice) == (OLD, "", True)
    assert not EmailChange.objects.exists()
    for signed in (undo, theirs):
        with pytest.raises(InvalidLink):
            email_change_undo(signed=signed)


def test_undoing_is_possible_for_72_hours_after_it_took_place(alice):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        ask(alice)
        undo = undo_token(EmailChange.objects.get())
    with time_machine.travel(start + timedelta(days=6), tick=False):
        confirm(alice)
    with time_machine.travel(start + timedelta(days=9, seconds=1), tick=False):
        with pytest.raises(InvalidLink):
            email_change_undo(signed=undo)
        sign_in_forget()
        assert EmailChange.objects.count() == 0
    assert now_of(alice) == (NEW, "", True)


def test_for_so_long_nobody_else_gets_the_old_address(alice):
    start = timezone.now()
    new = {"username": "mallory", "password": PASSWORD, "user_type": "buyer"}
    with time_machine.travel(start, tick=False):
        ask(alice)
        confirm(alice)
        with pytest.raises(EmailTaken):
            account_register(email="ALICE@example.com", **new)
        ask(alice, OLD)  # its own person may have it back
    with time_machine.travel(start + timedelta(hours=73), tick=False):
        account_register(email=OLD, **new)


def test_a_change_that_nobody_confirms_lapses(alice):
    ask(alice)
    with time_machine.travel(timezone.now() + timedelta(days=8, hours=1)):
        sign_in_forget()
    assert now_of(alice) == (OLD, "", True)


@pytest.mark.parametrize("signed", ["nonsense", "a:b", "é", f"{'0' * 32}:x"])
def test_what_is_no_link(alice, signed):
    with pytest.raises(InvalidLink):
        email_change_undo(signed=signed)


def test_opening_the_page_changes_nothing_and_its_button_does(alice, client):
    ask(alice)
    address = f"/undo-email-change/{undo_token(EmailChange.objects.get())}/"
    page = client.get(address)

    assert page.status_code == 200
    assert OLD in page.content.decode() and page["Referrer-Policy"] == "no-referrer"
    assert now_of(alice) == (OLD, NEW, False)
    done = client.post(address)
    assert done.status_code == 302
    assert done["Location"].startswith("/reset-password/")
    assert client.get(done["Location"]).status_code == 200
    assert now_of(alice) == (OLD, "", True)
    assert client.get(address).status_code == client.post(address).status_code == 400
    assert email_changes.undo_page(0) == ""
