"""Endpoints for events: who hears what, secrets, tries that are made again, and what administrators do with them."""

import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.choices import WebhookEvent
from accounts.errors import TooManyWebhooks, WebhookNotActive
from accounts.models import Delivery, Notification, User, WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.services import limits
from accounts.services.webhook_endpoints import (
    endpoint_change,
    endpoint_create,
    endpoint_delete,
    endpoint_secret_replace,
    endpoint_test,
    message_replay,
)
from accounts.services.webhook_platform import (
    endpoint_enable,
    endpoint_pause,
    message_replay_by_staff,
    platform_endpoint_create,
    platform_endpoint_remove,
    platform_endpoint_test,
    platform_secret_replace,
)
from accounts.services.webhook_sending import webhooks_forget, webhooks_send, webhooks_sweep
from accounts.services.webhooks import webhook_event
from accounts.tests.factories import AdminFactory, UserFactory
from config.core.errors import Denied, Invalid, Limited, Missing
from config.core.models import AuditEntry
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"
MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


@pytest.fixture
def endpoint(alice, receiver) -> WebhookEndpoint:
    return endpoint_create(actor=alice, url=receiver.url, events=["order.paid", "webhook.test"])


def order_paid(*people: User, number: int = 1, about: str = "order-1") -> None:
    webhook_event(
        WebhookEvent.ORDER_PAID,
        about=about,
        people=[user.pk for user in people],
        data=lambda person: {"number": number, "for": person},
    )


def sent(receiver: Receiver) -> list[Any]:
    return [json.loads(body)["data"].get("number") for _path, _headers, body in receiver.took]


def queued() -> list[tuple[int, Any]]:
    rows = WebhookMessage.objects.order_by("pk").values_list("target_id", "body")
    return [(target_id, json.loads(body)["data"]["for"]) for target_id, body in rows]


# ---------------------------------------------------------------- making and changing
def test_its_maker_gets_a_secret_and_is_told(alice):
    endpoint = endpoint_create(actor=alice, url=URL, events=["webhook.test", "order.paid", "order.paid"])
    assert (endpoint.events, endpoint.target.state, endpoint.target.owner) == (
        ["order.paid", "webhook.test"],
        "active",
        alice,
    )
    assert endpoint.target.secret.startswith("whsec_")
    assert (Notification.objects.get().notification_type, Delivery.objects.get(channel="email").template) == (
        "webhook_added",
        "webhook_added",
    )
    assert endpoint_create(actor=alice, url=URL, events=["order.paid", "*"]).events == ["*"]


def test_another_address_is_told_as_a_new_one_is(alice):
    """Whoever has a stolen session must not lead messages away in silence."""
    endpoint = endpoint_create(actor=alice, url=URL, events=["order.paid"])
    Delivery.objects.all().delete()
    endpoint_change(actor=alice, endpoint_id=endpoint.pk, url=URL, description="Books")
    assert not Delivery.objects.exists()
    endpoint_change(actor=alice, endpoint_id=endpoint.pk, url="https://example.net/hook?token=private")
    assert Delivery.objects.get(channel="email").context == {
        "title": "A webhook of your account has another address",
        "host": "example.net",
        "events": "order.paid",
    }


def test_an_address_that_is_sent_counts_towards_the_limit(alice, settings, monkeypatch):
    """With what is made, tried and sent once more; a change without one goes on."""
    settings.RATE_LIMITS = "on"
    monkeypatch.setattr(limits, "WEBHOOKS", 1)
    endpoint = endpoint_create(actor=alice, url=URL, events=["*"])
    with pytest.raises(Limited):
        endpoint_change(actor=alice, endpoint_id=endpoint.pk, url="https://example.net/hook")
    endpoint.target.refresh_from_db()
    assert endpoint.target.url == URL
    assert endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="paused").target.state == "paused"


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [("https://127.1/", ["*"], "url"), (URL, [], "events"), (URL, ["order.exploded"], "events")],
)
def test_what_is_refused_leaves_nothing(alice, url, events, field):
    with pytest.raises(Invalid) as refusal:
        endpoint_create(actor=alice, url=url, events=events)
    assert refusal.value.field == field
    endpoint = endpoint_create(actor=alice, url=URL, events=["*"])
    with pytest.raises(Invalid):
        endpoint_change(actor=alice, endpoint_id=endpoint.pk, description="x", url=url, events=events)
    endpoint.refresh_from_db()
    assert (WebhookTarget.objects.get().url, endpoint.events, endpoint.description) == (URL, ["*"], "")


