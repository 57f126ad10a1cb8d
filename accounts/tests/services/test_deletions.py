"""Deleting an account: asked for and taken back, refused while something is under way, ordered by staff, carried out
whoever dies."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.errors import (
    AboveActor,
    CodeMissing,
    CredentialsEnded,
    DeletionRefused,
    DeletionUnderWay,
    InvalidCredentials,
    OnOneself,
)
from accounts.models import AccountDeletion, Delivery, Follow, Notification, User
from accounts.services import erasure
from accounts.services.accounts import house_account
from accounts.services.deletions import deletion_order, deletion_request, in_the_way_of
from accounts.services.erasure import deletion_continue, deletions_sweep
from accounts.services.follows import follow
from accounts.services.people import user_activate
from accounts.services.registration import account_register
from accounts.services.sending import deliveries_sweep
from accounts.services.sessions import refresh_token_issue, refresh_token_trade
from accounts.services.sign_in import second_factor_verify, sign_in
from accounts.tests.factories import PASSWORD, SuperuserFactory, UserFactory
from accounts.tests.people import as_bearer, as_token, totp_of, with_two_factor
from commerce.services.audit.ledger import ledger_faults
from commerce.tests.steps import at_once, order_of, paid_job, paid_order
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job, hired_job
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"


def asked(user, **changes) -> AccountDeletion:
    return deletion_request(actor=user, password=PASSWORD, address=HERE, **changes)


def carried_out(deletion, *, days: int = 14) -> AccountDeletion:
    """As the sweep does it when its time has come, again and again."""
    with time_machine.travel(deletion.created_at + timedelta(days=days, minutes=2)):
        for _ in range(5):
            deletion_continue(deletion.pk)
            deliveries_sweep()
    deletion.refresh_from_db()
    return deletion


def test_asked_for_with_the_password_and_everybody_is_signed_out(alice):
    artwork, refresh, caller = ArtworkFactory.create(seller=alice), refresh_token_issue(alice), as_token(alice)
    with pytest.raises(Invalid, match="Invalid password"):
        deletion_request(actor=alice, password="wrong", address=HERE)
    assert not AccountDeletion.objects.exists() and Artwork.objects.on_sale().filter(pk=artwork.pk).exists()
    deletion = asked(alice)
    alice.refresh_from_db()
    assert deletion.due_at - deletion.created_at >= timedelta(days=13, hours=23)
    assert alice.deletion_due_at == deletion.due_at and alice.is_active
    assert caller.get("/api/auth/profile/").status_code == 401
    with pytest.raises(Exception, match="Invalid refresh token"):
        refresh_token_trade(refresh_token=refresh)
    assert not Artwork.objects.on_sale().filter(pk=artwork.pk).exists()
    assert Delivery.objects.filter(user=alice, template="deletion_requested").exists()
    with pytest.raises(DeletionUnderWay):
        asked(alice)
    deletion_continue(deletion.pk)  # it is not due
    deletion.refresh_from_db()
    assert deletion.state == "waiting"


def test_what_is_refused_after_the_proof_leaves_nothing(alice, monkeypatch):
    def refuse(**_what):
        raise Invalid("Not now.")

    caller = as_token(alice)
    monkeypatch.setattr("accounts.services.deletions.email_queue", refuse)
    with pytest.raises(Invalid, match="Not now"):
        asked(alice)
    assert not AccountDeletion.objects.exists()
    assert User.objects.get(pk=alice.pk).deletion_due_at is None
    assert caller.get("/api/auth/profile/").status_code == 200


def test_with_a_password_that_has_just_been_replaced_nothing_is_asked_for(alice):
    stale = User.objects.get(pk=alice.pk)
    alice.set_password("another long passphrase 2")
    alice.save()
    with pytest.raises(CredentialsEnded):
        asked(stale)
    assert not AccountDeletion.objects.exists()


def test_signing_in_takes_it_back(alice, bob):
    artwork = ArtworkFactory.create(seller=alice)
    deletion = asked(alice)
    with pytest.raises(InvalidCredentials):
        sign_in(name="alice", password="wrong", address=HERE)
    sign_in(name="bob", password=PASSWORD, address=HERE)
    deletion.refresh_from_db()
    assert deletion.state == "waiting"
    sign_in(name="alice", password=PASSWORD, address=HERE)
    deletion.refresh_from_db()
    alice.refresh_from_db()
    assert (deletion.state, alice.deletion_due_at) == ("cancelled", None)
    assert Artwork.objects.on_sale().filter(pk=artwork.pk).exists()
    assert Delivery.objects.filter(user=alice, template="deletion_cancelled").count() == 1
    assert carried_out(deletion).state == "cancelled" and User.objects.filter(username="alice").exists()
    assert asked(alice).state == "waiting"


def test_with_two_factor_a_code_is_asked_and_the_second_step_takes_it_back(alice):
    device = with_two_factor(alice)
    with pytest.raises(CodeMissing):
        asked(alice)
    deletion = asked(alice, totp_code=totp_of(device.secret))
    alice.refresh_from_db()
    token = sign_in(name="alice", password=PASSWORD, address=HERE).session_token
    deletion.refresh_from_db()
    assert deletion.state == "waiting"
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HERE)
    deletion.refresh_from_db()
    assert deletion.state == "cancelled"


def test_who_has_no_password_sets_one_first(alice):
    alice.set_unusable_password()
    alice.save()
    with pytest.raises(Invalid, match="Set a password first") as refused:
        asked(alice)
    assert refused.value.field == "password"


def test_what_is_in_the_way_is_said_and_changes_nothing(alice, bob, charlie, staff, settings):
    settings.SANDBOX_ALLOWED = True
    artwork = ArtworkFactory.create(seller=alice)
    order_of(bob, artwork)
    paid_job(hired_job(buyer=bob, artist=alice))
    with pytest.raises(DeletionRefused) as refused:
        asked(bob)
    assert refused.value.data["reasons"] == [
        "1 jobs are in progress.", "1 orders are under way.", "1 payments are under way.",
    ]  # fmt: skip
    assert in_the_way_of(alice)[0] == "1 jobs are in progress." and "The balance is" in str(in_the_way_of(alice))
    for worker in (staff, house_account()):
        assert "It is an account of staff." in in_the_way_of(worker)
    with pytest.raises(DeletionRefused):
        asked(staff)
    bob.refresh_from_db()
    assert bob.deletion_due_at is None and not AccountDeletion.objects.exists() and in_the_way_of(charlie) == []


def test_what_came_in_the_way_since_is_told_once_and_tried_each_day(alice, bob, settings):
    settings.SANDBOX_ALLOWED = True
    deletion = asked(alice)
    job = hired_job(buyer=bob, artist=alice)
    for _ in range(2):
        carried_out(deletion)
    assert deletion.state == "waiting" and deletion.in_the_way == ["1 jobs are in progress."]
    assert Delivery.objects.filter(user=alice, template="deletion_waits").count() == 1
    assert User.objects.get(pk=alice.pk).is_active
    type(job).objects.filter(pk=job.pk).update(status="completed")
    assert carried_out(deletion, days=16).state == "done"


def test_the_account_loses_its_name_and_the_books_hold(alice, bob, settings):
    settings.SANDBOX_ALLOWED = True
    artwork = ArtworkFactory.create(seller=alice, title="Dawn")
    order, payment = paid_order(bob, artwork)
    follow(actor=bob, user_id=alice.pk)
    deletion = carried_out(asked(bob))
    assert deletion.state == "done" and deletion.closed_at and deletion.ended_at
    bob.refresh_from_db()
    name = f"deleted-{bob.pk}"
    assert (bob.username, bob.email, bob.get_full_name(), bob.phone_number) == (name, f"{name}@deleted.invalid", "", "")
    assert not bob.is_active and not bob.has_usable_password() and bob.erased_at is not None
    alice.refresh_from_db()
    assert alice.followers_count == 0 and not Follow.objects.exists()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.shipping_address, order.buyer_id, payment.payer_id) == ("", bob.pk, bob.pk)
    assert list(ledger_faults()) == []
    assert not Notification.objects.filter(user=bob).exists() and not Delivery.objects.filter(user=bob).exists()
    assert [message.to for message in mail.outbox if message.subject == "Your account is deleted"] == [
        ["bob@example.com"]
    ]
    assert AuditEntry.objects.filter(action="user.erase", target_id=str(bob.pk)).count() == 1
    with pytest.raises(InvalidCredentials):
        sign_in(name="bob", password=PASSWORD, address=HERE)
    again = account_register(username="bob", email="bob@example.com", password=PASSWORD, user_type="buyer")
    assert again.pk != bob.pk
    with pytest.raises(Invalid):
        account_register(username="deleted-1", email="a@example.com", password=PASSWORD, user_type="buyer")


def test_a_name_that_somebody_took_long_ago(alice):
    UserFactory.create(username=f"deleted-{alice.pk}")
    carried_out(asked(alice))
    alice.refresh_from_db()
    assert alice.username.startswith(f"deleted-{alice.pk}-")


def test_administrators_delete_with_a_reason_and_nobody_comes_back(alice, bob, staff, admin):
    superuser = SuperuserFactory.create()
    for actor in (bob, staff):
        with pytest.raises(Denied):
            deletion_order(actor=actor, user_id=alice.pk, reason="asked by letter")
    with pytest.raises(Invalid):
        deletion_order(actor=admin, user_id=alice.pk, reason=" ")
    with pytest.raises(OnOneself):
        deletion_order(actor=admin, user_id=admin.pk, reason="enough")
    with pytest.raises(AboveActor):
        deletion_order(actor=admin, user_id=superuser.pk, reason="enough")
    own = asked(alice)
    deletion = deletion_order(actor=admin, user_id=alice.pk, reason="asked by letter")
    own.refresh_from_db()
    assert own.state == "cancelled"
    with pytest.raises(InvalidCredentials):
        sign_in(name="alice", password=PASSWORD, address=HERE)
    entry = AuditEntry.objects.get(action="user.delete")
    assert (entry.actor, entry.after) == (admin, {"is_active": False, "reason": "asked by letter"})
    assert carried_out(deletion, days=0).state == "done"
    with pytest.raises(Missing):
        user_activate(actor=admin, user_id=alice.pk)
    with pytest.raises(Missing):
        deletion_order(actor=admin, user_id=alice.pk, reason="again")


def test_staff_are_refused_as_well_and_nothing_changes(alice, bob, admin, settings):
    hired_job(buyer=bob, artist=alice)
    with pytest.raises(DeletionRefused):
        deletion_order(actor=admin, user_id=alice.pk, reason="asked by letter")
    alice.refresh_from_db()
    assert alice.is_active and not AuditEntry.objects.exists() and not AccountDeletion.objects.exists()


def test_a_worker_that_dies_is_followed_by_another(alice, monkeypatch):
    deletion = asked(alice)
    for number in range(3):
        ArtworkFactory.create(seller=alice, title=f"Work {number}")
    with time_machine.travel(deletion.due_at + timedelta(minutes=1)):
        with monkeypatch.context() as patch:
            patch.setattr(erasure, "import_string", lambda _name: (_ for _ in ()).throw(SystemExit))
            with pytest.raises(SystemExit):
                deletion_continue(deletion.pk)
        deletion.refresh_from_db()
        assert (deletion.state, deletion.ended_at) == ("running", None) and deletion.closed_at
        deletions_sweep()
        assert Artwork.objects.count() == 3  # its claim holds
    with time_machine.travel(deletion.due_at + timedelta(minutes=7)):
        for _ in range(3):
            deletion_continue(deletion.pk)
            deliveries_sweep()
    deletion.refresh_from_db()
    assert deletion.state == "done" and not Artwork.objects.exists()


def test_the_command(alice, bob, capsys):
    hired_job(buyer=bob, artist=alice)
    with pytest.raises(CommandError, match="in progress"):
        call_command("delete_person", "alice", reason="by letter", asks=False)
    charlie = UserFactory.create(username="carla")
    call_command("delete_person", "carla@example.com", reason="by letter", asks=False)
    assert "has no name any more" in capsys.readouterr().out
    charlie.refresh_from_db()
    assert charlie.username == f"deleted-{charlie.pk}"
    assert AuditEntry.objects.get(action="user.delete").actor is None


@pytest.mark.parametrize("typed", ["", "bob\n"])
def test_the_command_deletes_nothing_unless_it_is_confirmed(alice, monkeypatch, typed):
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    with pytest.raises(CommandError, match="Nothing was deleted"):
        call_command("delete_person", "alice", reason="by letter")
    assert not AccountDeletion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_signing_in_and_being_deleted_at_once(alice):
    """Either the account stays, or it is closed and nobody is signed in: never a part of each."""
    deletion = asked(alice)
    AccountDeletion.objects.update(due_at=timezone.now())
    at_once(lambda: sign_in(name="alice", password=PASSWORD, address=HERE), lambda: deletion_continue(deletion.pk))
    deletion.refresh_from_db()
    alice.refresh_from_db()
    if deletion.state == "cancelled":
        assert (alice.username, alice.deletion_due_at, alice.is_active) == ("alice", None, True)
    else:
        assert (alice.username, alice.is_active) == (f"deleted-{alice.pk}", False)


@pytest.mark.operation("nexus.users.me.delete")
@pytest.mark.operation("v1.auth.me.delete")
@pytest.mark.parametrize("address", ["/api/users/me", "/api/v1/auth/me"])
def test_deletion_over_http(alice, bob, address):
    caller = as_bearer(alice)
    assert caller.delete(address, {"password": "wrong"}, format="json").status_code == 422
    answer = caller.delete(address, {"password": PASSWORD}, format="json")
    assert answer.status_code == 200 and answer.json()["message"] == "Account will be deleted"
    assert answer.json()["deletion_due_at"] > timezone.now().isoformat()
    assert caller.delete(address, {"password": PASSWORD}, format="json").status_code == 401
    completed_job(buyer=bob, artist=alice)
    hired_job(buyer=bob, artist=alice)
    refused = as_bearer(bob).delete(address, {"password": PASSWORD}, format="json")
    assert (refused.status_code, refused.json()["reasons"]) == (409, ["1 jobs are in progress."])
