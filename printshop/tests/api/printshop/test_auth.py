"""Signing in with Etsy, and connecting a shop by it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Delivery, EmailChange, User
from accounts.services import passwords
from accounts.services.email_changes import email_change_request, email_change_undo, email_verify, undo_token
from accounts.services.sending import delivery_send
from accounts.services.sessions import Credential
from accounts.services.verification import verification_token
from accounts.tests.factories import UserFactory
from accounts.tests.people import as_bearer, with_two_factor
from printshop.choices import ConnectionState
from printshop.errors import EtsyRefused
from printshop.models import EtsySignIn, Shop
from printshop.services.filaments.filaments import filament_delete
from printshop.services.shops.sign_in import etsy_sign_in_begin, etsy_sign_in_finish, sign_ins_forget
from printshop.tests.factories import FilamentFactory

pytestmark = pytest.mark.django_db

LOGIN, CALLBACK = "/api/printshop/auth/login", "/api/printshop/auth/callback"


def begun(client=None):
    return (client or APIClient()).get(LOGIN).json()


def finished(etsy, there, start, client=None, **sent):
    body = {"code": etsy.consents(start["auth_url"], there), "code_verifier": start["code_verifier"]}
    return (client or APIClient()).post(CALLBACK, body | sent, format="json")


@pytest.mark.operation("printshop.auth.login")
def test_where_the_owner_signs_in(etsy):
    start = begun()

    assert set(start) == {"auth_url", "code_verifier", "state", "expires_in"}
    address = urlsplit(start["auth_url"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/oauth/connect"
    assert asked.pop("code_challenge")
    assert asked == {
        "response_type": "code",
        "client_id": etsy.client_id,
        "redirect_uri": etsy.redirect_uri,
        "scope": "shops_r transactions_r transactions_w profile_r email_r",
        "state": start["state"],
        "code_challenge_method": "S256",
    }
    assert start["code_verifier"] not in start["auth_url"]
    assert 43 <= len(start["code_verifier"]) <= 128


def test_without_a_key_there_is_no_sign_in():
    answer = APIClient().get(LOGIN)

    assert (answer.status_code, answer.json()["status"]) == (400, 400)


@pytest.mark.operation("printshop.auth.callback")
def test_an_owner_who_is_new_gets_an_account(etsy, there):
    answer = finished(etsy, there, begun())

    assert answer.status_code == 200, answer.json()
    owner = User.objects.get(pk=answer.json()["user"]["id"])
    assert answer.json()["user"] == {
        "id": owner.pk,
        "etsy_user_id": str(there.user_id),
        "username": "My-3D-Shop",
        "first_name": "Owner",
        "shop_id": str(there.shop_id),
        "shop_name": "My 3D Shop",
    }
    assert (owner.user_type, owner.email_verified, owner.has_usable_password()) == ("creator", False, False)
    assert (owner.email, owner.pending_email) == (f"{there.user_id}@etsy.invalid", "owner@example.com")
    shop = Shop.objects.get(owner=owner)
    assert (shop.etsy_state, shop.currency) == (ConnectionState.CONNECTED, "USD")
    assert shop.access_token in etsy.access and shop.refresh_token in etsy.refresh
    signed_in = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    me = signed_in.get("/api/printshop/auth/user").json()
    assert me == answer.json()["user"] | {name: me[name] for name in ("created_at", "updated_at")}
    assert "access_token" not in me and there.name in me.values()


def test_by_the_page_that_etsy_sends_back_to(etsy, there):
    start = begun()
    back = requests.get(start["auth_url"], allow_redirects=False, timeout=5).headers["Location"]
    sent = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    body = sent | {"code_verifier": start["code_verifier"]}

    assert back.startswith(etsy.redirect_uri) and sent["state"] == start["state"]
    assert APIClient().post(CALLBACK, body, format="json").status_code == 200


def test_an_owner_of_whom_etsy_tells_no_address_gets_one_that_does_not_exist(etsy):
    answer = finished(etsy, etsy.shop("Quiet"), begun())

    owner = User.objects.get(pk=answer.json()["user"]["id"])
    assert owner.email.endswith("@etsy.invalid")


def test_the_address_that_etsy_tells_is_asked_first(etsy, there):
    """Whoever opened an account at Etsy with somebody else's address must not wait for them in one here."""
    owner = User.objects.get(pk=finished(etsy, there, begun()).json()["user"]["id"])

    for delivery in Delivery.objects.filter(channel="email").order_by("pk"):
        delivery_send(delivery.pk)
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["owner@example.com"], "Verify your email address")
    ]
    email_verify(signed=verification_token(owner, "owner@example.com"))
    owner.refresh_from_db()
    assert (owner.email, owner.email_verified, owner.pending_email) == ("owner@example.com", True, "")


def test_the_second_time_it_is_the_same_account(etsy, there):
    first = finished(etsy, there, begun()).json()["user"]

    assert finished(etsy, there, begun()).json()["user"] == first
    assert Shop.objects.count() == 1