def test_a_person_has_so_many(alice, bob, settings):
    settings.WEBHOOK_ENDPOINTS_PER_PERSON = 1
    first = endpoint_create(actor=alice, url=URL, events=["*"])
    with pytest.raises(TooManyWebhooks):
        endpoint_create(actor=alice, url=URL, events=["*"])
    endpoint_create(actor=bob, url=URL, events=["*"])
    endpoint_delete(actor=alice, endpoint_id=first.pk)
    endpoint_create(actor=alice, url=URL, events=["*"])


def test_others_find_none_of_it(endpoint, alice, bob, admin):
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    for other in (bob, admin):
        for call in (endpoint_change, endpoint_delete, endpoint_secret_replace, endpoint_test):
            with pytest.raises(Missing):
                call(actor=other, endpoint_id=endpoint.pk)
        with pytest.raises(Missing):
            message_replay(actor=other, endpoint_id=endpoint.pk, message_id=message.pk)
    theirs = endpoint_create(actor=bob, url=URL, events=["*"])
    with pytest.raises(Missing):  # their own endpoint, another's message
        message_replay(actor=bob, endpoint_id=theirs.pk, message_id=message.pk)


# ---------------------------------------------------------------- who hears
def test_who_hears_what(alice, bob, charlie, admin):
    wants = {
        "alice": endpoint_create(actor=alice, url=URL, events=["order.paid"]),
        "alice, of all": endpoint_create(actor=alice, url=URL, events=["*"]),
        "alice, of others": endpoint_create(actor=alice, url=URL, events=["order.shipped"]),
        "alice, paused": endpoint_create(actor=alice, url=URL, events=["*"]),
        "alice, deleted": endpoint_create(actor=alice, url=URL, events=["*"]),
        "bob": endpoint_create(actor=bob, url=URL, events=["*"]),
        "charlie": endpoint_create(actor=charlie, url=URL, events=["*"]),
        "the platform": platform_endpoint_create(actor=admin, url=URL, events=["*"]),
    }
    endpoint_change(actor=alice, endpoint_id=wants["alice, paused"].pk, state="paused")
    endpoint_delete(actor=alice, endpoint_id=wants["alice, deleted"].pk)
    User.objects.filter(pk=charlie.pk).update(is_active=False)

    with CaptureQueriesContext(connection) as queries:
        webhook_event(
            WebhookEvent.ORDER_PAID,
            about="order-1",
            people=[alice.pk, charlie.pk],
            others=User.objects.filter(username="bob").values("pk"),
            data=lambda person: {"for": person},
        )

    assert len(queries) == 2  # one finds them, one writes
    told = {"alice": alice.pk, "alice, of all": alice.pk, "bob": bob.pk, "the platform": None}
    assert queued() == sorted((wants[who].target_id, person) for who, person in told.items())


def test_where_nobody_hears_it_costs_one_query_and_asks_for_no_data(alice, bob):
    endpoint_create(actor=bob, url=URL, events=["*"])
    with CaptureQueriesContext(connection) as queries:
        webhook_event(WebhookEvent.ORDER_PAID, about="order-1", people=[alice.pk], data=lambda _person: 1 / 0)
    assert (len(queries), queued()) == (1, [])


