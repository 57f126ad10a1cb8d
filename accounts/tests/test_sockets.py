"""`/ws/notifications`: who gets in, what is forwarded, and when it ends."""

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from rest_framework_simplejwt.tokens import AccessToken

from accounts import sockets
from accounts.actors import SYSTEM
from accounts.authentication import access_token
from accounts.services.api_keys import api_key_end, key_made
from accounts.services.notifications import notification_send, socket_message, unread_count_push
from accounts.services.people import user_ban
from accounts.services.sending import delivery_send
from accounts.services.sessions import sessions_end, token_issue
from accounts.sockets import group_of
from accounts.tests.factories import ApiKeyFactory, UserFactory
from accounts.tests.socket_client import SocketClient
from config.asgi import application
from config.launcher.environment import free_port

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ws/notifications"


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def token(alice) -> str:
    return token_issue(alice)


@pytest.fixture(autouse=True)
async def clean():
    sockets.AuthenticatedConsumer.open_sockets.clear()
    yield
    await sync_to_async(connections.close_all)()


def socket_with(path: str = PATH, *, subprotocols: list[str] | None = None, **headers: str) -> SocketClient:
    return SocketClient(application, path, headers=headers, subprotocols=subprotocols)


async def welcomed(socket: SocketClient, unread: int = 0) -> None:
    assert await socket.receive_json() == {"type": "connected", "unread_count": unread}
    assert await socket.receive_json() == {"type": "ready"}


async def signed_in(token: str) -> SocketClient:
    socket = socket_with(authorization=f"Token {token}")
    assert await socket.connect() is None
    await welcomed(socket)
    return socket


@sync_to_async
def notify(user, title="Artwork Approved"):
    """Written as a service does it, and brought as the worker does it."""
    notification = notification_send(
        user=user, notification_type="artwork_approved", title=title, message="On sale", data={"artwork_id": 7}
    )
    delivery_send(notification.deliveries.get().pk)
    return notification


async def test_by_header(alice, token):
    socket = await signed_in(token)
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}
    await socket.disconnect()


async def test_by_subprotocol(alice):
    socket = socket_with(subprotocols=["bearer", access_token(alice)])
    assert await socket.connect() == "bearer"
    await welcomed(socket)
    await socket.disconnect()


@pytest.mark.parametrize("scheme", ["Bearer ", "", "Token "])
async def test_by_first_message(alice, token, scheme):
    socket = socket_with()
    assert await socket.connect() is None
    credential = token if scheme == "Token " else access_token(alice)
    await socket.send_json({"type": "auth", "token": f"{scheme}{credential}"})
    await welcomed(socket)
    await socket.disconnect()


async def test_a_trailing_slash_is_the_same_socket(token):
    socket = socket_with(PATH + "/", authorization=f"Token {token}")
    await socket.connect()
    await welcomed(socket)
    await socket.disconnect()


WRONG_CREDENTIALS = [
    "Token nonsense",
    "Bearer a.b.c",
    "Basic YTpi",
    "Token",
    "nonsense",
    "Bearer \u00e9",
    "Token a\tb",
    "Token " + "f" * 64,
]


async def test_a_wrong_credential_is_refused(alice):
    for credential in WRONG_CREDENTIALS:
        socket = socket_with(authorization=credential)
        await socket.connect()
        assert await socket.closed_with() == sockets.UNAUTHENTICATED


WRONG_FIRST_MESSAGES = [
    '{"type": "auth"}',
    '{"type": "auth", "token": null}',
    '{"type": "auth", "token": {"a": 1}}',
    '{"type": "auth", "token": "Token \\u0000"}',
    '{"type": "auth", "token": "\\ud800"}',
    '{"type": "ping"}',
    "[]",
    "7",
    "no json",
    "",
    "[" * 10_000,
]


async def test_a_first_message_without_a_credential_is_refused():
    for message in WRONG_FIRST_MESSAGES:
        socket = socket_with()
        await socket.connect()
        await socket.send(message)
        assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_who_says_nothing_is_sent_away(monkeypatch):
    monkeypatch.setattr(sockets, "SECONDS_TO_AUTHENTICATE", 0.05)
    socket = socket_with()
    await socket.connect()
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_who_has_signed_in_may_be_silent(token, monkeypatch):
    monkeypatch.setattr(sockets, "SECONDS_TO_AUTHENTICATE", 1.0)
    socket = socket_with()
    await socket.connect()
    await socket.send_json({"type": "auth", "token": f"Token {token}"})
    await welcomed(socket)
    assert await socket.receive_nothing(1.3)
    await socket.disconnect()


