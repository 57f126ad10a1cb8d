"""CultureUp's messages over HTTP: between alice and bob, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, StaffFactory, UserFactory
from community.models import Block, Message
from community.tests.factories import BlockFactory, MessageFactory
from jobs.tests.factories import JobFactory

pytestmark = pytest.mark.django_db
URL = "/api/messages/"
MOMENT = datetime(2025, 10, 12, 11, 30, tzinfo=UTC)
SHAPE = {
    *("id", "sender", "receiver", "job", "content", "attachment", "attachment_name", "is_read", "edited_at"),
    "created_at",
}


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def api(alice):
    return client_of(alice)


def pdf(name: str = "brief.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.7\n", "application/pdf")


# ---------------------------------------------------------------- the list
@pytest.mark.operation("cultureup.messages.list")
def test_list_holds_what_the_caller_wrote_and_got_newest_first(api, alice, bob):
    got = MessageFactory(sender=bob, receiver=alice, created_at=MOMENT, job=JobFactory(buyer=bob))
    sent = MessageFactory(sender=alice, receiver=bob)
    MessageFactory()
    MessageFactory(sender=alice, hidden_for_sender=True)
    MessageFactory(receiver=alice, hidden_for_receiver=True)
    answer = api.get(URL)
    assert answer.status_code == 200
    body = answer.json()
    assert [body["count"], body["next"], body["previous"]] == [2, None, None]
    assert [row["id"] for row in body["results"]] == [sent.pk, got.pk]
    assert body["results"][1] == {
        "id": got.pk,
        "sender": {"id": bob.pk, "username": "bob", "first_name": "Bob", "last_name": "Example"},
        "receiver": {"id": alice.pk, "username": "alice", "first_name": "Alice", "last_name": "Example"},
        "job": got.job_id,
        "content": "Can we discuss the requirements?",
        "attachment": None,
        "attachment_name": None,
        "is_read": False,
        "edited_at": None,
        "created_at": "2025-10-12T11:30:00Z",
    }


@pytest.mark.operation("cultureup.messages.list")
def test_list_filters_and_orders(api, alice, bob):
    job = JobFactory(buyer=bob)
    read = MessageFactory(sender=bob, receiver=alice, is_read=True, created_at=MOMENT)
    about = MessageFactory(sender=alice, receiver=bob, job=job)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(URL + query).json()["results"]]

    assert ids("?is_read=true") == [read.pk]
    assert ids("?is_read=false") == [about.pk]
    assert ids("?is_read=") == [about.pk, read.pk]
    assert ids(f"?job={job.pk}") == [about.pk]
    assert ids("?job=0") == []
    assert ids("?ordering=created_at") == [read.pk, about.pk]
    assert ids("?page_size=1&page=2") == [read.pk]
    assert api.get(URL + "?page=2").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"), [("is_read=perhaps", "is_read"), ("job=logo", "job"), ("ordering=content", "ordering")]
)
@pytest.mark.operation("cultureup.messages.list")
def test_list_names_the_malformed_parameter(api, query, field):
    answer = api.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.operation("cultureup.messages.list")
def test_list_costs_the_same_queries_for_one_and_for_thirty(api, alice, django_assert_num_queries):
    MessageFactory(receiver=alice, attached=b"A logo.")
    with django_assert_num_queries(2):
        api.get(URL)
    for _ in range(29):
        MessageFactory(sender=alice, job=JobFactory(), attached=b"A logo.")
    with django_assert_num_queries(2):
        assert len(api.get(URL + "?page_size=30").json()["results"]) == 30


# ---------------------------------------------------------------- sending
@pytest.mark.operation("cultureup.messages.create")
def test_create_from_a_form_with_a_file(api, alice, bob):
    job = JobFactory(buyer=bob)
    sent = {"receiver_id": bob.pk, "job": job.pk, "content": "Is the deadline firm?", "attachment": pdf()}
    answer = api.post(URL, sent, format="multipart")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == SHAPE
    assert (body["sender"]["id"], body["receiver"]["id"], body["job"]) == (alice.pk, bob.pk, job.pk)
    assert (body["content"], body["is_read"], body["edited_at"]) == ("Is the deadline firm?", False, None)
    assert body["attachment_name"] == "brief.pdf"
    assert body["attachment"].startswith("http://testserver/files/")
    saved = Client().get(body["attachment"].removeprefix("http://testserver"))
    assert saved["Content-Disposition"] == 'attachment; filename="brief.pdf"'
    assert b"".join(saved.streaming_content) == b"%PDF-1.7\n"


@pytest.mark.parametrize("more", [{}, {"job": None, "attachment": None}])
@pytest.mark.operation("cultureup.messages.create")
def test_create_from_json(api, bob, more):
    answer = api.post(URL, {"receiver_id": bob.pk, "content": "  Hi, <b>Bob</b>  ", **more}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["content"], body["job"], body["attachment"]) == ("Hi, <b>Bob</b>", None, None)


@pytest.mark.operation("cultureup.messages.create")
def test_create_from_a_form_whose_job_is_empty(api, bob):
    answer = api.post(URL, {"receiver_id": bob.pk, "content": "Hi", "job": ""}, format="multipart")
    assert (answer.status_code, answer.json().get("job")) == (201, None)


@pytest.mark.operation("cultureup.messages.create")
def test_create_believes_nothing_that_is_the_server_s(api, alice, bob):
    charlie = UserFactory(username="charlie")
    forged = {"sender": charlie.pk, "sender_id": charlie.pk, "is_read": True, "created_at": "2001-01-01T00:00:00Z"}
    api.post(URL, {"receiver_id": bob.pk, "content": "Hi"} | forged, format="json")
    message = Message.objects.get()
    assert (message.sender, message.is_read, message.created_at.year > 2001) == (alice, False, True)


@pytest.mark.operation("cultureup.messages.create")
def test_create_names_what_is_wrong(api, alice, bob):
    job = JobFactory(buyer=bob, status="cancelled")
    cases = [
        ({}, "receiver_id"),
        ({"receiver_id": "bob"}, "receiver_id"),
        ({"receiver_id": alice.pk}, "receiver_id"),
        ({"receiver_id": 10**9}, "receiver_id"),
        ({"receiver_id": UserFactory(is_active=False).pk}, "receiver_id"),
        ({"content": " "}, "content"),
        ({"content": None}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "x" * 2001}, "content"),
        ({"content": ["Hi"]}, "content"),
        ({"job": 10**9}, "job"),
        ({"job": job.pk}, "job"),
        ({"attachment": "http://example.com/brief.pdf"}, "attachment"),
    ]
    for wrong, field in cases:
        sent = {"content": "Hi"} | ({} if wrong == {} else {"receiver_id": bob.pk}) | wrong
        answer = api.post(URL, sent, format="json")
        assert (answer.status_code, list(answer.json())) == (400, [field]), wrong
    file = SimpleUploadedFile("brief.pdf", b"MZ\x90\0", "application/pdf")
    answer = api.post(URL, {"receiver_id": bob.pk, "content": "Hi", "attachment": file}, format="multipart")
    assert (answer.status_code, list(answer.json())) == (400, ["attachment"])
    assert not Message.objects.exists()


@pytest.mark.operation("cultureup.messages.create")
def test_create_between_people_who_block_each_other(api, alice, bob):
    BlockFactory(blocker=bob, blocked=alice)
    answers = [
        api.post(URL, {"receiver_id": bob.pk, "content": "Hi"}, format="json"),
        client_of(bob).post(URL, {"receiver_id": alice.pk, "content": "Hi"}, format="json"),
    ]
    for answer in answers:
        refusal = {"detail": "You and this person cannot write to each other."}
        assert (answer.status_code, answer.json()) == (403, refusal)
    assert not Message.objects.exists()


# ---------------------------------------------------------------- one message
@pytest.mark.operation("cultureup.messages.get")
def test_get_is_for_the_two_people_alone(api, alice, bob):
    message = MessageFactory(sender=alice, receiver=bob, attached=b"A logo.")
    for client in (api, client_of(bob)):
        answer = client.get(f"{URL}{message.pk}/")
        assert (answer.status_code, set(answer.json())) == (200, SHAPE)
        assert answer.json()["attachment"].startswith("http://testserver/files/")
    charlie = UserFactory(username="charlie")
    for other in (charlie, StaffFactory(), AdminFactory()):
        answer = client_of(other).get(f"{URL}{message.pk}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Message not found"})
    assert api.get(f"{URL}{10**30}/").status_code == 404
    message.refresh_from_db()
    assert message.is_read is False


@pytest.mark.operation("cultureup.messages.update")
def test_update(api, alice, bob):
    message = MessageFactory(sender=alice, receiver=bob, created_at=timezone.now())
    answer = api.put(f"{URL}{message.pk}/", {"receiver_id": bob.pk, "content": "In silver."}, format="json")
    assert (answer.status_code, set(answer.json())) == (200, SHAPE)
    assert answer.json()["content"] == "In silver."
    assert answer.json()["edited_at"] is not None
    charlie = UserFactory(username="charlie")
    for sent, field in (({"receiver_id": charlie.pk, "content": "X"}, "receiver_id"), ({}, "content")):
        refused = api.put(f"{URL}{message.pk}/", sent, format="json")
        assert (refused.status_code, list(refused.json())) == (400, [field])
    message.refresh_from_db()
    assert (message.content, message.receiver) == ("In silver.", bob)


@pytest.mark.operation("cultureup.messages.partial_update")
def test_partial_update(api, alice, bob):
    message = MessageFactory(sender=alice, receiver=bob, created_at=timezone.now())
    forged = {"is_read": True, "job": JobFactory().pk, "attachment_name": "x"}
    answer = api.patch(f"{URL}{message.pk}/", {"content": "In silver."} | forged, format="json")
    assert (answer.status_code, answer.json()["content"], answer.json()["job"]) == (200, "In silver.", None)
    assert answer.json()["is_read"] is False
    assert api.patch(f"{URL}{message.pk}/", {}, format="json").json()["content"] == "In silver."
    refused = client_of(bob).patch(f"{URL}{message.pk}/", {"content": "In lead."}, format="json")
    assert (refused.status_code, refused.json()) == (403, {"detail": "Only its sender changes a message."})
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        late = api.patch(f"{URL}{message.pk}/", {"content": "In lead."}, format="json")
    words = {"error": "A message can be changed for 15 minutes.", "code": "too_late"}
    assert (late.status_code, late.json()) == (400, words)
    message.refresh_from_db()
    assert message.content == "In silver."


@pytest.mark.operation("cultureup.messages.delete")
def test_delete(api, alice, bob):
    fresh = MessageFactory(sender=alice, receiver=bob, created_at=timezone.now())
    old = MessageFactory(sender=alice, receiver=bob)
    for message in (fresh, old):
        answer = api.delete(f"{URL}{message.pk}/")
        assert (answer.status_code, answer.content) == (204, b"")
        assert api.get(f"{URL}{message.pk}/").status_code == 404
        assert api.delete(f"{URL}{message.pk}/").status_code == 404
    assert [client_of(bob).get(f"{URL}{message.pk}/").status_code for message in (fresh, old)] == [404, 200]


@pytest.mark.operation("cultureup.messages.mark_read")
def test_mark_read(api, alice, bob):
    message = MessageFactory(sender=bob, receiver=alice)
    for _ in range(2):
        answer = api.post(f"{URL}{message.pk}/mark-read/")
        expected = {"message": "Message marked as read", "message_id": message.pk, "is_read": True}
        assert (answer.status_code, answer.json()) == (200, expected)
    assert client_of(bob).post(f"{URL}{message.pk}/mark-read/").status_code == 403


# ---------------------------------------------------------------- conversations
@pytest.mark.operation("cultureup.messages.conversations")
def test_conversations(api, alice, bob):
    bob.profile_image.name = "profiles/bob.jpg"
    bob.save()
    gone = UserFactory(username="gone", is_active=False)
    BlockFactory(blocker=alice, blocked=bob)
    MessageFactory(sender=bob, receiver=alice, created_at=MOMENT)
    MessageFactory(sender=bob, receiver=alice, created_at=MOMENT, is_read=True)
    last = MessageFactory(sender=alice, receiver=bob, created_at=MOMENT + timedelta(hours=1), content="Great!")
    MessageFactory(sender=alice, receiver=bob, hidden_for_sender=True)
    MessageFactory(sender=bob, receiver=alice, hidden_for_receiver=True)
    newest = MessageFactory(sender=gone, receiver=alice, created_at=MOMENT + timedelta(hours=2), content="Bye.")
    MessageFactory(sender=bob)
    MessageFactory(sender=alice, hidden_for_sender=True)
    answer = api.get(f"{URL}conversations/")
    assert answer.status_code == 200
    assert answer.json() == {
        "conversations": [
            {
                "user": {"id": gone.pk, "username": "gone", "first_name": "Gone", "profile_image": None},
                "last_message": {
                    "id": newest.pk,
                    "content": "Bye.",
                    "created_at": "2025-10-12T13:30:00Z",
                    "is_read": False,
                },
                "unread_count": 1,
            },
            {
                "user": {
                    "id": bob.pk,
                    "username": "bob",
                    "first_name": "Bob",
                    "profile_image": "http://testserver/media/profiles/bob.jpg",
                },
                "last_message": {
                    "id": last.pk,
                    "content": "Great!",
                    "created_at": "2025-10-12T12:30:00Z",
                    "is_read": False,
                },
                "unread_count": 1,
            },
        ]
    }


@pytest.mark.operation("cultureup.messages.conversations")
def test_conversations_cost_the_same_queries_for_one_and_for_thirty(api, alice, bob, django_assert_num_queries):
    MessageFactory(sender=alice, receiver=bob)
    with django_assert_num_queries(2):
        api.get(f"{URL}conversations/")
    for _ in range(29):
        other = UserFactory()
        MessageFactory.create_batch(3, sender=other, receiver=alice)
    with django_assert_num_queries(2):
        found = api.get(f"{URL}conversations/").json()["conversations"]
    assert len(found) == 30
    assert {entry["unread_count"] for entry in found} == {0, 3}


# ---------------------------------------------------------------- blocks
@pytest.mark.operation("cultureup.blocks.add")
def test_block(api, alice, bob):
    for _ in range(2):
        answer = api.post(f"/api/users/{bob.pk}/block/")
        assert (answer.status_code, set(answer.json())) == (200, {"user", "created_at"})
        user = {"id": bob.pk, "username": "bob", "first_name": "Bob", "last_name": "Example"}
        assert answer.json()["user"] == user
    block = Block.objects.get()
    assert (block.blocker, block.blocked) == (alice, bob)
    oneself = api.post(f"/api/users/{alice.pk}/block/")
    assert (oneself.status_code, oneself.json()["error"]) == (400, "You cannot block yourself.")
    assert api.post(f"/api/users/{10**9}/block/").status_code == 404


@pytest.mark.operation("cultureup.blocks.remove")
def test_unblock(api, alice, bob):
    BlockFactory(blocker=alice, blocked=bob)
    BlockFactory(blocker=bob, blocked=alice)
    for _ in range(2):
        answer = api.delete(f"/api/users/{bob.pk}/block/")
        assert (answer.status_code, answer.content) == (204, b"")
    assert Block.objects.get().blocker == bob
    assert api.delete(f"/api/users/{10**9}/block/").status_code == 404


@pytest.mark.operation("cultureup.blocks.list")
def test_blocks_are_the_caller_s_own(api, alice, bob, django_assert_num_queries):
    BlockFactory(blocker=alice, blocked=bob, created_at=MOMENT)
    BlockFactory(blocker=bob, blocked=alice)
    with django_assert_num_queries(2):
        body = api.get("/api/blocks/").json()
    user = {"id": bob.pk, "username": "bob", "first_name": "Bob", "last_name": "Example"}
    assert (body["count"], body["results"]) == (1, [{"user": user, "created_at": "2025-10-12T11:30:00Z"}])
    for _ in range(29):
        BlockFactory(blocker=alice)
    with django_assert_num_queries(2):
        assert len(api.get("/api/blocks/?page_size=30").json()["results"]) == 30


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("get", URL), ("post", URL), ("get", f"{URL}1/"), ("put", f"{URL}1/"), ("patch", f"{URL}1/")),
        *(("delete", f"{URL}1/"), ("post", f"{URL}1/mark-read/"), ("get", f"{URL}conversations/")),
        *(("get", "/api/blocks/"), ("post", "/api/users/1/block/"), ("delete", "/api/users/1/block/")),
    ],
)
def test_strangers_read_and_write_no_messages(method, path):
    assert getattr(APIClient(), method)(path).status_code == 401