# ---------------------------------------------------------------- secrets
def signers(receiver: Receiver, secrets: dict[str, str]) -> list[str]:
    """Whose signature the last message has, as its receiver checks it."""
    _path, headers, body = receiver.took[-1]
    found = []
    for name, secret in secrets.items():
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            continue
        found.append(name)
    return found


def test_for_a_day_a_replaced_secret_signs_too(endpoint, alice, receiver):
    secrets = {"first": endpoint.target.secret}
    with time_machine.travel(MOMENT, tick=False) as clock:

        def signed() -> list[str]:
            endpoint_test(actor=alice, endpoint_id=endpoint.pk)
            webhooks_sweep()
            return signers(receiver, secrets)

        for name in ("second", "third"):  # a button pressed twice ends no secret
            secrets[name] = endpoint_secret_replace(actor=alice, endpoint_id=endpoint.pk).target.secret
        assert len(set(secrets.values())) == 3
        assert signed() == ["first", "second", "third"]
        assert WebhookTarget.objects.get().old_secret_until == MOMENT + timedelta(hours=24)

        clock.shift(timedelta(hours=23))
        assert signed() == ["first", "second", "third"]
        clock.shift(timedelta(hours=1, seconds=1))
        assert signed() == ["third"]
        assert WebhookTarget.objects.get().old_secret_until is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT old_secrets FROM accounts_webhooktarget")
        assert secrets["first"] not in cursor.fetchone()[0]


# ---------------------------------------------------------------- pausing, tests, replays
def test_paused_it_hears_nothing_and_what_waits_goes_on_later(endpoint, alice, receiver):
    order_paid(alice, number=1)
    endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="paused")
    order_paid(alice, number=2)
    webhooks_sweep()
    assert receiver.took == []
    with pytest.raises(WebhookNotActive):
        endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    with pytest.raises(WebhookNotActive):
        message_replay(actor=alice, endpoint_id=endpoint.pk, message_id=WebhookMessage.objects.get().pk)
    with pytest.raises(Invalid):
        endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="disabled")

    endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="active")
    webhooks_sweep()
    assert sent(receiver) == [1]


def test_a_replay_is_the_same_message(endpoint, alice, receiver):
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    webhooks_sweep()
    message_replay(actor=alice, endpoint_id=endpoint.pk, message_id=message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.answer_status, message.sent_at) == ("waiting", 0, None, None)
    webhooks_sweep()
    (_, first, body), (_, again, same) = receiver.took
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)


def test_what_waits_for_its_time_is_tried_now(endpoint, alice, receiver):
    receiver.statuses = [500, 204]
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    webhooks_sweep()
    webhooks_sweep()
    assert len(receiver.took) == 1
    message_replay(actor=alice, endpoint_id=endpoint.pk, message_id=message.pk)
    webhooks_sweep()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