async def test_big_and_binary_frames_end_the_socket(token):
    socket = await signed_in(token)
    await socket.send("x" * (sockets.MESSAGE_MAX_CHARACTERS + 1))
    assert await socket.closed_with() == sockets.MESSAGE_TOO_BIG
    socket = await signed_in(token)
    await socket.send(data=b"\x00")
    assert await socket.closed_with() == sockets.UNSUPPORTED_DATA


async def test_what_a_signed_in_person_says_otherwise_is_ignored(token):
    socket = await signed_in(token)
    for message in ("no json", "[]", '{"type": "auth", "token": "other"}', '{"type": "notification"}'):
        await socket.send(message)
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}
    await socket.disconnect()


ORIGINS = [
    (None, "localhost:8000", True),
    ("http://localhost:8000", "localhost:8000", True),
    ("http://localhost:3000", "localhost:8000", True),  # FRONTEND_URL
    ("http://localhost:9999", "localhost:8000", False),
    ("https://evil.example", "localhost:8000", False),
    ("https://evil.example", "evil.example", False),  # a name that is not ours, rebound to us
    ("http://localhost:3000.evil.example", "localhost:8000", False),
    ("null", "localhost:8000", False),
    ("null", "", False),
    ("http://[", "localhost:8000", False),
]


async def test_origin(token):
    for origin, host, is_let_in in ORIGINS:
        headers = {"authorization": f"Token {token}", "host": host} | ({"origin": origin} if origin else {})
        socket = socket_with(**headers)
        await socket.connect()
        if is_let_in:
            await welcomed(socket)
            await socket.disconnect()
        else:
            assert await socket.closed_with() == sockets.FORBIDDEN_ORIGIN


async def test_other_addresses_are_no_sockets():
    for path in ("/ws/", "/ws/nothing", "/ws/notifications/1", "/"):
        socket = socket_with(path)
        await socket.connect()
        assert await socket.closed_with() == sockets.NO_SUCH_SOCKET


async def test_the_address_carries_no_credential(token):
    socket = socket_with(f"{PATH}?token={token}")
    await socket.connect()
    await socket.send_json({"type": "ping"})
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_a_notification_arrives_at_all_sockets_of_its_person_alone(alice, token):
    charlie = await sync_to_async(UserFactory)(username="charlie")
    first, second = await signed_in(token), await signed_in(token)
    stranger = await signed_in(await sync_to_async(token_issue)(charlie))
    notification = await notify(alice)
    for socket in (first, second):
        message = await socket.receive_json()
        assert message == socket_message(notification, 1)
        assert message["created_at"].endswith("Z")
    assert set(message) == {
        *("type", "id", "notification_type", "title", "message", "data", "is_read", "created_at"),
        *("notification", "unread_count"),
    }
    assert message["type"] == "notification"
    assert message["notification"] == {
        "id": notification.pk,
        "user_id": alice.pk,
        "type": "artwork_approved",
        "title": "Artwork Approved",
        "message": "On sale",
        "link": None,
        "is_read": False,
        "created_at": message["created_at"],
    }
    assert await stranger.receive_nothing(0.2)
    for socket in (first, second, stranger):
        await socket.disconnect()


async def test_read_on_one_socket_is_counted_on_all(alice, token):
    notification = await notify(alice)
    sockets_of_alice = []
    for _ in range(2):
        socket = socket_with(authorization=f"Token {token}")
        await socket.connect()
        await welcomed(socket, unread=1)
        sockets_of_alice.append(socket)
    first, second = sockets_of_alice

    await first.send_json({"type": "mark_read", "id": notification.pk})
    assert await first.receive_nothing(0.2)  # the worker tells it
    await sync_to_async(unread_count_push)(alice.pk)

    for socket in (first, second):
        assert await socket.receive_json() == {"type": "unread_count", "unread_count": 0}
        await socket.disconnect()
    assert (await sync_to_async(alice.notifications.get)()).is_read


