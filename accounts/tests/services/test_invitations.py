"""Help of staff with getting at an account, and invitations to work here: who may, and what is refused."""

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.choices import StaffLevel
from accounts.errors import AboveActor, AccountDisabled, EmailTaken, InvalidLink, NotInvited
from accounts.models import Delivery, PasswordLink, User
from accounts.services.access import address_correct, password_link_order
from accounts.services.emails import email_compose
from accounts.services.invitations import (
    invitation_accept,
    invitation_find,
    invitation_repeat,
    invitation_token,
    invitation_withdraw,
    staff_invite,
)
from accounts.services.passwords import password_link_find, password_link_token
from accounts.services.people import user_ban, user_remove_staff
from accounts.tests.factories import (
    PASSWORD,
    AdminFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
)
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return AdminFactory(username="ada")


def invited(actor, **changes) -> User:
    return staff_invite(actor=actor, **{"email": "mo@example.com", "level": StaffLevel.STAFF} | changes)


def token_of(user) -> str:
    return invitation_token(PasswordLink.objects.get(user=user).nonce.hex)


def nothing_happened() -> bool:
    return not (Delivery.objects.exists() or AuditEntry.objects.exists() or PasswordLink.objects.exists())


def test_whom_a_link_for_a_new_password_is_not_sent(ada):
    sam, alice = StaffFactory(), UserFactory(username="alice")
    for actor, user_id, refusal in (
        (alice, alice.pk, Denied),
        (ModeratorFactory(), alice.pk, Denied),
        (sam, 0, Missing),
        (sam, UserFactory(erased_at=timezone.now()).pk, Missing),
        (sam, ada.pk, AboveActor),
        (ada, SuperuserFactory().pk, AboveActor),
        (sam, UserFactory(is_active=False).pk, AccountDisabled),
    ):
        with pytest.raises(refusal):
            password_link_order(actor=actor, user_id=user_id)
    assert nothing_happened()
    password_link_order(actor=SYSTEM, user_id=alice.pk)
    assert Delivery.objects.get().address == "alice@example.com"


def test_whose_address_is_not_corrected(ada):
    alice, bob = UserFactory(username="alice"), UserFactory(username="bob")
    for actor, user_id, email, refusal in (
        (StaffFactory(), alice.pk, "new@example.com", Denied),
        (ada, 0, "new@example.com", Missing),
        (ada, SuperuserFactory().pk, "new@example.com", AboveActor),
        (ada, alice.pk, bob.email.upper(), EmailTaken),
        (ada, alice.pk, "Alice@Example.com", Invalid),
    ):
        with pytest.raises(refusal):
            address_correct(actor=actor, user_id=user_id, email=email)
    alice.refresh_from_db()
    assert (alice.email, alice.pending_email) == ("alice@example.com", "") and nothing_happened()


def test_who_invites_whom(ada):
    for actor, level in (
        (UserFactory(), StaffLevel.MODERATOR),
        (StaffFactory(), StaffLevel.MODERATOR),
        (ada, StaffLevel.ADMINISTRATOR),
    ):
        with pytest.raises(Denied):
            invited(actor, level=level)
    assert nothing_happened() and not User.objects.filter(username="mo").exists()
    assert invited(SuperuserFactory(), level=StaffLevel.ADMINISTRATOR).groups.get().name == "Administrators"


def test_the_mail_has_the_link_and_no_row_has(ada):
    mo = invited(ada)
    delivery = Delivery.objects.get()
    assert f"/invitation/{token_of(mo)}/" in email_compose(delivery).body
    assert token_of(mo) not in str(delivery.context)
    with pytest.raises(InvalidLink):  # it is no link for a new password, nor the other way round
        password_link_find(token=token_of(mo))
    with pytest.raises(InvalidLink):
        invitation_find(token=password_link_token(PasswordLink.objects.get().nonce.hex))
    PasswordLink.objects.update(expires_at=timezone.now())
    with pytest.raises(Missing):
        email_compose(delivery)


@pytest.mark.parametrize("decide", [user_ban, user_remove_staff])
def test_who_may_not_come_in_any_more_cannot_accept(ada, decide):
    mo = invited(ada)
    token = token_of(mo)
    decide(actor=ada, user_id=mo.pk)
    with pytest.raises(InvalidLink):
        invitation_accept(token=token, new_password=PASSWORD)
    mo.refresh_from_db()
    assert not (mo.is_active or mo.has_usable_password())


def test_an_account_that_was_opened_is_nobodys_to_withdraw(ada):
    mo = invited(ada)
    for service in (invitation_repeat, invitation_withdraw):
        for actor, user_id, refusal in ((StaffFactory(), mo.pk, Denied), (ada, 0, Missing)):
            with pytest.raises(refusal):
                service(actor=actor, user_id=user_id)
    invitation_accept(token=token_of(mo), new_password=PASSWORD)
    etsy = UserFactory(password="!", is_active=False, is_staff=True, email_verified_at=None)  # came by another way
    for user in (mo, etsy):
        for service in (invitation_repeat, invitation_withdraw):
            with pytest.raises(NotInvited):
                service(actor=ada, user_id=user.pk)
    assert User.objects.filter(pk__in=[mo.pk, etsy.pk]).count() == 2
