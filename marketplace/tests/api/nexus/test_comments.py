"""Comments over HTTP: their shape, and trees that somebody grew too deep."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import BuyerFactory
from config.core.trees import DEEPEST
from marketplace.models import Listing, ListingComment
from marketplace.services.comments import comment_remove, model_comment
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
SHAPE = [
    *("id", "model_id", "user_id", "user", "content", "parent_id", "likes", "reply_count", "replies", "created_at"),
]


@pytest.fixture
def bob():
    return BuyerFactory(username="bob", first_name="Bob")


@pytest.fixture
def model():
    return Model3DFactory(mesh=None, channel="nexus")


@pytest.fixture
def client(bob):
    client = APIClient()
    client.force_authenticate(bob)
    return client


@pytest.mark.operation("nexus.models.comments.create")
@pytest.mark.operation("nexus.models.comment")
@pytest.mark.parametrize("path", ["comments", "comment"])
def test_writing(client, bob, model, path):
    answer = client.post(f"/api/models/{model.pk}/{path}", {"content": "Great topology!"}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == SHAPE
    assert body["user"] | {"avatar_url": None} == {
        "id": bob.pk,
        "username": "bob",
        "full_name": "Bob Buyer" if bob.last_name == "Buyer" else f"Bob {bob.last_name}".strip(),
        "avatar_url": None,
        "is_verified": False,
        "creator_level": "Bronze",
    }
    assert (body["content"], body["parent_id"], body["replies"]) == ("Great topology!", None, [])
    reply = client.post(
        f"/api/models/{model.pk}/{path}", {"content": "Also rigged?", "parent_id": body["id"]}, format="json"
    ).json()
    assert reply["parent_id"] == body["id"]
    assert client.get(f"/api/models/{model.pk}").json()["comment_count"] == 2


@pytest.mark.operation("nexus.models.comments.create")
def test_what_is_refused(client, model):
    address = f"/api/models/{model.pk}/comments"
    for sent, named in (({"content": "  "}, "content"), ({}, "content"), ({"content": "x" * 2001}, "content")):
        answer = client.post(address, sent, format="json")
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", named]
    other = Model3DFactory(mesh=None)
    elsewhere = model_comment(actor=other.seller, model_id=other.pk, content="Here")
    answer = client.post(address, {"content": "x", "parent_id": elsewhere.pk}, format="json")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Parent comment does not belong to this model"})
    answer = client.post("/api/models/99999999999999999999/comments", {"content": "x"}, format="json")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Model not found"})
    assert APIClient().post(address, {"content": "x"}, format="json").status_code == 401


@pytest.mark.operation("nexus.models.comments.list")
def test_reading(client, bob, model, django_assert_num_queries):
    first = model_comment(actor=bob, model_id=model.pk, content="First")
    second = model_comment(actor=bob, model_id=model.pk, content="Second")
    answer = model_comment(actor=model.seller, model_id=model.pk, content="Answer", parent_id=first.pk)
    later = model_comment(actor=bob, model_id=model.pk, content="Later", parent_id=first.pk)
    deeper = model_comment(actor=bob, model_id=model.pk, content="Deeper", parent_id=answer.pk)
    comment_remove(actor=bob, comment_id=later.pk)
    stranger = APIClient()
    with django_assert_num_queries(3):
        body = stranger.get(f"/api/models/{model.pk}/comments").json()
    assert [row["id"] for row in body] == [second.pk, first.pk]
    assert [(row["id"], row["content"]) for row in body[1]["replies"]] == [
        (answer.pk, "Answer"),
        (later.pk, "[removed]"),
    ]
    assert [row["id"] for row in body[1]["replies"][0]["replies"]] == [deeper.pk]
    assert (body[1]["reply_count"], list(body[1]["replies"][0])) == (3, SHAPE)
    page = stranger.get(f"/api/models/{model.pk}/comments?page=2&limit=1").json()
    assert ([row["id"] for row in page.pop("items")], page) == (
        [first.pk],
        {"total": 2, "page": 2, "limit": 1, "pages": 2},
    )
    thread = stranger.get(f"/api/models/{model.pk}/comments?thread={first.pk}&skip=1").json()
    assert [(row["id"], row["replies"]) for row in thread] == [(later.pk, []), (deeper.pk, [])]
    assert stranger.get(f"/api/models/{model.pk}/comments?thread={deeper.pk}").status_code == 404
    assert stranger.get(f"/api/models/{model.pk + 1000}/comments").json() == {"detail": "Model not found"}


@pytest.mark.operation("nexus.models.comments.list")
def test_of_a_banned_author_nothing_is_read(bob, model):
    model_comment(actor=bob, model_id=model.pk, content="Buy elsewhere")
    bob.is_active = False
    bob.save(update_fields=["is_active"])
    assert APIClient().get(f"/api/models/{model.pk}/comments").json()[0]["content"] == "[removed]"


@pytest.mark.operation("nexus.models.comments.list")
def test_a_tree_ten_thousand_deep(bob, model, django_assert_num_queries):
    top = model_comment(actor=bob, model_id=model.pk, content="Top")
    first = top.pk + 1
    ListingComment.objects.bulk_create(
        ListingComment(
            pk=first + depth,
            listing_id=model.pk,
            author=bob,
            parent_id=first + depth - 1,
            root_id=top.pk,
            number=depth + 1,
            content=f"{depth}",
        )
        for depth in range(10_000)
    )
    ListingComment.objects.filter(pk=top.pk).update(answers_count=10_000)
    with django_assert_num_queries(3):
        (shown,) = APIClient().get(f"/api/models/{model.pk}/comments").json()
    assert shown["reply_count"] == 10_000
    depth, seen, level = 0, 0, shown["replies"]
    while level:
        depth, seen = depth + 1, seen + len(level)
        level = [reply for each in level for reply in each["replies"]]
    assert (depth, seen) == (DEEPEST, 200)
    thread = APIClient().get(f"/api/models/{model.pk}/comments?thread={top.pk}&page=100&limit=100").json()
    assert (thread["total"], thread["items"][-1]["content"]) == (10_000, "9999")
    Listing.objects.get(pk=model.pk).delete()
    assert not ListingComment.objects.exists()


@pytest.mark.operation("nexus.models.comments.delete")
def test_deleting(client, bob, model):
    comment = model_comment(actor=bob, model_id=model.pk, content="Oops")
    address = f"/api/models/{model.pk}/comments/{comment.pk}"
    stranger = APIClient()
    stranger.force_authenticate(BuyerFactory())
    assert stranger.delete(address).json() == {"detail": "Not enough permissions"}
    other = Model3DFactory(mesh=None)
    assert client.delete(f"/api/models/{other.pk}/comments/{comment.pk}").json() == {"detail": "Comment not found"}
    assert client.delete(address).json() == {"message": "Comment deleted"}
    assert client.get(f"/api/models/{model.pk}/comments").json()[0]["content"] == "[removed]"
    assert client.get(f"/api/models/{model.pk}").json()["comment_count"] == 0