async def test_who_was_away_asks_for_what_they_missed(alice, token, monkeypatch):
    monkeypatch.setattr("accounts.services.notifications.MOST_MISSED", 2)
    seen, *missed = [await notify(alice, title) for title in ("Seen", "First", "Second", "Third")]
    await notify(await sync_to_async(UserFactory)(), "Another's")
    socket = socket_with(authorization=f"Token {token}")
    await socket.connect()
    await welcomed(socket, unread=4)

    await socket.send_json({"type": "since", "id": seen.pk})
    assert [(await socket.receive_json())["title"] for _ in range(2)] == ["First", "Second"]
    assert await socket.receive_json() == {"type": "caught_up", "complete": False, "unread_count": 4}
    await socket.send_json({"type": "since", "id": missed[1].pk})
    assert (await socket.receive_json())["notification"]["id"] == missed[2].pk
    assert await socket.receive_json() == {"type": "caught_up", "complete": True, "unread_count": 4}
    await socket.disconnect()


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ({"type": "mark_read"}, "Invalid message"),
        ({"type": "mark_read", "id": "1"}, "Invalid message"),
        ({"type": "mark_read", "id": True}, "Invalid message"),
        ({"type": "since", "id": -1}, "Invalid message"),
        ({"type": "since", "id": 10**30}, "Invalid message"),
        ({"type": "mark_read", "id": 1}, "Notification not found"),
        ({"type": "mark_read", "id": 2**63 - 1}, "Notification not found"),
    ],
)
async def test_messages_that_mean_nothing(token, message, detail):
    another = await notify(await sync_to_async(UserFactory)())
    socket = await signed_in(token)
    if message.get("id") == 1 and detail == "Notification not found":
        message = message | {"id": another.pk}
    await socket.send_json(message)
    assert await socket.receive_json() == {"type": "error", "detail": detail}
    await socket.disconnect()


async def test_before_signing_in_nothing_arrives(alice):
    socket = socket_with()
    await socket.connect()
    await notify(alice)
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


def deactivate(user):
    user.is_active = False
    user.save()


def end_token(user):
    user.auth_token_set.all().delete()


def ban(user):
    user_ban(actor=SYSTEM, user_id=user.pk)


async def test_an_api_key_opens_one_and_its_end_closes_it(alice):
    text = key_made()
    key = await sync_to_async(ApiKeyFactory)(user=alice, text=text, scopes=["read", "write"])
    socket = socket_with(authorization=f"Bearer {text}")
    await socket.connect()
    await welcomed(socket)
    await sync_to_async(api_key_end)(actor=alice, user_id=alice.pk, key_id=key.pk)
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


@pytest.mark.parametrize("end", [deactivate, sessions_end, end_token, ban])
async def test_who_is_shut_out_hears_nothing_more(alice, token, end):
    socket = await signed_in(token)
    await sync_to_async(end)(alice)
    await notify(alice)
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_two_factor_turned_on_later_ends_the_socket_of_an_access_token(alice):
    """Turning it on ends every other session, which raises the account's version."""
    socket = socket_with(authorization=f"Bearer {access_token(alice)}")
    await socket.connect()
    await welcomed(socket)
    await sync_to_async(sessions_end)(alice)
    await notify(alice)
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_an_idle_socket_ends_with_its_credential(alice, token, monkeypatch):
    monkeypatch.setattr(sockets, "SECONDS_BETWEEN_CHECKS", 0.05)
    socket = await signed_in(token)
    assert await socket.receive_nothing(0.2)
    await sync_to_async(deactivate)(alice)
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_an_access_token_ends_with_its_minutes(alice, settings):
    expired = AccessToken.for_user(alice)
    expired["ver"] = alice.credentials_version
    expired.set_exp(lifetime=-expired.lifetime)
    socket = socket_with(authorization=f"Bearer {expired}")
    await socket.connect()
    assert await socket.closed_with() == sockets.UNAUTHENTICATED


async def test_a_person_has_a_limited_number_of_sockets(token, monkeypatch):
    monkeypatch.setattr(sockets, "MOST_SOCKETS_A_PERSON", 2)
    first, second = await signed_in(token), await signed_in(token)
    third = socket_with(authorization=f"Token {token}")
    await third.connect()
    assert await third.closed_with() == sockets.TOO_MANY_SOCKETS
    await third.disconnect()
    await first.disconnect()
    fourth = await signed_in(token)  # a place was freed
    for socket in (second, fourth):
        await socket.disconnect()
    assert sockets.AuthenticatedConsumer.open_sockets == {}


async def test_without_a_channel_layer_the_client_is_asked_to_come_again(token, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"redis://127.0.0.1:{free_port()}/0"]},
        }
    }
    socket = socket_with(authorization=f"Token {token}")
    await socket.send_input({"type": "websocket.connect"})
    assert await socket.closed_with() == sockets.TRY_AGAIN_LATER


def test_groups_have_names_that_channels_accepts():
    assert group_of(7) == "user.7"