def test_who_is_signed_in_connects_their_own_shop(etsy, there, alice):
    client = as_bearer(alice)

    answer = finished(etsy, there, begun(client), client)

    assert answer.json()["user"]["id"] == alice.pk
    assert alice.print_shop.etsy_shop_id == str(there.shop_id)
    told = Delivery.objects.get(user=alice, template="social_linked")
    assert told.context == {"provider": "Etsy"}
    finished(etsy, there, begun(client), client)
    assert Delivery.objects.filter(template="social_linked").count() == 1
    assert User.objects.filter(email="owner@example.com").count() == 0


def test_a_token_that_has_ended_keeps_nobody_out(etsy, there):
    stale = APIClient(HTTP_AUTHORIZATION="Bearer not.a.token")

    assert finished(etsy, there, begun(stale), stale).status_code == 200


def test_with_a_second_factor_nobody_is_signed_in_yet(etsy, there, shop, alice):
    with_two_factor(alice)

    answer = finished(etsy, there, begun()).json()

    assert set(answer) == {"requires_2fa", "session_token"} and answer["requires_2fa"] is True


def test_a_shop_of_somebody_else_is_not_taken(etsy, there, shop, bob):
    client = as_bearer(bob)

    answer = finished(etsy, there, begun(client), client)

    assert answer.status_code == 409
    assert not Shop.objects.filter(owner=bob).exists()


def test_an_address_that_has_an_account_is_to_sign_in_first(etsy, there):
    UserFactory(email="owner@example.com")

    assert finished(etsy, there, begun()).status_code == 409
    assert not Shop.objects.exists()


def test_a_closed_account_stays_closed(etsy, there, shop, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert finished(etsy, there, begun()).status_code == 403


@pytest.mark.parametrize("sent", [{"state": "another"}, {"code_verifier": "x" * 43}, {"code": "another"}])
def test_what_is_not_of_this_sign_in_is_refused(etsy, there, sent):
    assert finished(etsy, there, begun(), **sent).status_code == 400
    assert not Shop.objects.exists()


def test_a_sign_in_works_once_and_for_minutes(etsy, there):
    start = begun()
    assert finished(etsy, there, start, state=start["state"]).status_code == 200
    assert finished(etsy, there, start).status_code == 400
    late = begun()
    EtsySignIn.objects.filter(used_at=None).update(created_at=timezone.now() - timedelta(minutes=11))
    assert finished(etsy, there, late).status_code == 400
    EtsySignIn.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert sign_ins_forget() == 2


def test_what_somebody_began_is_theirs_to_finish(etsy, there, alice, bob):
    start = begun(as_bearer(alice))

    assert finished(etsy, there, start).status_code == 400
    assert finished(etsy, there, start, as_bearer(bob)).status_code == 400
    assert finished(etsy, there, start, as_bearer(alice)).status_code == 200


def test_etsy_away_is_said(etsy, there):
    start = begun()
    code = etsy.consents(start["auth_url"], there)
    with etsy.down():
        answer = APIClient().post(CALLBACK, {"code": code, "code_verifier": start["code_verifier"]}, format="json")
    assert answer.status_code == 503


@pytest.mark.operation("printshop.shop.get")
@pytest.mark.operation("printshop.shop.update")
def test_the_shop_says_when_it_works(shop, alice):
    client = as_bearer(alice)
    sent = {
        "time_zone": "Europe/Berlin",
        "working_days": [4, 0, 0],
        "working_from": "08:00",
        "working_until": "18:30",
        "currency": "eur",
    }

    answer = client.put("/api/printshop/shop", sent, format="json")

    assert answer.status_code == 200, answer.json()
    assert answer.json() == client.get("/api/printshop/shop").json()
    assert answer.json() == {
        "etsy_state": "connected",
        "etsy_user_id": shop.etsy_user_id,
        "shop_id": shop.etsy_shop_id,
        "shop_name": "My 3D Shop",
        "last_synced": None,
        "sync_error": "",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "working_days": [0, 4],
        "working_from": "08:00",
        "working_until": "18:30",
    }
    cleared = client.put("/api/printshop/shop", {"working_from": None, "working_until": None}, format="json").json()
    assert (cleared["working_from"], cleared["working_days"]) == (None, [0, 4])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "QQQ"}, "currency"),
        ({"working_from": "08:00"}, ""),
        ({"working_from": "08:00", "working_until": "08:00"}, "working_from"),
        ({"working_days": [7]}, ""),
    ],
)
def test_a_shop_is_not_changed_to_nonsense(shop, alice, sent, field):
    answer = as_bearer(alice).put("/api/printshop/shop", sent, format="json")

    assert (answer.status_code, answer.json().get("field", "")) == (400, field)