# ---------------------------------------------------------------- long outages
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_a_receiver_that_was_down_for_an_hour_gets_everything_in_order(alice, settings):
    """The first answer is lost as the receiver dies; that message comes again under the same id. What was tried in vain
    comes with the next message that gets through, long before its time."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    port, verified = free_port(), []
    url = f"http://127.0.0.1:{port}/hook"
    secret = endpoint_create(actor=alice, url=url, events=["*"]).target.secret

    def check_and(answer: Callable[[Any], None]) -> Callable[[Any], None]:
        def checked(handler: Any) -> None:
            _path, headers, body = hook.took[-1]
            verified.append((headers["webhook-id"], Webhook(secret).verify(body, headers)["data"]["number"]))
            answer(handler)

        return checked

    def take(handler: Any) -> None:
        handler.send_response(204)
        handler.end_headers()

    with time_machine.travel(MOMENT, tick=False) as clock:
        with receiving(port=port) as hook:
            hook.answer = check_and(lambda handler: handler.connection.close())
            order_paid(alice, number=1)
            webhooks_sweep()
        for minute in range(60):
            clock.shift(timedelta(minutes=1))
            if minute % 20 == 5:
                order_paid(alice, number=2 + minute // 20)
                order_paid(alice, number=12 + minute // 20, about="order-2")
            webhooks_sweep()
        with receiving(port=port) as hook:
            hook.answer = check_and(take)
            clock.shift(timedelta(minutes=5))
            webhooks_sweep()
            assert [number for _id, number in verified] == [1]
            order_paid(alice, number=21, about="order-3")
            webhooks_sweep()

    assert not WebhookMessage.objects.exclude(state="sent").exists()
    numbers = [number for _id, number in verified]
    assert [number for number in numbers if number < 10] == [1, 1, 2, 3, 4]
    assert [number for number in numbers if number > 10] == [21, 12, 13, 14]
    ids = dict(verified)
    assert len(ids) == 8  # the repeated one has one id
    assert verified[0] == next(row for row in verified[1:] if row[1] == 1)


def test_after_five_days_without_a_success_it_is_disabled_and_said(endpoint, alice, receiver):
    receiver.statuses = [500]
    with time_machine.travel(MOMENT, tick=False) as clock:
        for day in range(6):
            order_paid(alice, number=day, about=f"order-{day}")
            for _ in range(30):
                clock.shift(timedelta(minutes=48))
                webhooks_sweep()
        target = WebhookTarget.objects.get()
        assert target.state == "disabled"
        assert MOMENT <= target.failing_since <= MOMENT + timedelta(hours=1)
        told = Notification.objects.filter(notification_type="webhook_failed").order_by("pk")
        assert [notice.user for notice in told] == [alice, alice]  # of the first that was given up, and of this
        assert "5 days" in told[1].message
        assert Delivery.objects.filter(template="webhook_disabled").count() == 1
        known = WebhookMessage.objects.count()
        order_paid(alice, number=99)
        assert WebhookMessage.objects.count() == known

        receiver.statuses, receiver.took[:] = [204], []
        webhooks_sweep()
        assert receiver.took == []
        endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="active")
        for _ in range(40):
            webhooks_sweep()
            clock.shift(timedelta(hours=1))
        assert sent(receiver) and not WebhookMessage.objects.filter(state="waiting").exists()
        assert WebhookTarget.objects.get().failing_since is None


def test_a_single_bad_minute_after_long_silence_disables_nothing(endpoint, alice, receiver):
    receiver.statuses = [500]
    WebhookTarget.objects.update(failing_since=timezone.now() - timedelta(days=30))
    endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    webhooks_sweep()
    assert WebhookTarget.objects.get().state == "active"


def test_an_address_that_is_gone_is_disabled_and_may_come_back(endpoint, alice, receiver):
    receiver.statuses = [410, 204]
    order_paid(alice, number=1)
    order_paid(alice, number=2)
    webhooks_sweep()
    assert (WebhookTarget.objects.get().state, WebhookTarget.objects.get().ended_at) == ("disabled", None)
    assert Delivery.objects.filter(template="webhook_disabled").count() == 1
    endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="active")
    webhooks_sweep()
    assert sent(receiver) == [1, 2]


def test_what_waits_for_long_for_one_that_is_not_active_is_forgotten(endpoint, alice):
    order_paid(alice)
    long_ago = timezone.now() - timedelta(days=31)
    WebhookMessage.objects.update(created_at=long_ago)
    assert webhooks_forget() == 0
    endpoint_change(actor=alice, endpoint_id=endpoint.pk, state="paused")
    assert webhooks_forget() == 1
    assert WebhookEndpoint.objects.exists()


# ---------------------------------------------------------------- the platform's
def test_administrators_alone_look_after_the_platform_s(endpoint, alice, bob, staff, admin):
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    for other in (bob, staff):
        with pytest.raises(Denied):
            platform_endpoint_create(actor=other, url=URL, events=["*"])
        for call in (platform_endpoint_remove, platform_secret_replace, platform_endpoint_test, endpoint_pause):
            with pytest.raises(Denied):
                call(actor=other, endpoint_id=endpoint.pk)
        with pytest.raises(Denied):
            message_replay_by_staff(actor=other, message_id=message.pk)
    for call in (platform_endpoint_remove, platform_secret_replace, platform_endpoint_test):
        with pytest.raises(Missing):  # a person's is not the platform's
            call(actor=admin, endpoint_id=endpoint.pk)
    assert not AuditEntry.objects.exists()


def test_what_administrators_do_is_in_the_trail(endpoint, alice, admin, receiver):
    platform = platform_endpoint_create(actor=admin, url=receiver.url, events=["*"], description="Bookkeeping")
    secret = platform.target.secret
    assert platform_secret_replace(actor=admin, endpoint_id=platform.pk).target.secret != secret
    platform_endpoint_test(actor=admin, endpoint_id=platform.pk)
    webhooks_sweep()
    message_replay_by_staff(actor=admin, message_id=WebhookMessage.objects.get().pk)
    webhooks_sweep()
    assert len(receiver.took) == 2
    endpoint_pause(actor=admin, endpoint_id=endpoint.pk)
    order_paid(alice)
    endpoint_enable(actor=admin, endpoint_id=endpoint.pk)
    platform_endpoint_remove(actor=admin, endpoint_id=platform.pk)

    trail = AuditEntry.objects.order_by("pk")
    assert [(entry.action, entry.before, entry.after) for entry in trail] == [
        ("webhook.create", {}, {"host": f"127.0.0.1:{receiver.port}", "events": ["*"]}),
        ("webhook.rotate_secret", {"state": "active"}, {"state": "active"}),
        ("webhook.test", {"state": "active"}, {"state": "active"}),
        ("webhook.replay", {"state": "sent", "attempts": 1}, {"state": "waiting", "attempts": 0}),
        ("webhook.pause", {"state": "active"}, {"state": "paused"}),
        ("webhook.enable", {"state": "paused"}, {"state": "active"}),
        ("webhook.remove", {"host": f"127.0.0.1:{receiver.port}", "events": ["*"]}, {}),
    ]
    assert not WebhookMessage.objects.filter(target=endpoint.target).exists()


def test_of_the_platform_s_every_administrator_is_told(admin, receiver):
    other = AdminFactory.create()
    UserFactory.create()
    receiver.statuses = [410]
    platform = platform_endpoint_create(actor=admin, url=receiver.url, events=["*"])
    platform_endpoint_test(actor=admin, endpoint_id=platform.pk)
    webhooks_sweep()
    assert {notice.user for notice in Notification.objects.all()} == {admin, other}


# ---------------------------------------------------------------- races
@pytest.mark.django_db(transaction=True)
def test_replayed_by_two_at_once_it_is_sent_once_more(endpoint, alice, receiver):
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    webhooks_send(endpoint.target_id)
    start = threading.Barrier(2)

    def replay() -> None:
        start.wait()
        message_replay(actor=alice, endpoint_id=endpoint.pk, message_id=message.pk)
        connection.close()

    threads = [threading.Thread(target=replay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    webhooks_send(endpoint.target_id)
    webhooks_send(endpoint.target_id)
    assert len(receiver.took) == 2


@pytest.mark.django_db(transaction=True)
def test_a_secret_replaced_while_messages_are_sent_signs_the_next_one(endpoint, alice, receiver):
    """The worker that had the target before goes on with it; the receiver still checks by the first secret."""
    secrets = {"first": endpoint.target.secret}

    def rotate(handler: Any) -> None:
        if "second" not in secrets:
            made = endpoint_secret_replace(actor=alice, endpoint_id=endpoint.pk)
            secrets["second"] = made.target.secret
            connection.close()
        handler.send_response(204)
        handler.end_headers()

    receiver.answer = rotate
    order_paid(alice, number=1)
    order_paid(alice, number=2)
    webhooks_send(endpoint.target_id)
    assert sent(receiver) == [1, 2]
    assert signers(receiver, secrets) == ["first", "second"]
    receiver.took.pop()
    assert signers(receiver, secrets) == ["first"]
