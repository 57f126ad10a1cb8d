"""Nexus's posts of communities over HTTP, with their reactions and comments."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Delivery
from accounts.tests.factories import BuyerFactory, UserFactory
from accounts.tests.people import as_bearer
from community.models import CommunityPost
from community.services.communities import community_join
from community.services.posts import comment_create, comment_delete, post_create
from community.tests.api.nexus.test_communities import PERSON
from community.tests.factories import CommunityFactory, UploadFactory

pytestmark = pytest.mark.django_db
POST = {
    *("id", "community_id", "author_id", "author", "content", "image_url", "model_url", "reactions", "my_reaction"),
    *("comment_count", "share_count", "is_pinned", "created_at", "updated_at"),
}
COMMENT = {"id", "post_id", "author_id", "author", "content", "parent_id", "likes", "replies", "created_at"}
NOTHING = {"like": 0, "love": 0, "wow": 0, "fire": 0}


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def community(alice, bob):
    community = CommunityFactory(creator=alice)
    community_join(actor=bob, community_id=community.pk)
    return community


@pytest.fixture
def post(bob, community):
    return post_create(actor=bob, community_id=community.pk, content="WIP of my new drone")


def address(post, more=""):
    return f"/api/communities/{post.community_id}/posts/{post.pk}{more}"


@pytest.mark.operation("nexus.communities.posts.list")
def test_posts_pinned_first_then_the_newest(alice, bob, community, django_assert_num_queries):
    first, second, third = (
        post_create(actor=author, community_id=community.pk, content=content)
        for author, content in ((bob, "first"), (alice, "second"), (bob, "third"))
    )
    as_bearer(alice).put(address(first), {"is_pinned": True}, format="json")
    as_bearer(bob).post(address(second, "/reactions"), {"reaction_type": "love"}, format="json")
    where = f"/api/communities/{community.pk}/posts"
    body = as_bearer(bob).get(where).json()
    assert [row["content"] for row in body] == ["first", "third", "second"]
    assert set(body[0]) == POST
    assert set(body[0]["author"]) == PERSON
    assert body[2]["my_reaction"] == "love"
    for chosen, contents in (
        ("popular", ["second", "third", "first"]),
        ("pinned", ["first"]),
        ("mine", ["first", "third"]),
    ):
        assert [row["content"] for row in as_bearer(bob).get(where, {"filter": chosen}).json()] == contents
    assert APIClient().get(where, {"filter": "mine"}).json() == []
    assert APIClient().get(where, {"filter": "best"}).status_code == 422
    assert APIClient().get(where, {"page": 10000}).json()["items"] == []
    assert APIClient().get("/api/communities/999999/posts").json() == {"detail": "Community not found"}
    with django_assert_num_queries(3):
        APIClient().get(where)
    bob.is_active = False
    bob.save(update_fields=["is_active"])
    assert [row["content"] for row in APIClient().get(where).json()] == ["second"]
    assert APIClient().get(address(third)).json() == {"detail": "Post not found"}


@pytest.mark.operation("nexus.communities.posts.create")
def test_a_member_posts(bob, community):
    image = UploadFactory(owner=bob)
    image_url = f"http://testserver/media/{image.stored}"
    sent = {"content": "WIP \U0001f680 שלום", "image_url": image_url, "model_url": None}
    answer = as_bearer(bob).post(f"/api/communities/{community.pk}/posts", sent, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == POST
    assert (body["content"], body["image_url"], body["model_url"]) == (sent["content"], sent["image_url"], None)
    assert (body["reactions"], body["my_reaction"], body["is_pinned"]) == (NOTHING, None, False)
    community.refresh_from_db()
    assert (community.post_count, image.uses.get().by) == (1, f"communitypost:{body['id']}:image_url")
    said = f"/api/communities/{community.pk}/posts/{body['id']}"
    other = f"http://testserver/media/{UploadFactory(owner=bob).stored}"
    for changes, uses in (({"content": "Done"}, 1), ({"image_url": other}, 0), ({"image_url": image_url}, 1)):
        assert as_bearer(bob).put(said, changes, format="json").status_code == 200
        assert image.uses.count() == uses
    stranger = as_bearer(UserFactory()).post(f"/api/communities/{community.pk}/posts", sent, format="json")
    assert (stranger.status_code, stranger.json()) == (403, {"detail": "Join the community to post"})


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "content"),
        ({"content": " \n"}, "content"),
        ({"content": "x" * 5001}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "x", "image_url": "javascript:alert(1)"}, "image_url"),
        ({"content": "x", "image_url": "data:image/png;base64,AAAA"}, "image_url"),
        ({"content": "x", "model_url": "http://user@evil.example/"}, "model_url"),
        ({"content": "x", "model_url": "//evil.example/x"}, "model_url"),
    ],
)
def test_what_is_no_post(bob, community, sent, field):
    answer = as_bearer(bob).post(f"/api/communities/{community.pk}/posts", sent, format="json")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", field])
    assert CommunityPost.objects.count() == 0


@pytest.mark.operation("nexus.communities.posts.retrieve")
def test_one_is_shown(post):
    assert APIClient().get(address(post)).json()["content"] == "WIP of my new drone"
    elsewhere = CommunityFactory()
    assert APIClient().get(f"/api/communities/{elsewhere.pk}/posts/{post.pk}").json() == {"detail": "Post not found"}


@pytest.mark.operation("nexus.communities.posts.update")
def test_its_author_changes_it_and_moderators_pin_it(alice, bob, post):
    body = as_bearer(bob).put(address(post), {"content": "It flies", "image_url": ""}, format="json").json()
    assert (body["content"], body["image_url"]) == ("It flies", None)
    assert as_bearer(alice).put(address(post), {"is_pinned": True}, format="json").json()["is_pinned"]
    refused = as_bearer(bob).put(address(post), {"content": "Pinned", "is_pinned": True}, format="json")
    assert (refused.status_code, refused.json()) == (403, {"detail": "Not enough permissions"})
    assert as_bearer(bob).put(address(post), {"is_pinned": False}, format="json").status_code == 403
    assert as_bearer(alice).put(address(post), {"content": "Mine"}, format="json").status_code == 403
    assert as_bearer(bob).put(address(post), {"content": " "}, format="json").status_code == 422
    post.refresh_from_db()
    assert (post.content, post.is_pinned) == ("It flies", True)


@pytest.mark.operation("nexus.communities.posts.delete")
def test_one_is_deleted(alice, bob, community, post):
    assert as_bearer(UserFactory()).delete(address(post)).status_code == 403
    assert as_bearer(alice).delete(address(post)).json() == {"message": "Post deleted"}
    for client in (as_bearer(bob), as_bearer(alice)):
        assert client.delete(address(post)).json() == {"detail": "Post not found"}
    community.refresh_from_db()
    assert (community.post_count, APIClient().get(f"/api/communities/{community.pk}/posts").json()) == (0, [])


@pytest.mark.operation("nexus.communities.posts.react")
@pytest.mark.operation("nexus.communities.posts.unreact")
def test_reactions(alice, bob, post):
    where = address(post, "/reactions")
    for reaction in ("like", "fire", "fire"):
        body = as_bearer(alice).post(where, {"reaction_type": reaction}, format="json").json()
        assert body == {"reactions": NOTHING | {reaction: 1}, "my_reaction": reaction}
    body = as_bearer(bob).post(where, {"reaction_type": "fire"}, format="json").json()
    assert body["reactions"]["fire"] == 2
    for _again in range(2):
        assert as_bearer(bob).delete(where).json() == {"reactions": NOTHING | {"fire": 1}, "my_reaction": None}
    post.refresh_from_db()
    assert post.popularity == 1
    assert as_bearer(UserFactory()).post(where, {"reaction_type": "fire"}, format="json").json() == {
        "detail": "Not enough permissions"
    }
    assert as_bearer(bob).post(where, {"reaction_type": "hate"}, format="json").status_code == 422


@pytest.mark.operation("nexus.communities.posts.comments.create")
def test_a_member_comments_and_is_answered(alice, bob, post):
    where = address(post, "/comments")
    answer = as_bearer(alice).post(where, {"content": "Looks sharp", "parent_id": None}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == COMMENT
    assert (body["content"], body["parent_id"], body["replies"], body["likes"]) == ("Looks sharp", None, [], 0)
    reply = as_bearer(bob).post(where, {"content": "Thanks", "parent_id": body["id"]}, format="json").json()
    assert reply["parent_id"] == body["id"]
    post.refresh_from_db()
    assert (post.comment_count, post.popularity) == (2, 2)
    mails = Delivery.objects.filter(template="comment_notification").order_by("pk")
    assert [mail.user.username for mail in mails] == ["bob", "alice"]
    assert mails[0].context["link"].endswith(f"/community/{post.community_id}?post={post.pk}")
    stranger = as_bearer(UserFactory()).post(where, {"content": "Hi"}, format="json")
    assert (stranger.status_code, stranger.json()) == (403, {"detail": "Join the community to post"})
    for sent, field in (
        ({"content": ""}, "content"),
        ({"content": "x" * 2001}, "content"),
        ({"content": "x", "parent_id": 999999}, "parent_id"),
    ):
        refused = as_bearer(bob).post(where, sent, format="json")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", field])


@pytest.mark.operation("nexus.communities.posts.comments.list")
def test_comments_newest_first_with_their_answers_oldest_first(alice, bob, moderator, post):
    def write(content, parent=None):
        parent_id = parent.pk if parent else None
        return comment_create(
            actor=alice, community_id=post.community_id, post_id=post.pk, content=content, parent_id=parent_id
        )

    first, _second = write("first"), write("second")
    answer = write("a", first)
    write("b", first)
    write("a1", answer)
    where = address(post, "/comments")
    body = APIClient().get(where).json()
    assert set(body[0]) == COMMENT | {"reply_count"}
    assert [(row["content"], row["reply_count"]) for row in body] == [("second", 0), ("first", 3)]
    replies = body[1]["replies"]
    assert [row["content"] for row in replies] == ["a", "b"]
    assert replies[0]["replies"][0]["content"] == "a1"
    flat = APIClient().get(where, {"thread_id": first.pk}).json()
    assert [row["content"] for row in flat] == ["a", "b", "a1"]
    comment_delete(actor=moderator, comment_id=first.pk)
    body = APIClient().get(where).json()
    assert (body[1]["content"], body[1]["replies"][0]["content"]) == ("", "a")
    assert APIClient().get(where, {"page": 1}).json()["total"] == 2


def test_a_tree_ten_thousand_deep(alice, post, django_assert_num_queries):
    """Neither in levels of calls nor in queries does it cost its depth."""
    root = comment_create(actor=alice, community_id=post.community_id, post_id=post.pk, content="0")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO community_postcomment (
                id, community_id, post_id, author_id, content, parent_id, root_id, likes, is_deleted, created_at)
            SELECT id + n, community_id, post_id, author_id, n, id + n - 1, id, 0, false, created_at
            FROM community_postcomment, generate_series(1, 10000) n WHERE id = %s""",
            [root.pk],
        )
    where = address(post, "/comments")
    with django_assert_num_queries(5):
        body = APIClient().get(where).json()
    assert body[0]["reply_count"] == 10_000
    shown, level, deepest = 0, body, 0
    while level:
        shown, deepest = shown + len(level), deepest + 1
        level = [reply for row in level for reply in row["replies"]]
    assert (shown, deepest) == (201, 21)
    flat = APIClient().get(where, {"thread_id": root.pk, "page": 100, "limit": 100}).json()
    assert (flat["total"], flat["items"][-1]["content"]) == (10_000, "10000")


@pytest.mark.operation("nexus.communities.posts.share")
def test_sharing_counts_each_time(post, settings):
    settings.FRONTEND_URL = "http://localhost:3000"
    for number in (1, 2):
        assert APIClient().post(address(post, "/share")).json() == {
            "message": "Post shared",
            "share_count": number,
            "share_url": f"http://localhost:3000/community/{post.community_id}?post={post.pk}",
        }
