"""Nexus's blog over HTTP: staff write, bob reads, likes, comments and shares."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.people import as_bearer
from community.models import BlogComment, BlogPost, BlogShare
from community.services.blog import comment_remove, post_comment, post_create, post_publish

pytestmark = pytest.mark.django_db
POSTS = "/api/blog/posts"
CARD = {
    *("id", "author_id", "author", "title", "excerpt", "featured_image", "category", "tags", "views", "likes"),
    *("comment_count", "read_time", "status", "is_featured", "published_at", "created_at", "updated_at"),
}


def written(staff, *, published=True, **values) -> BlogPost:
    values = {"title": "Retopology", "content": "# Clean **meshes**", "category": "tutorials"} | values
    post = post_create(actor=staff, **values)
    return post_publish(actor=staff, post_id=post.pk) if published else post


def tree(comments):
    return [(each["content"], tree(each["replies"])) for each in comments]


@pytest.fixture
def post(staff):
    return written(staff, tags=["topology"], excerpt="Five steps")


@pytest.mark.operation("nexus.blog.posts.list")
def test_the_newest_published_posts_first(staff, post):
    news = written(staff, title="News of Москва", category="news", content="x " * 201)
    written(staff, published=False)
    shown = APIClient().get(POSTS).json()
    assert {name: shown[name] for name in ("total", "page", "limit", "pages")} == {
        "total": 2,
        "page": 1,
        "limit": 10,
        "pages": 1,
    }
    assert [item["id"] for item in shown["items"]] == [news.pk, post.pk]
    first, second = shown["items"]
    assert set(first) == CARD and first["excerpt"] is None and first["read_time"] == 2
    assert (second["tags"], second["excerpt"], second["status"]) == (["topology"], "Five steps", "published")
    assert second["author"]["username"] == "staff" and second["published_at"].endswith("Z")


@pytest.mark.parametrize(("query", "found"), [("category=news", 1), ("search=МОСКВА", 1), ("search=clean", 1)])
def test_posts_by_category_and_words(staff, post, query, found):
    written(staff, title="News of Москва", category="news", content="Nothing.")
    assert APIClient().get(f"{POSTS}?{query}").json()["total"] == found


def test_queries_that_are_none(db):
    for query in ("category=gossip", "page=0", "limit=x"):
        answer = APIClient().get(f"{POSTS}?{query}")
        assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]


def test_page_ten_thousand_is_empty(post):
    assert APIClient().get(f"{POSTS}?page=10000").json() == {
        "items": [],
        "total": 1,
        "page": 10000,
        "limit": 10,
        "pages": 1,
    }


@pytest.mark.operation("nexus.blog.categories")
def test_the_three_categories(staff, post):
    written(staff, published=False, category="news")
    assert APIClient().get("/api/blog/categories").json() == [
        {"slug": "tutorials", "name": "Tutorials", "post_count": 1},
        {"slug": "news", "name": "News", "post_count": 0},
        {"slug": "updates", "name": "Updates", "post_count": 0},
    ]


@pytest.mark.operation("nexus.blog.featured")
def test_featured_posts(staff, post):
    featured = [written(staff, is_featured=True) for _ in range(3)]
    shown = APIClient().get("/api/blog/featured?limit=2").json()
    assert [each["id"] for each in shown] == [featured[2].pk, featured[1].pk]
    assert set(shown[0]) == CARD


@pytest.mark.operation("nexus.blog.posts.retrieve")
def test_a_post(staff, bob, post):
    related = [written(staff) for _ in range(4)]
    api = as_bearer(bob)
    shown = api.get(f"{POSTS}/{post.pk}").json()
    assert set(shown) == CARD | {"content", "content_html", "is_liked", "related_posts"}
    assert shown["content"] == "# Clean **meshes**"
    assert shown["content_html"] == "<h1>Clean <strong>meshes</strong></h1>\n"
    assert [each["id"] for each in shown["related_posts"]] == [each.pk for each in related[:0:-1]]
    assert (shown["views"], shown["is_liked"]) == (1, False)
    assert api.get(f"{POSTS}/{post.pk}").json()["views"] == 1  # once a visitor and day
    assert APIClient().get(f"{POSTS}/{post.pk}").json()["views"] == 2
    assert as_bearer(staff).get(f"{POSTS}/{post.pk}").json()["views"] == 2  # its writer's
    assert APIClient(HTTP_USER_AGENT="Googlebot/2").get(f"{POSTS}/{post.pk}").json()["views"] == 2


def test_drafts_are_their_authors_and_staffs(staff, bob):
    draft = written(staff, published=False)
    assert as_bearer(staff).get(f"{POSTS}/{draft.pk}").json()["published_at"] is None
    for api in (APIClient(), as_bearer(bob)):
        answer = api.get(f"{POSTS}/{draft.pk}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Post not found"})
    for path in ("like", "comments", "share"):
        assert as_bearer(bob).post(f"{POSTS}/{draft.pk}/{path}", {"content": "x"}, format="json").status_code == 404


@pytest.mark.operation("nexus.blog.posts.like")
@pytest.mark.operation("nexus.blog.posts.unlike")
def test_liking_twice_is_once(bob, post):
    api, address = as_bearer(bob), f"{POSTS}/{post.pk}/like"
    assert [api.post(address).json() for _ in range(2)] == [{"likes": 1, "is_liked": True}] * 2
    assert api.get(f"{POSTS}/{post.pk}").json()["is_liked"] is True
    assert [api.delete(address).json() for _ in range(2)] == [{"likes": 0, "is_liked": False}] * 2
    assert (APIClient().post(address).status_code, api.post(f"{POSTS}/0/like").status_code) == (401, 404)


@pytest.mark.operation("nexus.blog.posts.comments.create")
def test_commenting(staff, bob, post):
    answer = as_bearer(bob).post(f"{POSTS}/{post.pk}/comments", {"content": " <b>Fine</b> 👍 "}, format="json")
    comment = BlogComment.objects.get()
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == {
        "id": comment.pk,
        "post_id": post.pk,
        "author_id": bob.pk,
        "author": shown["author"],
        "content": "<b>Fine</b> 👍",
        "parent_id": None,
        "likes": 0,
        "reply_count": 0,
        "replies": [],
        "created_at": shown["created_at"],
    }
    post.refresh_from_db()
    assert post.comments_count == 1


@pytest.mark.parametrize("content", ["", "   ", "x" * 2001, None, "a\0b"])
def test_comments_that_are_none(bob, post, content):
    answer = as_bearer(bob).post(f"{POSTS}/{post.pk}/comments", {"content": content}, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "content"]
    assert BlogComment.objects.count() == 0


def test_a_parent_elsewhere(staff, bob, post):
    comment = post_comment(actor=bob, post_id=written(staff).pk, content="Elsewhere")
    for parent in (comment.pk, 10**9):
        sent = {"content": "Here", "parent_id": parent}
        answer = as_bearer(bob).post(f"{POSTS}/{post.pk}/comments", sent, format="json")
        assert answer.status_code == 400
        assert answer.json() == {"detail": "Parent comment does not belong to this post"}


@pytest.mark.operation("nexus.blog.posts.comments.list")
def test_comments_and_their_answers(bob, charlie, post):
    def say(content, parent=None, by=bob):
        return post_comment(actor=by, post_id=post.pk, content=content, parent_id=parent and parent.pk)

    old, new = say("old"), say("new")
    answer = say("answer", old)
    say("second answer", old)
    say("deeper", answer, charlie)
    comment_remove(actor=bob, comment_id=answer.pk)
    shown = APIClient().get(f"{POSTS}/{post.pk}/comments").json()
    assert tree(shown) == [("new", []), ("old", [("[removed]", [("deeper", [])]), ("second answer", [])])]
    assert [each["reply_count"] for each in shown] == [0, 3]
    thread = APIClient().get(f"{POSTS}/{post.pk}/comments?thread={old.pk}").json()
    assert [each["content"] for each in thread] == ["[removed]", "second answer", "deeper"]
    for none in (answer.pk, 10**9):
        assert APIClient().get(f"{POSTS}/{post.pk}/comments?thread={none}").json() == {"detail": "Comment not found"}
    assert shown[0]["id"] == new.pk
    paged = APIClient().get(f"{POSTS}/{post.pk}/comments?page=2&limit=1").json()
    assert (paged["total"], paged["pages"], paged["items"][0]["id"]) == (2, 2, old.pk)
    type(charlie).objects.filter(pk=charlie.pk).update(is_active=False)
    shown = APIClient().get(f"{POSTS}/{post.pk}/comments").json()
    assert shown[1]["replies"][0]["replies"][0]["content"] == "[removed]"  # a closed account says nothing


@pytest.mark.operation("nexus.blog.posts.comments.delete")
def test_taking_off_a_comment(staff, bob, charlie, post):
    comment = post_comment(actor=bob, post_id=post.pk, content="Oh")
    address = f"{POSTS}/{post.pk}/comments/{comment.pk}"
    assert as_bearer(charlie).delete(address).status_code == 403
    assert as_bearer(bob).delete(f"{POSTS}/{written(staff).pk}/comments/{comment.pk}").status_code == 404
    assert as_bearer(bob).delete(address).json() == {"message": "Comment deleted"}
    assert APIClient().get(f"{POSTS}/{post.pk}/comments").json()[0]["content"] == "[removed]"
    assert APIClient().get(f"{POSTS}/{post.pk}").json()["comment_count"] == 0


def test_a_tree_ten_thousand_deep(bob, post):
    """Written fast, read in one page: never deeper than JSON is read, and never all of it."""
    top = post_comment(actor=bob, post_id=post.pk, content="0")
    first = top.pk + 1
    BlogComment.objects.bulk_create(
        BlogComment(
            pk=first + number,
            post=post,
            author=bob,
            content=str(number),
            parent_id=first + number - 1,
            root=top,
            number=number + 1,
        )
        for number in range(10_000)
    )
    BlogComment.objects.filter(pk=top.pk).update(answers_count=10_000)
    answer = APIClient().get(f"{POSTS}/{post.pk}/comments")
    depth, level = 0, answer.json()
    while level:
        depth, level = depth + 1, [reply for each in level for reply in each["replies"]]
    assert depth == 21 and answer.content.count(b'"id"') == 2 * 201
    post.delete()
    assert BlogComment.objects.count() == 0


@pytest.mark.operation("nexus.blog.posts.share")
def test_sharing(post, settings):
    settings.FRONTEND_URL = "https://nexus.example/"
    address = f"{POSTS}/{post.pk}/share"
    answer = APIClient().post(address, {"platform": "twitter"}, format="json")
    assert answer.json() == {
        "message": "Post shared",
        "platform": "twitter",
        "share_url": f"https://nexus.example/blog/{post.pk}",
    }
    assert APIClient().post(address).json()["platform"] == "copy"
    assert APIClient().post(address, {"platform": "fax"}, format="json").status_code == 422
    post.refresh_from_db()
    assert post.shares_count == 2
    assert dict(BlogShare.objects.values_list("platform", "count")) == {"twitter": 1, "copy": 1}
