"""Nexus's messages over HTTP: the same conversations as CultureUp's."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Notification
from accounts.tests.factories import BuyerFactory, UserFactory
from accounts.tests.people import as_bearer, as_token
from community.models import Conversation, Message
from community.services.blocks import block_add
from community.services.messages import message_delete, message_send
from community.tests.api.nexus.test_communities import PERSON
from community.tests.factories import UploadFactory
from marketplace.services.uploads.files import upload_url

pytestmark = pytest.mark.django_db
MESSAGE = {"id", "conversation_id", "sender_id", "sender", "content", "attachments", "is_read", "created_at"}
CONVERSATION = {"id", "participant", "last_message", "unread_count", "created_at", "updated_at"}
START = "/api/messages/conversations"


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


def started(one, other, content="Hi"):
    return as_bearer(one).post(START, {"recipient_id": other.pk, "content": content}, format="json")


@pytest.mark.operation("nexus.messages.start")
def test_a_conversation_is_started_once(alice, bob):
    answer = started(alice, bob)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == CONVERSATION
    assert set(body["last_message"]) == MESSAGE
    assert set(body["participant"]) == PERSON
    assert (body["participant"]["username"], body["unread_count"]) == ("bob", 0)
    again = as_bearer(bob).post(START, {"username": "ALICE", "content": "Hello"}, format="json")
    assert (again.status_code, again.json()["id"], again.json()["unread_count"]) == (200, body["id"], 1)
    notification = Notification.objects.filter(user=bob).get()
    assert notification.notification_type == "new_message"
    myself = started(alice, alice)
    assert (myself.status_code, myself.json()) == (400, {"detail": "You cannot message yourself"})
    for sent in ({"recipient_id": 999999, "content": "Hi"}, {"username": "nobody", "content": "Hi"}):
        missing = as_bearer(alice).post(START, sent, format="json")
        assert (missing.status_code, missing.json()) == (404, {"detail": "User not found"})
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"content": "Hi"}, "recipient_id"),
        ({"recipient_id": 7}, "content"),
        ({"recipient_id": 7, "content": "x" * 5001}, "content"),
        ({"recipient_id": 7, "content": "Hi", "attachments": "x"}, "attachments"),
        ({"recipient_id": 7, "content": "Hi", "attachments": ["http://testserver/media/x"] * 11}, "attachments"),
        ({"recipient_id": 7, "content": "Hi", "attachments": ["https://evil.example/x.png"]}, "attachments"),
        ({"recipient_id": 7, "content": "Hi", "attachments": ["javascript:alert(1)"]}, "attachments"),
    ],
)
def test_what_is_no_message(alice, sent, field):
    answer = as_bearer(alice).post(START, sent, format="json")
    assert (answer.status_code, answer.json()["detail"][0]["loc"][:2]) == (422, ["body", field])
    assert Conversation.objects.count() == 0


@pytest.mark.operation("nexus.messages.send")
def test_five_thousand_letters_and_a_file(alice, bob):
    number = started(alice, bob).json()["id"]
    image, document = UploadFactory(owner=bob), UploadFactory(owner=bob, storage="private", stored="uploads/a.pdf")
    links = [f"http://testserver/media/{image.stored}", "http://testserver" + upload_url(document)]
    sent = {"content": "ø" * 5000, "attachments": links}
    answer = as_bearer(bob).post(f"/api/messages/{number}/send", sent, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == MESSAGE
    assert (body["content"], body["attachments"][0], body["is_read"]) == (sent["content"], links[0], False)
    assert body["attachments"][1].startswith("http://testserver/files/")
    assert image.uses.get().by == f"message:{body['id']}"
    of_another = as_bearer(alice).post(f"/api/messages/{number}/send", sent, format="json")
    assert (of_another.status_code, of_another.json()["detail"][0]["loc"]) == (422, ["body", "attachments"])
    stranger = as_bearer(UserFactory()).post(f"/api/messages/{number}/send", sent, format="json")
    assert (stranger.status_code, stranger.json()) == (404, {"detail": "Conversation not found"})
    blank = as_bearer(bob).post(f"/api/messages/{number}/send", {"content": " \n"}, format="json")
    assert (blank.status_code, blank.json()["detail"][0]["loc"]) == (422, ["body", "content"])


def test_cultureup_keeps_its_own_limit(alice, bob):
    sent = {"receiver_id": bob.pk, "content": "x" * 2001}
    assert as_token(alice).post("/api/messages/", sent, format="json").status_code == 400


@pytest.mark.operation("nexus.messages.retrieve")
def test_reading_marks_what_the_other_wrote(alice, bob, django_assert_num_queries):
    number = started(alice, bob, "0").json()["id"]
    for content in "1234":
        as_bearer(alice).post(f"/api/messages/{number}/send", {"content": content}, format="json")
    as_bearer(bob).post(f"/api/messages/{number}/send", {"content": "5"}, format="json")
    body = as_bearer(bob).get(f"/api/messages/{number}", {"limit": 3, "skip": 1}).json()
    assert set(body) == {"id", "participant", "messages", "total", "unread_count", "created_at", "updated_at"}
    assert [message["content"] for message in body["messages"]] == ["2", "3", "4"]
    assert (body["total"], body["unread_count"], body["participant"]["username"]) == (6, 0, "alice")
    assert Message.objects.filter(is_read=False).get().content == "5"
    assert as_bearer(UserFactory()).get(f"/api/messages/{number}").json() == {"detail": "Conversation not found"}
    assert as_bearer(bob).get(f"/api/messages/{10**30}").status_code == 404


@pytest.mark.operation("nexus.messages.conversations")
def test_the_latest_conversation_first(alice, bob, django_assert_num_queries):
    first = started(UserFactory(username="dora"), alice).json()
    started(bob, alice, "one")
    body = as_bearer(alice).get(START).json()
    assert [row["participant"]["username"] for row in body] == ["bob", "dora"]
    assert (body[0]["unread_count"], body[0]["last_message"]["content"]) == (1, "one")
    as_bearer(alice).post(f"/api/messages/{first['id']}/send", {"content": "Yes"}, format="json")
    assert [row["participant"]["username"] for row in as_bearer(alice).get(START).json()] == ["dora", "bob"]
    assert as_bearer(alice).get(START, {"page": 1}).json()["total"] == 2
    for message in Message.objects.filter(sender=bob):
        message_delete(actor=bob, message_id=message.pk)
    assert as_bearer(bob).get(START).json()[0]["last_message"] is None
    block_add(actor=alice, user_id=UserFactory(username="eve").pk)
    client = as_bearer(UserFactory._meta.model.objects.get(username="eve"))
    assert client.get(START).json() == []  # nobody learns who blocks them
    with django_assert_num_queries(3):
        as_bearer(alice).get(START)


def test_a_block_holds_here_too(alice, bob):
    number = started(alice, bob).json()["id"]
    block_add(actor=bob, user_id=alice.pk)
    for answer in (
        started(alice, bob, "again"),
        as_bearer(alice).post(f"/api/messages/{number}/send", {"content": "again"}, format="json"),
    ):
        assert (answer.status_code, answer.json()) == (
            403,
            {"detail": "You and this person cannot write to each other."},
        )
    assert Message.objects.count() == 1


def test_a_file_that_was_sent_in_cultureup_is_a_link_that_expires(alice, bob):
    message_send(actor=alice, receiver_id=bob.pk, content="Here", attachment=SimpleUploadedFile("brief.txt", b"A logo"))
    (link,) = as_bearer(bob).get(START).json()[0]["last_message"]["attachments"]
    assert link.startswith("http://testserver/files/")
    assert b"".join(as_bearer(bob).get(link).streaming_content) == b"A logo"


def test_who_closed_their_account_is_not_written_to(alice, bob):
    number = started(alice, bob).json()["id"]
    bob.is_active = False
    bob.save(update_fields=["is_active"])
    assert as_bearer(alice).post(f"/api/messages/{number}/send", {"content": "?"}, format="json").status_code == 404
    assert as_bearer(alice).get(f"/api/messages/{number}").status_code == 200
