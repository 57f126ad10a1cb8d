"""alice and bob write to each other; charlie must see nothing of it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Delivery, Notification
from accounts.services.accounts import house_account
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, UserFactory
from community.errors import NotYourMessage, TooLate, Unreachable
from community.models import Block, Conversation, Message
from community.services.blocks import block_add, block_remove
from community.services.messages import message_change, message_delete, message_mark_read, message_send
from community.tests.factories import BlockFactory, MessageFactory, UploadFactory
from config.core.errors import Invalid, Missing
from config.core.models import DiscardedFile
from jobs.choices import JobStatus
from jobs.tests.factories import BidFactory, JobFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db
WORDS = "Hi Bob, about the logo: could it be in gold?"


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def _at_once(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def text(content: bytes = b"A logo, please.", name: str = "brief.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def nothing_is_there() -> bool:
    return not (Message.objects.exists() or Notification.objects.exists() or DiscardedFile.objects.exists())


# ---------------------------------------------------------------- sending
def test_send(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    message = Message.objects.get(pk=message.pk)
    assert (message.sender, message.receiver, message.content) == (alice, bob, WORDS)
    assert (message.job, message.attachment.name, message.attachment_name) == (None, "", "")
    assert (message.is_read, message.read_at, message.edited_at) == (False, None, None)
    assert (message.conversation.first, message.conversation.second) == (alice, bob)


def test_both_ways_are_one_conversation(alice, bob):
    one = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    other = message_send(actor=bob, receiver_id=alice.pk, content="In gold, yes.")
    assert one.conversation_id == other.conversation_id
    assert Conversation.objects.count() == 1


def test_the_receiver_is_told_without_a_word_of_it(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachment=text(name="golden.txt"))
    told = Notification.objects.get()
    assert (told.user, told.notification_type, told.title) == (bob, "new_message", "New Message")
    assert told.message == "You have a new message from alice"
    assert told.data == {"message_id": message.pk, "sender_id": alice.pk}
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.user, delivery.context) == ("socket", bob, {})


def test_the_attachment_is_stored_privately_under_a_name_of_its_own(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachment=text(name="the brief.txt"))
    assert message.attachment.name.startswith("attachments/") and "brief" not in message.attachment.name
    assert (message.attachment_name, message.attachment_type) == ("the brief.txt", "text/plain")
    with storages["private"].open(message.attachment.name) as file:
        assert file.read() == b"A logo, please."
    assert not storages["default"].exists(message.attachment.name)
    assert not DiscardedFile.objects.exists()


@pytest.mark.parametrize("content", ["", "   \n\t", "x" * 5001])
def test_a_message_says_something_and_not_too_much(alice, bob, content):
    with pytest.raises(Invalid) as refusal:
        message_send(actor=alice, receiver_id=bob.pk, content=content)
    assert refusal.value.field == "content"
    assert nothing_is_there()


def test_five_thousand_characters_are_not_too_much(alice, bob):
    content = "ø" * 5000
    assert message_send(actor=alice, receiver_id=bob.pk, content=content).content == content


def test_nobody_is_written_to_who_is_not_there(alice):
    gone = UserFactory(is_active=False)
    for receiver_id in (10**9, gone.pk, house_account().pk, alice.pk):
        with pytest.raises(Invalid) as refusal:
            message_send(actor=alice, receiver_id=receiver_id, content=WORDS)
        assert refusal.value.field == "receiver_id"
    assert nothing_is_there() and not Conversation.objects.exists()


def test_a_file_that_may_not_be_attached_stops_the_message(alice, bob):
    with pytest.raises(Invalid) as refusal:
        message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachment=text(b"MZ\x90\0"))
    assert refusal.value.field == "attachment"
    assert nothing_is_there()


@pytest.mark.usefixtures("_at_once")
def test_a_message_that_fails_leaves_no_file(alice, bob, monkeypatch, django_capture_on_commit_callbacks):
    before = set(storages["private"].listdir("attachments")[1]) if storages["private"].exists("attachments") else set()
    monkeypatch.setattr("community.services.messages.notification_send", None)
    with pytest.raises(TypeError), django_capture_on_commit_callbacks(execute=True):
        message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachment=text())
    assert set(storages["private"].listdir("attachments")[1]) == before
    assert nothing_is_there()


# ---------------------------------------------------------------- what it is about
def test_anybody_may_ask_about_an_open_job(alice, bob):
    job = JobFactory(buyer=bob)
    assert message_send(actor=alice, receiver_id=bob.pk, content=WORDS, job_id=job.pk).job == job
    dora = ArtistFactory()
    assert message_send(actor=alice, receiver_id=dora.pk, content="Yours?", job_id=job.pk).job == job


@pytest.mark.parametrize("made", [hired_job, completed_job], ids=["under way", "completed"])
def test_its_buyer_its_artist_and_its_bidders_go_on_writing(alice, bob, made):
    dora = ArtistFactory(username="dora")
    job = made(buyer=bob, artist=alice)
    BidFactory(job=job, artist=dora, status="rejected")
    for actor, receiver in ((alice, bob), (bob, alice), (dora, bob), (bob, dora)):
        assert message_send(actor=actor, receiver_id=receiver.pk, content=WORDS, job_id=job.pk).job == job


def test_other_people_s_jobs_are_none_of_theirs(alice, bob):
    charlie = BuyerFactory(username="charlie")
    taken = hired_job(buyer=bob, artist=alice)
    cancelled = JobFactory(buyer=bob, status=JobStatus.CANCELLED)
    of_nobody = JobFactory(buyer__is_active=False)
    cases = [(charlie, bob, taken), (alice, charlie, taken), (alice, bob, cancelled), (alice, bob, of_nobody)]
    for actor, receiver, job in cases:
        with pytest.raises(Invalid) as refusal:
            message_send(actor=actor, receiver_id=receiver.pk, content=WORDS, job_id=job.pk)
        assert refusal.value.field == "job"
    with pytest.raises(Invalid):
        message_send(actor=alice, receiver_id=bob.pk, content=WORDS, job_id=10**9)
    assert nothing_is_there()


# ---------------------------------------------------------------- blocks
def test_of_two_people_one_of_whom_blocks_the_other_neither_writes(alice, bob):
    block_add(actor=bob, user_id=alice.pk)
    words = set()
    for actor, receiver in ((alice, bob), (bob, alice)):
        with pytest.raises(Unreachable) as refusal:
            message_send(actor=actor, receiver_id=receiver.pk, content=WORDS, attachment=text())
        words.add(refusal.value.message)
    assert len(words) == 1, "nobody learns who blocks whom"
    assert nothing_is_there()


def test_a_block_is_made_once_and_taken_back(alice, bob):
    block_add(actor=bob, user_id=alice.pk)
    block_add(actor=bob, user_id=alice.pk)
    assert Block.objects.count() == 1
    for _ in range(2):
        block_remove(actor=bob, user_id=alice.pk)
    assert not Block.objects.exists()
    message_send(actor=alice, receiver_id=bob.pk, content=WORDS)


def test_taking_back_one_s_own_block_leaves_the_other_s(alice, bob):
    BlockFactory(blocker=alice, blocked=bob)
    block_add(actor=bob, user_id=alice.pk)
    block_remove(actor=bob, user_id=alice.pk)
    assert Block.objects.get().blocker == alice
    with pytest.raises(Unreachable):
        message_send(actor=bob, receiver_id=alice.pk, content=WORDS)


def test_nobody_blocks_himself_or_nobody(alice):
    with pytest.raises(Invalid):
        block_add(actor=alice, user_id=alice.pk)
    for change in (block_add, block_remove):
        with pytest.raises(Missing):
            change(actor=alice, user_id=10**9)
    assert not Block.objects.exists() and not Conversation.objects.exists()


# ---------------------------------------------------------------- changing
def test_change(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    changed = message_change(actor=alice, message_id=message.pk, content="In silver.", receiver_id=bob.pk)
    message.refresh_from_db()
    assert (changed.content, message.content, message.receiver, message.is_read) == ("In silver.",) * 2 + (bob, False)
    assert message.edited_at is not None
    assert Notification.objects.count() == 1


def test_the_same_words_are_no_change(alice, bob):
    message = MessageFactory(sender=alice, receiver=bob)
    assert message_change(actor=alice, message_id=message.pk, content=message.content).edited_at is None
    assert message_change(actor=alice, message_id=message.pk).edited_at is None


@pytest.mark.parametrize(("minutes", "allowed"), [(14.9, True), (15.1, False)])
def test_words_can_be_changed_for_fifteen_minutes(alice, bob, minutes, allowed):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        if allowed:
            message_change(actor=alice, message_id=message.pk, content="In silver.")
        else:
            with pytest.raises(TooLate):
                message_change(actor=alice, message_id=message.pk, content="In silver.")
    message.refresh_from_db()
    assert message.content == ("In silver." if allowed else WORDS)


def test_only_its_sender_changes_it(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    with pytest.raises(NotYourMessage):
        message_change(actor=bob, message_id=message.pk, content="In silver.")
    for stranger in (UserFactory(username="charlie"), AdminFactory()):
        with pytest.raises(Missing):
            message_change(actor=stranger, message_id=message.pk, content="In silver.")
    with pytest.raises(Invalid) as refusal:
        message_change(actor=alice, message_id=message.pk, content="In silver.", receiver_id=alice.pk)
    assert refusal.value.field == "receiver_id"
    with pytest.raises(Invalid):
        message_change(actor=alice, message_id=message.pk, content="  ")
    message.refresh_from_db()
    assert (message.content, message.edited_at, message.receiver) == (WORDS, None, bob)


def test_a_block_also_stops_changes(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    block_add(actor=bob, user_id=alice.pk)
    with pytest.raises(Unreachable):
        message_change(actor=alice, message_id=message.pk, content="Whatever else I want to say.")
    message.refresh_from_db()
    assert message.content == WORDS


# ---------------------------------------------------------------- deleting
@pytest.mark.usefixtures("_at_once")
def test_its_sender_takes_it_back_for_both(alice, bob, django_capture_on_commit_callbacks):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachment=text())
    with django_capture_on_commit_callbacks(execute=True):
        message_delete(actor=alice, message_id=message.pk)
    assert not Message.objects.exists()
    assert not storages["private"].exists(message.attachment.name)
    assert not DiscardedFile.objects.exists()


def test_what_it_kept_may_go_with_it(alice, bob):
    image = UploadFactory(owner=alice)
    sent = [
        message_send(actor=alice, receiver_id=bob.pk, content=WORDS, attachments=[(image.storage, image.stored)])
        for _ in range(2)
    ]
    message_delete(actor=alice, message_id=sent[0].pk)
    assert image.uses.get().by == f"message:{sent[1].pk}"
    message_delete(actor=alice, message_id=sent[1].pk)
    assert not image.uses.exists()


def test_later_it_is_hidden_for_who_deletes(alice, bob):
    message = MessageFactory(sender=alice, receiver=bob, attached=b"A logo.")
    message_delete(actor=alice, message_id=message.pk)
    message.refresh_from_db()
    assert (message.hidden_for_sender, message.hidden_for_receiver) == (True, False)
    with pytest.raises(Missing):
        message_delete(actor=alice, message_id=message.pk)
    assert message_mark_read(actor=bob, message_id=message.pk).is_read
    assert storages["private"].exists(message.attachment.name)


def test_its_receiver_hides_it_at_any_time(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    message_delete(actor=bob, message_id=message.pk)
    message.refresh_from_db()
    assert (message.hidden_for_sender, message.hidden_for_receiver) == (False, True)
    with pytest.raises(Missing):
        message_mark_read(actor=bob, message_id=message.pk)


@pytest.mark.usefixtures("_at_once")
def test_what_both_have_hidden_is_removed(alice, bob, django_capture_on_commit_callbacks):
    message = MessageFactory(sender=alice, receiver=bob, attached=b"A logo.")
    message_delete(actor=bob, message_id=message.pk)
    with django_capture_on_commit_callbacks(execute=True):
        message_delete(actor=alice, message_id=message.pk)
    assert not Message.objects.exists()
    assert not storages["private"].exists(message.attachment.name)


def test_strangers_and_staff_delete_nothing(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    for stranger in (UserFactory(username="charlie"), AdminFactory()):
        with pytest.raises(Missing):
            message_delete(actor=stranger, message_id=message.pk)
    message.refresh_from_db()
    assert (message.hidden_for_sender, message.hidden_for_receiver) == (False, False)


# ---------------------------------------------------------------- reading
def test_its_receiver_marks_it_as_read_and_the_first_time_stays(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    first = message_mark_read(actor=bob, message_id=message.pk)
    assert first.is_read and first.read_at is not None
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert message_mark_read(actor=bob, message_id=message.pk).read_at == first.read_at


def test_nobody_else_marks_it_as_read(alice, bob):
    message = message_send(actor=alice, receiver_id=bob.pk, content=WORDS)
    with pytest.raises(NotYourMessage):
        message_mark_read(actor=alice, message_id=message.pk)
    for stranger in (UserFactory(username="charlie"), AdminFactory()):
        with pytest.raises(Missing):
            message_mark_read(actor=stranger, message_id=message.pk)
    message.refresh_from_db()
    assert (message.is_read, message.read_at) == (False, None)
