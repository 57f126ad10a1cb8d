"""v1's chats over HTTP: bob asks about alice's model."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from community.models import ChatMessage, ChatSession
from community.services.chats import chat_ask, chat_start, chat_stream
from marketplace.tests.factories import Model3DFactory
from tests.stand_ins.llm import FakeLLM, Says

pytestmark = pytest.mark.django_db
SESSIONS = "/api/v1/chat/sessions"
NOBODY = "4f506172-8394-4a5b-8c7d-8e9f0a1b2c3d"


def client_of(user) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def api(bob):
    return client_of(bob)


@pytest.fixture
def cube():
    return Model3DFactory(title="Cube", seller=ArtistFactory(username="alice"))


def messages_of(session) -> str:
    return f"{SESSIONS}/{session.uuid}/messages"


@pytest.mark.operation("v1.chat.sessions.create")
def test_starting(api, bob, cube):
    answer = api.post(SESSIONS, {"model_id": cube.pk}, format="json")
    session = ChatSession.objects.get()
    shown = answer.json()
    assert (answer.status_code, shown) == (
        201,
        {
            "id": str(session.uuid),
            "user_id": bob.pk,
            "model_id": cube.pk,
            "created_at": shown["created_at"],
            "updated_at": shown["updated_at"],
        },
    )
    assert shown["created_at"].endswith("Z")


@pytest.mark.parametrize("body", [{"model_id": None}, {}])
def test_without_a_model(api, body):
    assert api.post(SESSIONS, body, format="json").json()["model_id"] is None
    assert APIClient().post(SESSIONS, body, format="json").status_code == 401


def test_the_uuid_of_a_model_will_do_and_others_are_refused(api, cube):
    assert api.post(SESSIONS, {"model_id": str(cube.uuid)}, format="json").json()["model_id"] == cube.pk
    draft = Model3DFactory(status="draft")
    for unknown in (draft.pk, str(draft.uuid), NOBODY, 2**62):
        answer = api.post(SESSIONS, {"model_id": unknown}, format="json")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Model not found")
    for wrong in ("x", [], True, -1):
        answer = api.post(SESSIONS, {"model_id": wrong}, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "model_id")
    assert ChatSession.objects.count() == 1


@pytest.mark.operation("v1.chat.sessions.list")
def test_one_s_own_sessions_the_latest_first(api, bob, cube):
    first, second = chat_start(actor=bob, model=cube.pk), chat_start(actor=bob)
    chat_start(actor=cube.seller)
    chat_ask(actor=bob, session=first.pk, text="How big is it?")
    shown = api.get(SESSIONS).json()
    assert [item["id"] for item in shown] == [str(first.uuid), str(second.uuid)]
    assert set(shown[0]) == {"id", "user_id", "model_id", "created_at", "updated_at"}


@pytest.mark.operation("v1.chat.messages.send")
def test_asking(api, bob, cube):
    session = chat_start(actor=bob, model=cube.pk)
    sent = {"message": "How heavy is it in PLA?", "message_type": "text"}
    answer = api.post(messages_of(session), sent, format="json")
    asked, said = ChatMessage.objects.order_by("pk")
    shown = answer.json()
    assert (answer.status_code, shown) == (
        201,
        {
            "session_id": str(session.uuid),
            "user_message": {
                "id": str(asked.uuid),
                "session_id": str(session.uuid),
                "message_type": "user",
                "content": "How heavy is it in PLA?",
                "timestamp": shown["user_message"]["timestamp"],
                "answered_by": None,
            },
            "ai_response": {
                "id": str(said.uuid),
                "session_id": str(session.uuid),
                "message_type": "assistant",
                "content": "Solid, it weighs 9.92 g in PLA (about 3.98 g printed with 20% infill), at 1.24 g/cm³.",
                "timestamp": shown["ai_response"]["timestamp"],
                "answered_by": "offline",
            },
            "message": "Message sent successfully",
        },
    )


def test_a_language_model_answers_when_there_is_one(api, bob, settings):
    with FakeLLM() as fake:
        settings.LLM_BASE_URL, settings.LLM_MODEL = fake.url, "small-model"
        fake.will(Says("Lay it flat."))
        shown = api.post(messages_of(chat_start(actor=bob)), {"message": "How?"}, format="json").json()
    assert (shown["ai_response"]["content"], shown["ai_response"]["answered_by"]) == ("Lay it flat.", "small-model")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": " "}, "message"),
        ({"message": "x" * 2001}, "message"),
        ({"message": "a\0b"}, "message"),
        ({"message": ["Hello"]}, "message"),
        ({"message": "Hello", "message_type": "image"}, "message_type"),
    ],
)
def test_what_is_malformed_is_named(api, bob, body, field):
    answer = api.post(messages_of(chat_start(actor=bob)), body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert ChatMessage.objects.count() == 0


def test_two_at_once_are_refused_clearly(api, bob):
    session = chat_start(actor=bob)
    next(chat_stream(actor=bob, session=session.pk, text="Hello"))
    # The generator above is gone, and with it its claim: take one that stays.
    running = chat_stream(actor=bob, session=session.pk, text="Hello")
    next(running)
    answer = api.post(messages_of(session), {"message": "Hello?"}, format="json")
    assert (answer.status_code, answer.json()["detail"]) == (409, "The assistant is still answering your last message.")
    running.close()
    assert api.post(messages_of(session), {"message": "Hello?"}, format="json").status_code == 201


def test_too_many_messages(api, bob, settings):
    settings.RATE_LIMITS, settings.CHAT_MESSAGES_PER_HOUR = "on", 1
    session = chat_start(actor=bob)
    api.post(messages_of(session), {"message": "Hello"}, format="json")
    answer = api.post(messages_of(session), {"message": "Hello"}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


@pytest.mark.operation("v1.chat.messages.list")
def test_the_history(api, bob, cube):
    session = chat_start(actor=bob, model=cube.pk)
    chat_ask(actor=bob, session=session.pk, text="How big is it?")
    chat_ask(actor=bob, session=session.pk, text="And in cm?")
    shown = api.get(messages_of(session)).json()
    assert [item["message_type"] for item in shown] == ["user", "assistant"] * 2
    assert shown[2] == {
        "id": shown[2]["id"],
        "session_id": str(session.uuid),
        "message_type": "user",
        "content": "And in cm?",
        "timestamp": shown[2]["timestamp"],
        "answered_by": None,
        "file_name": None,
        "file_data": None,
    }


def test_a_history_costs_the_same_for_more_messages(api, bob):
    session = chat_start(actor=bob)
    ChatMessage.objects.create(session=session, author="user", content="1")
    with CaptureQueriesContext(connection) as few:
        api.get(messages_of(session))
    for number in range(29):
        ChatMessage.objects.create(session=session, author="user", content=str(number))
        chat_start(actor=bob)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(messages_of(session)).json()) == 30
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as of_sessions:
        assert len(api.get(SESSIONS).json()) == 30
    assert len(of_sessions) == len(few) - 1


def test_of_a_long_history_the_newest(api, bob):
    session = chat_start(actor=bob)
    rows = [ChatMessage(session=session, author="user", content=str(number)) for number in range(502)]
    ChatMessage.objects.bulk_create(rows)
    assert [item["content"] for item in api.get(messages_of(session)).json()][:2] == ["2", "3"]


def test_nobody_else_sees_it(bob):
    session = chat_start(actor=bob)
    for stranger in (BuyerFactory(username="charlie"), StaffFactory(), ArtistFactory()):
        client = client_of(stranger)
        for answer in (
            client.get(messages_of(session)),
            client.post(messages_of(session), {"message": "Hello"}, format="json"),
            client.get(f"{SESSIONS}/{NOBODY}/messages"),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Chat session not found")
        assert client.get(SESSIONS).json() == []
