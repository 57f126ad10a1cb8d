"""Messages sent at the same moment, each over a connection of its own."""

import pytest

from accounts.tests.factories import BuyerFactory
from commerce.tests.steps import at_once
from community.errors import StillAnswering
from community.models import ChatMessage, ChatSession
from community.services.chats import Exchange, chat_ask, chat_start
from tests.stand_ins.llm import FakeLLM, Says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("number", range(3))
def test_one_of_several_is_answered_and_the_others_are_refused(number, settings):
    with FakeLLM() as fake:
        settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_SECONDS = fake.url, "m", 20
        fake.will(Says("Slowly ", "said.", pause=1.5))
        bob = BuyerFactory()
        chat = chat_start(actor=bob)
        results = at_once(*[lambda: chat_ask(actor=bob, session=chat.pk, text="Hello")] * 4)
    kinds = [type(result) for result in results]
    assert (kinds.count(Exchange), kinds.count(StillAnswering)) == (1, 3)
    assert list(ChatMessage.objects.order_by("pk").values_list("author", flat=True)) == ["user", "assistant"]
    assert ChatSession.objects.get().claim is None


def test_two_sessions_do_not_wait_for_each_other():
    bob = BuyerFactory()
    chats = [chat_start(actor=bob) for _ in range(2)]
    results = at_once(*[lambda chat=chat: chat_ask(actor=bob, session=chat.pk, text="Hello") for chat in chats])
    assert {type(result) for result in results} == {Exchange}
