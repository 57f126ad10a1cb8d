"""A person's page in Django's admin site: what it shows, its buttons, and who has them."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, SessionKind
from accounts.models import AccountDeletion, ApiKey, DataExport, Delivery, EmailChange, PasswordLink, Session, User
from accounts.services.accounts import house_account
from accounts.services.invitations import invitation_token
from accounts.services.levels import groups_prepare
from accounts.services.people import user_deactivate, user_two_factor_end
from accounts.services.sessions import session_begin, token_issue
from accounts.tests.factories import (
    PASSWORD,
    AdminFactory,
    ApiKeyFactory,
    ArtistFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
)
from accounts.tests.people import with_two_factor
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
INVITE = "/admin/accounts/user/invite/"


@pytest.fixture
def ada(client):
    """An administrator."""
    groups_prepare()
    person = AdminFactory(username="ada")
    client.force_login(person)
    return person


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


def page(user) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


def button(user, name: str) -> str:
    return f"/admin/accounts/user/{user.pk}/{name}/"


def trail(user):
    return list(AuditEntry.objects.filter(target_id=str(user.pk)).order_by("pk").values_list("action", flat=True))


def mails():
    return list(Delivery.objects.filter(channel="email").order_by("pk").values_list("template", "user__username"))


def pressed(client, user, name: str, **sent):
    return client.post(button(user, name), {"once": "1", **sent}, follow=True)


def offered(client, user) -> set[str]:
    return {one["path"].rstrip("/").rpartition("/")[2] for one in client.get(page(user)).context["decisions"]}


# ---------------------------------------------------------------- what it shows
def test_it_shows_how_they_sign_in_and_what_happened(client, ada, alice):
    token_issue(alice, session=session_begin(alice, kind=SessionKind.TOKEN))
    key = ApiKeyFactory(user=alice, name="My <b>shop</b>")
    pressed(client, alice, "send-link")
    answer = client.get(page(alice))
    panels = {panel.title: panel for panel in answer.context["panels"]}
    assert [row[0] for row in panels["Sessions"].rows] == [
        f'<a class="atelier-link" href="/admin/accounts/session/{Session.objects.get().pk}/change/">Token</a>'
    ]
    assert panels["API keys"].rows[0][1:3] == (key.prefix, "read")
    assert panels["How they sign in"].rows == [("Password", "set", ""), ("Two-factor authentication", "off", "")]
    text = answer.content.decode()
    assert "My &lt;b&gt;shop" in text and key.digest not in text and alice.password not in text
    assert "user.send_password_link" in text and "Mail to alice: password reset" in text


def test_staff_see_no_sign_ins_and_only_send_links(client, alice):
    groups_prepare()
    client.force_login(StaffFactory(username="sam"))
    answer = client.get(page(alice))
    assert not {"Sessions", "API keys", "How they sign in"} & {panel.title for panel in answer.context["panels"]}
    assert offered(client, alice) == {"send-link", "note"}
    for name in ("correct-address", "end-two-factor", "sign-out", "switch-off", "shut-out", "take-on", "erase"):
        assert client.post(button(alice, name), {"reason": "x"}).status_code == 403, name
    assert client.get(INVITE).status_code == 403
    assert pressed(client, alice, "send-link").status_code == 200
    assert trail(alice) == ["user.send_password_link"]
    client.force_login(ModeratorFactory())
    assert client.get(page(alice)).status_code == 403
    assert client.post(button(alice, "send-link")).status_code in (403, 404)


def test_nobody_decides_about_themselves_or_somebody_above(client, ada):
    boss = SuperuserFactory(username="boss")
    for person in (boss, ada):
        assert offered(client, person) == {"note"}
        for name in ("send-link", "sign-out", "switch-off", "erase", "export"):
            assert client.post(button(person, name), {"reason": "x"}).status_code == 403, name
    assert not AuditEntry.objects.exists() and mails() == []


def test_it_costs_the_same_however_much_there_is(client, ada, alice):
    client.get(page(alice))

    def more():
        session_begin(alice, kind=SessionKind.ACCESS)
        ApiKeyFactory(user=alice)
        EmailChange.objects.create(
            user=alice, old_email="a@example.com", new_email="b@example.com", confirmed_at=timezone.now()
        )
        DataExport.objects.create(user=alice, asked_by=ada, state="ready")

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(page(alice)).status_code == 200
        return len(ran)

    more()
    few = queries()
    for _ in range(4):
        more()
    assert queries() == few


def test_names_are_still_corrected_in_the_form(client, ada, alice):
    form = client.get(page(alice)).context["adminform"].form
    sent = {name: form.initial.get(name) or "" for name in form.fields}
    assert client.post(page(alice), sent | {"last_name": "Able"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.last_name, trail(alice)) == ("Able", ["user.change"])


# ---------------------------------------------------------------- getting back at the account
def test_a_reset_link(client, ada, alice, settings):
    settings.RATE_LIMITS = "on"
    for _ in range(2):
        told = pressed(client, alice, "send-link").content.decode()
        assert "The link is on its way." in told
    assert mails() == [("password_reset", "alice")]
    assert PasswordLink.objects.get().user == alice
    refused = client.post(button(alice, "send-link"), {"once": "2"})
    assert "An e-mail was sent already." in refused.content.decode()
    user_deactivate(actor=ada, user_id=alice.pk)
    assert "send-link" not in offered(client, alice)
    assert trail(alice) == ["user.send_password_link", "user.deactivate"]


def test_the_address(client, ada, alice):
    UserFactory(username="bob")
    for wrong in ("nonsense", "bob@example.com", "ALICE@example.com"):
        answer = client.post(button(alice, "correct-address"), {"email": wrong, "once": "0"})
        assert answer.context["form"].errors["email"], wrong
    assert mails() == [] and trail(alice) == []
    for _ in range(2):
        pressed(client, alice, "correct-address", email="new@example.com")
    alice.refresh_from_db()
    assert (alice.email, alice.pending_email) == ("alice@example.com", "new@example.com")
    assert mails() == [("email_verification", "alice"), ("email_change_requested", "alice")]
    entry = AuditEntry.objects.get(target_id=str(alice.pk))
    assert (entry.action, entry.after) == ("user.update", {"changed": ["email"]})


def test_two_factor_and_sessions(client, ada, alice):
    assert "end-two-factor" not in offered(client, alice)
    with_two_factor(alice)
    assert client.post(button(alice, "end-two-factor"), {"reason": ""}).context["form"].errors["reason"]
    for _ in range(2):
        pressed(client, alice, "end-two-factor", reason="Called, knew the last order")
    assert mails() == [("two_factor_reset", "alice")]
    ApiKeyFactory(user=alice)
    pressed(client, alice, "sign-out", reason="Asked")
    assert ApiKey.objects.get().ended_at is not None
    assert trail(alice) == ["user.end_two_factor", "user.end_sessions"]
    assert "Called, knew the last order" in client.get(page(alice)).content.decode()


def test_one_session_and_one_key_are_ended_on_their_pages(client, ada, alice):
    session, key = session_begin(alice, kind=SessionKind.ACCESS), ApiKeyFactory(user=alice)
    for kind, row in (("session", session), ("apikey", key)):
        assert client.post(f"/admin/accounts/{kind}/{row.pk}/end-one/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()
    assert trail(alice) == ["user.end_session", "user.end_api_key"]


# ---------------------------------------------------------------- states
def test_each_state_has_its_buttons(client, ada, alice):
    steps = [
        ("confirm-identity", {}, "identity_verified", True),
        ("doubt-identity", {}, "identity_verified", False),
        ("set-level", {"level": "Gold"}, "creator_level", "Gold"),
        ("take-on", {}, "is_staff", True),
        ("take-off", {}, "is_staff", False),
        ("switch-off", {"reason": "Asked"}, "is_active", False),
        ("switch-on", {}, "is_active", True),
        ("shut-out", {"reason": "Spam"}, "is_banned", True),
        ("let-in", {}, "is_banned", False),
    ]
    opposite = {"confirm-identity": "doubt-identity", "take-on": "take-off", "shut-out": "let-in"}
    for name, sent, flag, value in steps:
        before = offered(client, alice)
        assert name in before and opposite.get(name) not in before
        pressed(client, alice, name, **sent)
        alice.refresh_from_db()
        assert getattr(alice, flag) == value, name
    entries = AuditEntry.objects.filter(target_id=str(alice.pk), action__in=["user.ban", "user.deactivate"])
    assert [entry.after["reason"] for entry in entries.order_by("pk")] == ["Asked", "Spam"]
    assert len(trail(alice)) == len(steps)


def test_export_and_deletion(client, ada, alice):
    pressed(client, alice, "export")
    assert DataExport.objects.get().asked_by == ada
    again = client.post(button(alice, "export"), {"once": "2"})
    assert "being put together already" in again.content.decode()
    assert client.post(button(alice, "erase"), {"reason": ""}).context["form"].errors["reason"]
    pressed(client, alice, "erase", reason="Asked by letter")
    deletion = AccountDeletion.objects.get()
    assert (deletion.user, deletion.by_staff, deletion.reason) == (alice, True, "Asked by letter")
    assert trail(alice) == ["user.export", "user.delete"]
    house = house_account()
    assert "cannot be deleted" in client.post(button(house, "erase"), {"reason": "x"}).content.decode()


# ---------------------------------------------------------------- invitations
def link_of(user) -> str:
    return f"/invitation/{invitation_token(PasswordLink.objects.get(user=user).nonce.hex)}/"


def invite(client, **sent):
    return client.post(INVITE, {"once": "9", "email": "mo@example.com", "level": MODERATORS_GROUP, **sent})


def test_an_invitation_opens_an_account_once(client, ada):
    for _ in range(2):
        assert invite(client).status_code == 302
    mo = User.objects.get(email="mo@example.com")
    assert (mo.username, mo.is_active, mo.is_staff, mo.has_usable_password()) == ("mo", False, True, False)
    assert [group.name for group in mo.groups.all()] == [MODERATORS_GROUP]
    assert (mails(), trail(mo)) == ([("staff_invitation", "mo")], ["user.invite"])
    assert AuditEntry.objects.get().after == {"level": "Content moderators"}
    link = link_of(mo)
    client.logout()
    assert client.get(link).status_code == 200
    assert client.post(link, {"new_password": "password", "again": "password"}).status_code == 400
    mo.refresh_from_db()
    assert not mo.is_active
    assert client.post(link, {"new_password": PASSWORD, "again": PASSWORD}).status_code == 200
    mo.refresh_from_db()
    assert mo.is_active and mo.is_moderator and mo.check_password(PASSWORD) and mo.email_verified_at is not None
    assert trail(mo) == ["user.invite", "user.accept_invitation"]
    for method in (client.get, client.post):
        assert method(link).status_code == 400


def test_what_is_wrong_with_an_invitation_is_named(client, ada):
    UserFactory(username="bob")
    for sent, field in (
        ({"email": "bob@example.com"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"username": "bob"}, "username"),
        ({"username": "someone@example.com"}, "username"),
        ({"level": "superuser"}, "level"),
        ({"level": ADMINS_GROUP}, "level"),  # superusers alone make administrators
    ):
        assert invite(client, **sent).context["form"].errors[field], sent
    assert User.objects.count() == 2 and mails() == []
    client.force_login(SuperuserFactory(username="boss"))
    assert invite(client, level=ADMINS_GROUP).status_code == 302
    assert Group.objects.get(name=ADMINS_GROUP).user_set.filter(username="mo").exists()


def test_an_invitation_ends(client, ada):
    """By time, by a newer one, by deactivating, and by being withdrawn, which frees name and address."""
    invite(client)
    mo = User.objects.get(username="mo")
    first = link_of(mo)
    assert {"repeat-invitation", "withdraw-invitation"} < offered(client, mo)
    assert not {"switch-on", "switch-off", "send-link", "take-off"} & offered(client, mo)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        pressed(client, mo, "repeat-invitation")
    assert client.get(first).status_code == 400
    second = link_of(mo)
    assert client.get(second).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert client.get(second).status_code == 400
    user_deactivate(actor=ada, user_id=mo.pk)
    assert client.get(second).status_code == 400
    pressed(client, mo, "withdraw-invitation")
    assert not User.objects.filter(username="mo").exists()
    assert trail(mo)[-1] == "user.withdraw_invitation"
    assert invite(client, once="10").status_code == 302


def test_who_has_an_account_was_not_invited(client, ada, alice):
    assert not {"repeat-invitation", "withdraw-invitation"} & offered(client, alice)
    client.post(button(alice, "withdraw-invitation"))
    assert User.objects.filter(username="alice").exists()


def test_nothing_is_written_of_who_is_deleted(client, alice):
    client.force_login(SuperuserFactory(username="boss"))
    User.objects.filter(pk=alice.pk).update(erased_at=timezone.now(), is_active=False)
    assert client.post(page(alice), {"first_name": "Alice", "last_name": "Able"}).status_code == 403
    alice.refresh_from_db()
    assert alice.last_name != "Able"


# ---------------------------------------------------------------- pressed twice
@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("end-two-factor", {"reason": "Called"}, "2FA is off; they are told."),
        ("shut-out", {"reason": "Spam"}, "Banned."),
        ("export", {}, "Their data is being put together; they get the link."),
        ("erase", {"reason": "Asked by letter"}, "The account is closed, and deleted within minutes."),
    ],
)
def test_a_second_press_is_told_what_the_first_one_was(client, ada, alice, name, sent, told):
    with_two_factor(alice)
    for _ in range(2):
        answer = pressed(client, alice, name, **sent)
        assert answer.redirect_chain[-1][0] == page(alice)
        assert [str(one) for one in answer.context["messages"]] == [told]
    assert len(trail(alice)) == 1


def test_an_invitation_that_is_withdrawn_twice(client, ada):
    mo = User.objects.get(pk=invite(client, username="mo").url.split("/")[-3])
    for _ in range(2):
        answer = pressed(client, mo, "withdraw-invitation")
        assert answer.redirect_chain[-1] == ("/admin/accounts/user/", 302)
    assert trail(mo) == ["user.invite", "user.withdraw_invitation"]


def test_a_second_press_while_the_first_is_at_it(client, ada, alice, monkeypatch):
    """It arrives before the first is answered: it is no refusal either. One that is refused is not kept."""
    with_two_factor(alice)
    second = []

    def end(**about):
        ended = user_two_factor_end(**about)
        if not second:
            second.append(pressed(client, alice, "end-two-factor", reason="Called"))
        return ended

    monkeypatch.setattr("accounts.admin.person_decisions.people.user_two_factor_end", end)
    answer = pressed(client, alice, "end-two-factor", reason="Called")
    assert [str(one) for one in second[0].context["messages"]] == ["It is being done already."]
    assert [str(one) for one in answer.context["messages"]] == ["2FA is off; they are told."]
    refused = pressed(client, alice, "end-two-factor", reason="Called, again")
    assert [str(one) for one in refused.context["messages"]] == ["“Turn 2FA off” is not possible now."]
    with_two_factor(alice)
    assert "2FA is off" in pressed(client, alice, "end-two-factor", reason="Called, again").content.decode()
