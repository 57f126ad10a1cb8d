"""Chats with the assistant: whose they are, what is stored when, one answer at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from commerce.tests.steps import order_of
from community.assistant.offline import GONE, NO_MODEL
from community.errors import AnswerGivenUp, StillAnswering
from community.models import ChatMessage, ChatSession
from community.selectors.chats import chat_visible, chats_of
from community.services.chats import chat_ask, chat_start, chat_stream
from config.core.errors import Invalid, Limited, Missing
from marketplace.models import Model3D
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def cube():
    return Model3DFactory(title="Cube", seller=ArtistFactory(username="alice"))


@pytest.fixture
def chat(bob, cube):
    return chat_start(actor=bob, model=cube.pk)


def ask(chat, text):
    return chat_ask(actor=chat.user, session=chat.uuid, text=text).answer.content


def test_both_are_stored_in_order(chat):
    exchange = chat_ask(actor=chat.user, session=chat.pk, text=" How big is it? ")
    stored = list(ChatMessage.objects.order_by("pk").values_list("author", "content", "answered_by"))
    assert stored == [
        ("user", "How big is it?", ""),
        ("assistant", "It measures 20 × 20 × 20 mm (width × depth × height).", "offline"),
    ]
    chat.refresh_from_db()
    assert (chat.claim, chat.claimed_until, chat.updated_at) == (None, None, exchange.answer.created_at)


def test_the_message_is_stored_before_the_answer_is_asked_for(chat):
    steps = chat_stream(actor=chat.user, session=chat.pk, text="How big is it?")
    message = next(steps)
    assert ChatMessage.objects.get() == message
    assert ChatSession.objects.get().claim is not None


def test_whoever_stops_listening_leaves_the_message_and_frees_the_session(chat):
    steps = chat_stream(actor=chat.user, session=chat.pk, text="How big is it?")
    next(steps)
    steps.close()
    assert ChatMessage.objects.get().author == "user"
    assert ChatSession.objects.get().claimed_until is None


def test_one_answer_at_a_time(chat, settings):
    steps = chat_stream(actor=chat.user, session=chat.pk, text="How big is it?")
    next(steps)
    with pytest.raises(StillAnswering):
        ask(chat, "And how heavy?")
    assert ChatMessage.objects.count() == 1
    list(steps)
    assert "9.92" in ask(chat, "How heavy is it in PLA?")


def test_what_a_dead_process_left_behind_runs_out(chat):
    """Its message stays without an answer, and an answer that comes too late is not stored."""
    late = chat_stream(actor=chat.user, session=chat.pk, text="How big is it?")
    next(late)
    ChatSession.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert "8 cm³" in ask(chat, "What is its volume?")
    with pytest.raises(AnswerGivenUp):
        list(late)
    assert list(ChatMessage.objects.order_by("pk").values_list("author", flat=True)) == ["user", "user", "assistant"]


def test_a_chat_is_its_person_s_alone(chat):
    for stranger in (BuyerFactory(), ArtistFactory(), AdminFactory()):
        for refused in (
            lambda stranger=stranger: chat_ask(actor=stranger, session=chat.uuid, text="Hello"),
            lambda stranger=stranger: chat_visible(actor=stranger, reference=chat.pk),
        ):
            with pytest.raises(Missing):
                refused()
        assert list(chats_of(actor=stranger)) == []
    assert ChatMessage.objects.count() == 0


def test_only_about_models_that_one_may_see(bob):
    draft = Model3DFactory(status="draft")
    for reference in (draft.pk, draft.uuid, 10**15):
        with pytest.raises(Missing):
            chat_start(actor=bob, model=reference)
    assert ChatSession.objects.count() == 0
    assert chat_start(actor=draft.seller, model=draft.uuid).model == draft


def test_a_model_withdrawn_later_is_not_talked_about(chat, cube):
    Model3D.objects.update(status="draft")
    assert ask(chat, "How big is it?") == GONE
    assert "Cube" not in ask(chat, "What is this model about?")
    Model3D.objects.all().delete()
    assert ask(chat, "How heavy is it?") == GONE


def test_without_a_model(bob):
    chat = chat_start(actor=bob)
    assert ask(chat, "How heavy is it?") == NO_MODEL


def test_own_orders_and_nobody_else_s(chat, bob):
    order = order_of(bob, ArtworkFactory(title="Sunset"))
    other = order_of(BuyerFactory(), ArtworkFactory(title="Secret"))
    said = ask(chat, "What have I ordered so far?")
    assert f"Order {order.pk}" in said and "Sunset" in said and "Secret" not in said
    assert ask(chat, f"Where is my order {order.pk}?").startswith(f"Order {order.pk} of")
    assert ask(chat, f"Where is my order {other.pk}?") == f"You have no order number {other.pk}."
    assert ask(chat, "where is my order 99999999999999999999?")


def test_follow_ups_carry_on(chat):
    assert "9.92 g in PLA" in ask(chat, "How heavy is it in PLA?")
    assert "8.32 g in ABS" in ask(chat, "and in ABS?")
    assert "20 × 20 × 20 mm" in ask(chat, "How big is it?")
    assert "2 × 2 × 2 cm" in ask(chat, "what about in cm?")


def test_who_it_is(chat):
    assert "not a person" in ask(chat, "Are you a human?")
    assert ask(chat, "Hello!").startswith("Hello!")


@pytest.mark.parametrize("state", ["waiting", "failed"])
def test_a_file_without_figures(chat, cube, state):
    cube.mesh.state = state
    cube.mesh.save()
    said = ask(chat, "How big is it?")
    assert ("not been analysed yet" if state == "waiting" else "could not be read") in said
    assert "20" not in said


def test_a_model_without_a_file(bob):
    chat = chat_start(actor=bob, model=Model3DFactory(title="Idea", mesh=None).pk)
    assert ask(chat, "How heavy is it?") == "“Idea” has no file yet, so nothing was measured in it."


def test_instructions_are_for_who_made_or_bought_it(chat, cube):
    Model3D.objects.update(instructions="Print it hollow.")
    assert "hollow" not in ask(chat, "How do I print this part?")
    mine = chat_start(actor=cube.seller, model=cube.pk)
    assert "Its maker says: “Print it hollow.”" in ask(mine, "How do I print this part?")


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2001, "a\0b", "half of \ud83d"])
def test_texts_that_are_none(chat, text):
    with pytest.raises(Invalid) as refusal:
        ask(chat, text)
    assert refusal.value.field == "message"
    assert ChatMessage.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "\u202e how big",
        "?" * 2000,
        "how " * 500,
        "a" * 2000,
        "🎨" * 900,
        "1x1x1 " * 300,
        "9" * 2000,
        "order " + "9" * 1900,
        'in in in in " " " 99999999999999 % 0.0000 mm layers',
        "how big at 0% scale and 99999999999% infill with 0.0 mm layers",
        "' OR 1=1; -- %s {0} {{7*7}} <script>",
        "DROP TABLE; \\x00 \\ud800",
        "\n".join(["How big is it?"] * 100),
    ],
)
def test_whatever_is_typed_gets_an_answer(chat, text):
    assert 0 < len(ask(chat, text)) <= 6000


def test_messages_an_hour(chat, settings):
    settings.CHAT_MESSAGES_PER_HOUR = 2
    settings.RATE_LIMITS = "on"
    ask(chat, "How big is it?")
    ask(chat_start(actor=chat.user), "Hello")
    with pytest.raises(Limited):
        ask(chat, "How heavy is it?")
    assert ChatMessage.objects.filter(author="user").count() == 2
    ChatMessage.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    ask(chat, "How heavy is it?")
