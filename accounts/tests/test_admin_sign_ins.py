"""Sign-ins and API keys in Django's admin site."""

import pytest
from django.urls import reverse

from accounts.choices import SessionKind
from accounts.models import ApiKey, Session, SignInPlace
from accounts.selectors.sign_ins import browser_session_of, sessions_of
from accounts.services.levels import groups_prepare
from accounts.services.sessions import session_begin, token_issue
from accounts.services.signed_in import session_end
from accounts.tests.factories import (
    PASSWORD,
    AdminFactory,
    ApiKeyFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
)
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGES = [reverse(f"admin:accounts_{name}_changelist") for name in ("session", "apikey")]


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def end(client, page, row):
    return client.post(page, {"action": "end", "_selected_action": [row.pk], "confirmed": "yes"}, follow=True)


def test_administrators_look_and_end_with_an_entry(client, alice):
    groups_prepare()
    client.force_login(AdminFactory())
    token_issue(alice)
    session, key = Session.objects.get(), ApiKeyFactory(user=alice)
    for page, row in zip(PAGES, (session, key), strict=True):
        text = client.get(page).content.decode() + client.get(f"{page}{row.pk}/change/").content.decode()
        assert "alice" in text
        for secret in (key.digest, session.token_id, session.sid.hex, str(session.sid)):
            assert secret not in text
        assert "1 done." in end(client, page, row).content.decode()
    assert not Session.objects.filter(user=alice).exists()
    assert ApiKey.objects.get().ended_at is not None
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["user.end_session", "user.end_api_key"]


@pytest.mark.parametrize("asked", ["sid__startswith=a", "token=a", "browser=a", "token__digest__startswith=a"])
def test_what_a_session_goes_on_by_is_not_found_out_by_asking(client, alice, asked):
    groups_prepare()
    client.force_login(AdminFactory())
    answer = client.get(f"{PAGES[0]}?{asked}")
    assert answer.status_code == 400 or answer.headers.get("Location", "").endswith("?e=1")


@pytest.mark.parametrize("person", [StaffFactory, ModeratorFactory])
def test_others_see_neither(client, alice, person):
    groups_prepare()
    client.force_login(person())
    session, key = session_begin(alice, kind=SessionKind.ACCESS), ApiKeyFactory(user=alice)
    for page, row in zip(PAGES, (session, key), strict=True):
        assert [client.get(page).status_code, end(client, page, row).status_code] == [403, 403]
    assert (Session.objects.count(), ApiKey.objects.filter(ended_at=None).count()) == (1, 1)


def test_of_who_is_above_nobody_sees_where_they_are_signed_in(client):
    groups_prepare()
    boss = SuperuserFactory(username="boss")
    session, key = session_begin(boss, kind=SessionKind.ACCESS), ApiKeyFactory(user=boss)
    SignInPlace.objects.create(user=boss, network="192.0.2.0")
    places = reverse("admin:accounts_signinplace_changelist")
    client.force_login(AdminFactory())
    for page, row in (*zip(PAGES, (session, key), strict=True), (places, boss.sign_in_places.get())):
        assert "boss" not in client.get(page).content.decode()
        assert client.get(f"{page}{row.pk}/change/").status_code == 302  # as for what is not there
    titles = {panel.title for panel in client.get(f"/admin/accounts/user/{boss.pk}/change/").context["panels"]}
    assert titles and not {"Sessions", "API keys", "How they sign in"} & titles
    client.force_login(boss)
    assert all("boss" in client.get(page).content.decode() for page in (*PAGES, places))


@pytest.mark.parametrize("model", ["signinplace", "emailchange", "passwordlink", "passwordrequest", "backupdevice"])
def test_staff_do_not_see_from_where_and_how_people_sign_in(client, model):
    groups_prepare()
    client.force_login(StaffFactory())
    assert client.get(reverse(f"admin:accounts_{model}_changelist")).status_code == 403


def test_who_signs_in_to_the_admin_site_is_noted_also_after_a_new_password(client):
    boss, new = AdminFactory(), "another long passphrase 2"
    sent = {"username": boss.username, "password": PASSWORD}
    client.post("/admin/login/", sent | {"password": "wrong"})
    assert not Session.objects.exists()
    client.post("/admin/login/", sent, HTTP_USER_AGENT="Firefox")
    signed_in = browser_session_of(session_key=client.session.session_key)
    assert (signed_in.user, signed_in.kind, signed_in.agent) == (boss, "browser", "Firefox")

    changed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", changed).status_code == 302

    assert client.get("/admin/").status_code == 200
    (left,) = sessions_of(actor=boss, user=boss)
    assert left == browser_session_of(session_key=client.session.session_key) != signed_in
    session_end(actor=boss, user_id=boss.pk, session_id=left.pk)
    assert client.get("/admin/").status_code == 302