@pytest.mark.operation("printshop.shop.disconnect")
def test_a_shop_is_disconnected_and_connected_again(etsy, there, shop, alice):
    client = as_bearer(alice)

    assert client.post("/api/printshop/shop/disconnect").json()["etsy_state"] == "none"

    shop.refresh_from_db()
    assert (shop.access_token, shop.refresh_token, shop.next_sync_at) == ("", "", None)
    assert client.post("/api/printshop/orders/sync").status_code == 409
    assert finished(etsy, there, begun()).status_code == 409
    assert finished(etsy, there, begun(client), client).json()["user"]["id"] == alice.pk
    shop.refresh_from_db()
    assert (shop.etsy_state, shop.etsy_user_before) == (ConnectionState.CONNECTED, "")


def test_who_has_no_other_way_in_stays_connected(etsy, there):
    answer = finished(etsy, there, begun()).json()
    owner = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer['token']}")

    assert owner.post("/api/printshop/shop/disconnect").status_code == 400

    assert Shop.objects.get().etsy_state == ConnectionState.CONNECTED


def by_a_link(owner):
    link = passwords.password_link_make(owner)
    passwords.password_reset(token=passwords.password_link_token(link.nonce.hex), new_password="Quite-new-Pa55")


def by_the_old_address(owner):
    with transaction.atomic():
        email_change_request(User.objects.select_for_update().get(pk=owner.pk), "thief@example.com")
    email_change_undo(signed=undo_token(EmailChange.objects.get()))


@pytest.mark.parametrize("replace", [by_a_link, by_the_old_address])
def test_what_ends_all_ways_in_ends_that_by_etsy(etsy, there, shop, alice, bob, replace):
    replace(alice)

    assert finished(etsy, there, begun()).status_code == 409
    shop.refresh_from_db()
    assert (shop.etsy_state, shop.etsy_user_id, shop.etsy_user_before) == ("none", None, str(there.user_id))
    assert (shop.access_token, shop.refresh_token) == ("", "")
    assert alice.notifications.get(notification_type="shop_disconnected").data == {"shop_id": shop.pk}
    thief = as_bearer(bob)
    assert finished(etsy, there, begun(thief), thief).status_code == 409
    alice.refresh_from_db()
    client = as_bearer(alice)
    assert finished(etsy, there, begun(client), client).json()["user"]["shop_id"] == shop.etsy_shop_id


def test_a_password_that_its_owner_changes_leaves_the_shop_connected(shop, alice):
    alice.set_password("Old-Pa55word-1")
    alice.save()
    Shop.objects.update(etsy_state="connected", etsy_user_id="77")
    passwords.password_change(
        actor=alice,
        current_password="Old-Pa55word-1",
        new_password="Quite-new-Pa55",
        credential=Credential(),
        address="",
    )

    assert Shop.objects.get().etsy_user_id == "77"


def test_what_was_replaced_while_etsy_was_asked_connects_nothing(etsy, there, alice):
    started = etsy_sign_in_begin(actor=alice)
    code = etsy.consents(started.auth_url, there)
    by_a_link(alice)

    with pytest.raises(EtsyRefused):
        etsy_sign_in_finish(actor=alice, code=code, code_verifier=started.code_verifier)
    assert not Shop.objects.exists()


def test_another_shop_ends_the_sync_of_the_first(etsy, there, shop, alice):
    Shop.objects.update(sync_claim=uuid4(), sync_claimed_until=timezone.now() + timedelta(minutes=2))
    client = as_bearer(alice)
    finished(etsy, there, begun(client), client)
    assert Shop.objects.get().sync_claim is not None

    finished(etsy, etsy.shop("Another"), begun(client), client)

    assert (Shop.objects.get().etsy_shop_name, Shop.objects.get().sync_claim) == ("Another", None)


def test_filament_that_is_gone_keeps_no_shop_in_its_currency(etsy, shop, alice):
    filament = FilamentFactory(shop=shop)
    client, address = as_bearer(alice), "/api/printshop/shop"
    assert client.put(address, {"currency": "EUR"}, format="json").status_code == 409

    filament_delete(actor=alice, filament_id=filament.pk)

    assert client.put(address, {"currency": "EUR"}, format="json").json()["currency"] == "EUR"
    finished(etsy, etsy.shop("Another", currency="GBP"), begun(client), client)
    assert Shop.objects.get().currency == "GBP"


def test_sign_ins_are_begun_as_often_as_sign_ins_are(etsy, settings):
    settings.RATE_LIMITS, settings.SIGN_INS_PER_MINUTE = "on", 2
    with time_machine.travel(timezone.now(), tick=False):
        answers = [APIClient().get(LOGIN).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert EtsySignIn.objects.count() == 2


def test_sign_ins_that_came_to_nothing_are_forgotten_after_an_hour(etsy, there):
    finished(etsy, there, begun())
    begun()
    EtsySignIn.objects.update(created_at=timezone.now() - timedelta(minutes=61))

    assert sign_ins_forget() == 1

    assert EtsySignIn.objects.get().used_at is not None
