"""Nexus's search over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.services.follows import follow
from accounts.tests.factories import CreatorFactory, UserFactory
from accounts.tests.people import as_bearer
from community.models import Course
from community.tests.factories import CommunityFactory
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def found():
    alice = CreatorFactory(username="polymaster")
    Model3DFactory(title="Poly drone", seller=alice)
    Model3DFactory(title="Poly sketch", status="draft", seller=alice)
    UserFactory(username="polybanned", is_active=False)
    CommunityFactory(name="Low Poly Lovers", creator=alice)
    CommunityFactory(name="Poly in private", description="x", is_private=True)
    CommunityFactory(name="Poly to come", description="x", status="pending")
    Course.objects.create(
        title="Poly in a day",
        description="From cube to scene",
        instructor=alice,
        thumbnail_url="https://example.com/31.png",
        video_url="https://example.com/31.mp4",
        duration=95,
        difficulty="beginner",
        currency="USD",
    )
    return alice


def asked(client=None, **query):
    return (client or APIClient()).get("/api/search", query).json()


COUNTS = {"models": 1, "users": 1, "communities": 1, "courses": 1}


@pytest.mark.operation("nexus.search")
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("models", {"title", "name", "creator", "file_formats", "is_published"}),
        ("users", {"username", "bio", "skills", "is_following", "total_models"}),
        ("communities", {"name", "member_count", "is_member", "rules"}),
        ("courses", {"title", "instructor", "video_url", "duration"}),
    ],
)
def test_each_type_is_found_and_all_are_counted(found, kind, keys):
    body = asked(q="POLY", type=kind)
    assert list(body) == ["query", "type", "items", "total", "page", "limit", "pages", "counts"]
    assert (body["query"], body["type"], body["counts"]) == ("POLY", kind, COUNTS)
    assert (body["total"], body["page"], body["limit"], body["pages"]) == (1, 1, 20, 1)
    assert keys <= set(body["items"][0])
    assert asked(q="poly")["type"] == "models"
    assert asked(q="poly", type=kind, page=10_000)["items"] == []
    nothing = asked(q="zeppelin", type=kind)
    assert (nothing["items"], nothing["total"], nothing["pages"]) == ([], 0, 0)
    assert asked(q="!!", type=kind)["total"] == 0


def test_models_are_found_by_their_tags_too(found):
    Model3DFactory(title="Airship", tags=["Steampunk", "été"])
    for text in ("steampunk", "ETE", "steampunk airship"):
        assert [row["title"] for row in asked(q=text)["items"]] == ["Airship"], text


def test_whom_the_caller_follows(found):
    bob = UserFactory(username="bob")
    follow(actor=bob, user_id=found.pk)
    assert asked(as_bearer(bob), q="poly", type="users")["items"][0]["is_following"]
    assert not asked(q="poly", type="users")["items"][0]["is_following"]


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "q"), ({"q": ""}, "q"), ({"q": "x" * 201}, "q"), ({"q": "x", "type": "blog"}, "type"), ({"q": "a\0"}, "q")],
)
def test_what_is_no_search(query, field):
    answer = APIClient().get("/api/search", query)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", field])


@pytest.mark.parametrize("kind", ["models", "users", "communities", "courses"])
def test_many_cost_as_few(found, kind):
    with CaptureQueriesContext(connection) as few:
        asked(q="poly", type=kind)
    for number in range(5):
        alice = CreatorFactory(username=f"poly{number}")
        Model3DFactory(title=f"Poly {number}", seller=alice)
        CommunityFactory(name=f"Poly {number}", creator=alice)
    with CaptureQueriesContext(connection) as many:
        asked(q="poly", type=kind)
    assert len(few) == len(many)


def test_page_by_page(found):
    for number in range(5):
        CommunityFactory(name=f"Poly {number}")
    pages = [asked(q="poly", type="communities", page=page, limit=4) for page in (1, 2)]
    names = [row["name"] for page in pages for row in page["items"]]
    assert (len(names), len(set(names)), pages[0]["pages"]) == (6, 6, 2)
