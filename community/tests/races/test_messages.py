"""Two at the same moment, each with a connection of their own."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import Notification
from accounts.tests.factories import UserFactory
from commerce.tests.steps import at_once
from community.errors import Unreachable
from community.models import Block, Conversation, Message
from community.services.blocks import block_add
from community.services.messages import message_change, message_delete, message_mark_read, message_send
from community.tests.factories import MessageFactory
from config.core.errors import Missing
from config.core.models import DiscardedFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return UserFactory(username="bob")


@pytest.mark.parametrize("number", range(3))
def test_the_first_messages_of_two_people_make_one_conversation(alice, bob, number):
    sent = at_once(
        *[lambda: message_send(actor=alice, receiver_id=bob.pk, content="Hi Bob")] * 3,
        *[lambda: message_send(actor=bob, receiver_id=alice.pk, content="Hi Alice")] * 3,
    )
    assert {type(result) for result in sent} == {Message}
    assert (Conversation.objects.count(), Message.objects.count(), Notification.objects.count()) == (1, 6, 6)


@pytest.mark.parametrize("number", range(3))
def test_no_message_is_written_after_a_block(alice, bob, number):
    """Whoever comes first: what is sent was sent before the block was made."""
    blocked = threading.Event()
    late = []

    def block():
        block_add(actor=bob, user_id=alice.pk)
        blocked.set()

    def send():
        known_before = blocked.is_set()
        message_send(actor=alice, receiver_id=bob.pk, content="Hi Bob")
        late.append(known_before)

    results = at_once(send, block, send, send)
    assert {type(result) for result in results} <= {type(None), Unreachable}
    assert Message.objects.count() == len(late) and not any(late)
    with pytest.raises(Unreachable):
        message_send(actor=alice, receiver_id=bob.pk, content="Hi again")


def test_a_block_waits_for_a_message_that_is_being_sent_and_is_kept_by_the_next(alice, bob, monkeypatch):
    """The block comes while a message stands between its check and its commit."""
    from community.services import messages

    checked, go_on = threading.Event(), threading.Event()
    tell = messages.notification_send

    def slowly(**told):
        checked.set()
        go_on.wait(10)
        return tell(**told)

    monkeypatch.setattr(messages, "notification_send", slowly)
    seen = []

    def send():
        message_send(actor=alice, receiver_id=bob.pk, content="Hi Bob")

    def block():
        checked.wait(10)
        threading.Timer(0.5, go_on.set).start()
        block_add(actor=bob, user_id=alice.pk)
        seen.append(Message.objects.filter(content="Hi Bob").exists())

    assert at_once(send, block) == [None, None]
    assert seen == [True]  # when the block was there, so was the message
    assert Message.objects.count() == 1


def test_two_blocks_at_once_are_one(alice, bob):
    at_once(*[lambda: block_add(actor=alice, user_id=bob.pk)] * 4)
    assert Block.objects.count() == 1


@pytest.mark.parametrize("number", range(3))
def test_both_hide_it_at_once_and_it_is_gone_with_its_file(alice, bob, number):
    message = MessageFactory(sender=alice, receiver=bob, attached=b"A logo.")
    results = at_once(
        lambda: message_delete(actor=alice, message_id=message.pk),
        lambda: message_delete(actor=bob, message_id=message.pk),
    )
    assert results == [None, None]
    assert not Message.objects.exists()
    assert DiscardedFile.objects.filter(name=message.attachment.name).count() <= 1


def test_a_double_click_on_delete_deletes_once(alice, bob):
    message = message_send(
        actor=alice, receiver_id=bob.pk, content="Hi", attachment=SimpleUploadedFile("a.txt", b"A logo.")
    )
    results = at_once(*[lambda: message_delete(actor=alice, message_id=message.pk)] * 3)
    assert sorted(type(result).__name__ for result in results) == ["Missing", "Missing", "NoneType"]
    assert not Message.objects.exists()


def test_changing_reading_and_deleting_at_once_is_no_fault(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content="Hi")
    results = at_once(
        lambda: message_change(actor=alice, message_id=message.pk, content="Hello"),
        lambda: message_mark_read(actor=bob, message_id=message.pk),
        lambda: message_delete(actor=alice, message_id=message.pk),
    )
    assert {type(result) for result in results} <= {Message, Missing, type(None)}
    assert not Message.objects.exists()
    connection.close()
