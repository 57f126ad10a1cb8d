"""`/ws/chat/{session_id}`: who gets in, what is streamed, and what is left when something breaks off."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from accounts import sockets
from accounts.authentication import access_token
from accounts.services.sessions import token_issue
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from accounts.tests.socket_client import SocketClient
from community.api.v1.chats import ChatMessageOut
from community.models import ChatMessage, ChatSession
from community.services.chats import chat_start
from config.asgi import application
from config.launcher.environment import free_port
from marketplace.tests.factories import Model3DFactory
from tests.stand_ins.llm import FakeLLM, Hangs, Says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def chat(bob) -> ChatSession:
    cube = Model3DFactory.create(title="Cube", seller=ArtistFactory.create(username="alice"))
    return chat_start(actor=bob, model=cube.pk)


@pytest.fixture(autouse=True)
async def clean():
    sockets.AuthenticatedConsumer.open_sockets.clear()
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def fake(settings):
    with FakeLLM() as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_SECONDS = server.url, "small-model", 5
        yield server


async def entered(user, session_id) -> SocketClient:
    token = await sync_to_async(access_token)(user)
    socket = SocketClient(application, f"/ws/chat/{session_id}", headers={"authorization": f"Bearer {token}"})
    await socket.connect()
    return socket


async def opened(chat) -> SocketClient:
    socket = await entered(chat.user, chat.uuid)
    assert await socket.receive_json() == {"type": "ready"}
    return socket


async def until_answered(socket) -> list[dict]:
    heard: list[dict] = []
    while not heard or heard[-1]["type"] not in {"answer", "error"}:
        heard.append(await socket.receive_json())
    return heard


@sync_to_async
def stored(chat) -> list[tuple[str, str]]:
    return list(ChatMessage.objects.filter(session=chat).order_by("pk").values_list("author", "content"))


async def test_the_answer_comes_in_pieces_and_is_stored_as_rest_shows_it(chat):
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "How big is it? And how heavy in PLA?"})
    heard = await until_answered(socket)
    assert [step["type"] for step in heard[:2]] == ["received", "token"]
    answer = heard[-1]
    assert "".join(step["text"] for step in heard if step["type"] == "token") == answer["ai_response"]["content"]
    asked, said = await sync_to_async(lambda: list(ChatMessage.objects.select_related("session").order_by("pk")))()
    for shown, message in ((answer["user_message"], asked), (answer["ai_response"], said)):
        as_rest = await sync_to_async(lambda message=message: ChatMessageOut(message).data)()
        assert shown == dict(as_rest)
    assert heard[0]["user_message"] == answer["user_message"]
    assert (answer["session_id"], answer["ai_response"]["answered_by"]) == (str(chat.uuid), "offline")
    await socket.disconnect()


async def test_a_language_model_word_by_word(chat, fake):
    fake.will(Says("One ", "two ", "three."))
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "Count."})
    heard = await until_answered(socket)
    assert [step["text"] for step in heard if step["type"] == "token"] == ["One ", "two ", "three."]
    await socket.disconnect()


async def test_a_language_model_that_breaks_off_is_taken_back(chat, fake):
    fake.will(Says("It weighs a ton, ", finish=None))
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "How heavy is it in PLA?"})
    heard = await until_answered(socket)
    kinds = [step["type"] for step in heard]
    after = heard[kinds.index("restart") :]
    assert "".join(step["text"] for step in after if step["type"] == "token") == heard[-1]["ai_response"]["content"]
    assert "9.92 g" in heard[-1]["ai_response"]["content"]
    await socket.disconnect()


async def test_only_its_person_gets_in(chat):
    for stranger in (BuyerFactory, ArtistFactory, StaffFactory):
        socket = await entered(await sync_to_async(stranger)(), chat.uuid)
        assert await socket.closed_with() == sockets.NO_SUCH_SOCKET
    for nothing in ("4f506172-8394-4a5b-8c7d-8e9f0a1b2c3d", 10**15, 10**30, "x", ""):
        socket = await entered(chat.user, nothing)
        assert await socket.closed_with() == sockets.NO_SUCH_SOCKET


async def test_a_credential_is_needed(chat):
    socket = SocketClient(application, f"/ws/chat/{chat.uuid}")
    await socket.connect()
    await socket.send_json({"type": "message", "message": "Hello"})
    assert await socket.closed_with() == sockets.UNAUTHENTICATED
    assert await stored(chat) == []


async def test_by_first_message_and_by_number(chat):
    socket = SocketClient(application, f"/ws/chat/{chat.pk}/")
    await socket.connect()
    await socket.send_json({"type": "auth", "token": f"Token {await sync_to_async(token_issue)(chat.user)}"})
    assert await socket.receive_json() == {"type": "ready"}
    await socket.disconnect()


async def test_one_at_a_time_over_one_socket_or_two(chat, fake):
    fake.will(Hangs(2, "Let me "), Says("Later."))
    one, other = await opened(chat), await opened(chat)
    await one.send_json({"type": "message", "message": "First"})
    assert (await one.receive_json())["type"] == "received"
    for socket in (one, other):
        await socket.send_json({"type": "message", "message": "Second"})
        heard = [await socket.receive_json()]
        while heard[-1]["type"] == "token":
            heard.append(await socket.receive_json())
        assert (heard[-1]["type"], heard[-1]["code"]) == ("error", "still_answering")
        await socket.send_json({"type": "ping"})
        assert (await socket.receive_json())["type"] in {"pong", "token"}
    heard = await until_answered(one)
    assert heard[-1]["type"] == "answer"
    assert [author for author, _content in await stored(chat)] == ["user", "assistant"]
    await one.disconnect()
    await other.disconnect()


async def test_an_answer_is_stored_although_nobody_listens_any_more(chat, fake):
    fake.will(Says("One ", "two ", "three.", pause=0.1))
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "Count."})
    assert (await socket.receive_json())["type"] == "received"
    await socket.disconnect()
    for _ in range(50):
        if len(await stored(chat)) == 2:
            break
        await asyncio.sleep(0.1)
    assert await stored(chat) == [("user", "Count."), ("assistant", "One two three.")]


async def test_who_is_shut_out_asks_nothing_more(chat):
    socket = await opened(chat)
    await sync_to_async(lambda: type(chat.user).objects.update(is_active=False))()
    await socket.send_json({"type": "message", "message": "Hello"})
    assert await socket.closed_with() == sockets.UNAUTHENTICATED
    assert await stored(chat) == []


WRONG = [
    {"type": "message"},
    {"type": "message", "message": None},
    {"type": "message", "message": ["Hello"]},
    {"type": "token", "text": "Hello"},
    {"message": "Hello"},
]


async def test_other_messages_are_refused(chat):
    socket = await opened(chat)
    for message in WRONG:
        await socket.send_json(message)
        assert (await socket.receive_json())["code"] == "unknown_message"
    for text in ("", " ", "x" * 2001, "a\0b"):
        await socket.send_json({"type": "message", "message": text})
        assert (await socket.receive_json())["code"] == "invalid"
    await socket.send("no json")
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}
    assert await stored(chat) == []
    await socket.disconnect()


async def test_the_hourly_limit_counts_here_too(chat, settings):
    settings.RATE_LIMITS, settings.CHAT_MESSAGES_PER_HOUR = "on", 1
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "Hello"})
    assert (await until_answered(socket))[-1]["type"] == "answer"
    await socket.send_json({"type": "message", "message": "Hello"})
    refused = await socket.receive_json()
    assert (refused["type"], refused["code"], refused["retry_after"]) == ("error", "too_many_attempts", 60)
    await socket.disconnect()


async def test_it_needs_no_redis(chat, settings):
    gone = {"hosts": [f"redis://127.0.0.1:{free_port()}/0"]}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": gone}}
    socket = await opened(chat)
    await socket.send_json({"type": "message", "message": "How big is it?"})
    assert (await until_answered(socket))[-1]["type"] == "answer"
    await socket.disconnect()
