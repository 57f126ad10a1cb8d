"""Nexus's courses, tutorials and testimonials over HTTP: alice teaches, staff write, bob and strangers read."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.tests.people import as_bearer
from community import models
from community.models import Course, Tutorial
from community.services import testimonials
from community.services.courses import course_create
from community.services.tutorials import tutorial_create
from config.core.models import AuditEntry
from tests.roles.nexus.pages import COURSE, TUTORIAL

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------- courses
@pytest.fixture
def course(alice):
    return course_create(actor=alice, **COURSE)


def paid(alice, **values):
    return course_create(actor=alice, **COURSE | {"is_free": False, "price": Decimal(25)} | values)


@pytest.mark.operation("nexus.courses.create")
def test_teaching(alice, bob):
    answer = as_bearer(alice).post("/api/courses", COURSE, format="json")
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == COURSE | {
        "id": Course.objects.get().pk,
        "instructor_id": alice.pk,
        "instructor": shown["instructor"],
        "is_free": True,
        "price": 0.0,
        "currency": "USD",
        "views": 0,
        "created_at": shown["created_at"],
    }
    assert shown["instructor"]["username"] == "alice"
    answer = as_bearer(bob).post("/api/courses", COURSE, format="json")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})


def test_what_is_free_has_no_price(alice):
    api = as_bearer(alice)
    assert api.post("/api/courses", COURSE | {"price": 9}, format="json").json()["price"] == 0.0
    sent = COURSE | {"price": 9.5, "is_free": False, "instructor_id": 1, "views": 9}
    shown = api.post("/api/courses", sent, format="json").json()
    assert (shown["price"], shown["is_free"], shown["views"], shown["instructor_id"]) == (9.5, False, 0, alice.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("title", " "), ("title", "x" * 201), ("description", ""), ("duration", 0), ("duration", 10**9)),
        *(("difficulty", "hard"), ("video_url", "javascript:alert(1)"), ("thumbnail_url", "ftp://a.example/x")),
        *(("price", -1), ("price", 0.001), ("price", 10**13), ("video_url", "/etc/passwd"), ("title", "a\0b")),
    ],
)
def test_courses_that_are_none(alice, field, value):
    sent = COURSE | {"is_free": False, "price": 5, field: value}
    answer = as_bearer(alice).post("/api/courses", sent, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", field]
    assert Course.objects.count() == 0


def test_what_is_not_free_has_a_price(alice):
    answer = as_bearer(alice).post("/api/courses", COURSE | {"is_free": False}, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "price"]


@pytest.mark.operation("nexus.courses.list")
def test_courses(alice, dora, course):
    other = paid(dora, title="Modelling für alle", difficulty="advanced")
    shown = APIClient().get("/api/courses").json()
    assert [each["id"] for each in shown["items"]] == [other.pk, course.pk]
    assert (shown["total"], shown["page"], shown["limit"], shown["pages"]) == (2, 1, 20, 1)
    assert shown["items"][0]["video_url"] == "" and shown["items"][1]["video_url"] == COURSE["video_url"]
    for query, found in (("difficulty=advanced", 1), ("is_free=true", 1), ("search=FUR", 1), ("search=zzzzz", 0)):
        assert APIClient().get(f"/api/courses?{query}").json()["total"] == found
    type(dora).objects.filter(pk=dora.pk).update(is_active=False)
    assert APIClient().get("/api/courses").json()["total"] == 1
    assert APIClient().get(f"/api/courses/{other.pk}").status_code == 404


@pytest.mark.operation("nexus.courses.retrieve")
def test_the_video_of_what_is_not_free(alice, bob, staff):
    course = paid(alice)
    seen = {
        person.username: as_bearer(person).get(f"/api/courses/{course.pk}").json()["video_url"] != ""
        for person in (alice, bob, staff)
    }
    assert seen == {"alice": True, "bob": False, "staff": True}
    shown = APIClient().get(f"/api/courses/{course.pk}").json()
    assert (shown["video_url"], shown["price"], shown["views"]) == ("", 25.0, 2)  # bob's and this one
    assert APIClient().get("/api/courses/0").json() == {"detail": "Course not found"}


@pytest.mark.operation("nexus.courses.update")
def test_changing_a_course(alice, dora, staff, course):
    address = f"/api/courses/{course.pk}"
    shown = as_bearer(alice).put(address, {"difficulty": "intermediate"}, format="json").json()
    assert (shown["difficulty"], shown["title"]) == ("intermediate", COURSE["title"])
    shown = as_bearer(alice).put(address, {"is_free": False, "price": 12}, format="json").json()
    assert (shown["is_free"], shown["price"]) == (False, 12.0)
    assert as_bearer(alice).put(address, {"is_free": True}, format="json").json()["price"] == 0.0
    assert as_bearer(dora).put(address, {"title": "Mine"}, format="json").status_code == 403
    assert not AuditEntry.objects.exists()
    assert as_bearer(staff).put(address, {"title": "Ours"}, format="json").json()["title"] == "Ours"
    assert AuditEntry.objects.get().action == "course.change"


@pytest.mark.operation("nexus.courses.delete")
def test_removing_a_course(alice, dora, course):
    address = f"/api/courses/{course.pk}"
    assert as_bearer(dora).delete(address).status_code == 403
    assert as_bearer(alice).delete(address).json() == {"message": "Course deleted"}
    assert as_bearer(alice).delete(address).status_code == 404


# ---------------------------------------------------------------- tutorials
@pytest.mark.operation("nexus.tutorials.create")
def test_writing_a_tutorial(staff, bob):
    answer = as_bearer(staff).post("/api/tutorials", TUTORIAL, format="json")
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == TUTORIAL | {
        "id": Tutorial.objects.get().pk,
        "content_html": "<h1>UV unwrapping</h1>\n",
        "views": 0,
        "published": False,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert as_bearer(bob).post("/api/tutorials", TUTORIAL, format="json").status_code == 403


@pytest.mark.parametrize(("field", "value"), [("title", ""), ("content", "x" * 50_001), ("category", "beginner")])
def test_tutorials_that_are_none(staff, field, value):
    answer = as_bearer(staff).post("/api/tutorials", TUTORIAL | {field: value}, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", field]


@pytest.mark.operation("nexus.tutorials.list")
@pytest.mark.operation("nexus.tutorials.retrieve")
def test_tutorials(staff, bob):
    shown = tutorial_create(actor=staff, **TUTORIAL, is_published=True)
    hidden = tutorial_create(actor=staff, **TUTORIAL | {"category": "Advanced"})
    assert [each["id"] for each in as_bearer(bob).get("/api/tutorials").json()] == [shown.pk]
    assert [each["id"] for each in as_bearer(staff).get("/api/tutorials").json()] == [hidden.pk, shown.pk]
    for query, found in (("category=Advanced", 0), ("search=unwrap", 1), ("page=1", 1)):
        body = as_bearer(bob).get(f"/api/tutorials?{query}").json()
        assert len(body if isinstance(body, list) else body["items"]) == found
    assert as_bearer(bob).get(f"/api/tutorials/{shown.pk}").json()["views"] == 1
    assert as_bearer(bob).get(f"/api/tutorials/{hidden.pk}").json() == {"detail": "Tutorial not found"}


@pytest.mark.operation("nexus.tutorials.update")
@pytest.mark.operation("nexus.tutorials.delete")
def test_changing_and_removing_a_tutorial(staff, bob):
    address = f"/api/tutorials/{tutorial_create(actor=staff, **TUTORIAL).pk}"
    assert as_bearer(bob).put(address, {"published": True}, format="json").status_code == 403
    shown = as_bearer(staff).put(address, {"published": True}, format="json").json()
    assert (shown["published"], shown["title"]) == (True, "UV unwrapping")
    assert as_bearer(bob).delete(address).status_code == 403
    assert as_bearer(staff).delete(address).json() == {"message": "Tutorial deleted"}
    assert as_bearer(staff).put(address, {}, format="json").status_code == 404
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["tutorial.add", "tutorial.change", "tutorial.delete"]


# ---------------------------------------------------------------- testimonials
@pytest.mark.operation("nexus.testimonials.create")
def test_entering_a_testimonial(staff, bob):
    sent = {"author": "Sam Lee", "company": None, "text": "Great 👍"}
    answer = as_bearer(staff).post("/api/testimonials", sent, format="json")
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == sent | {
        "id": models.Testimonial.objects.get().pk,
        "rating": 5,
        "verified": False,
        "featured": False,
        "created_at": shown["created_at"],
    }
    assert as_bearer(bob).post("/api/testimonials", sent, format="json").status_code == 403
    for change in ({"author": "x" * 121}, {"text": " "}, {"rating": 6}, {"rating": 0}):
        answer = as_bearer(staff).post("/api/testimonials", sent | change, format="json")
        assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", next(iter(change))]


@pytest.mark.operation("nexus.testimonials.list")
@pytest.mark.operation("nexus.testimonials.retrieve")
def test_featured_testimonials_first(staff):
    featured = testimonials.testimonial_create(
        actor=staff, author="Ann", text="Good", is_featured=True, company="Forge"
    )
    newer = testimonials.testimonial_create(actor=staff, author="Ben", text="Fine", is_verified=True)
    newest = testimonials.testimonial_create(actor=staff, author="Cy", text="Nice")
    assert [each["id"] for each in APIClient().get("/api/testimonials").json()] == [featured.pk, newest.pk, newer.pk]
    for query, found in (
        ("featured=true", [featured.pk]),
        ("verified=true", [newer.pk]),
        ("featured=false&limit=1", [newest.pk]),
    ):
        assert [each["id"] for each in APIClient().get(f"/api/testimonials?{query}").json()] == found
    assert APIClient().get(f"/api/testimonials/{featured.pk}").json()["company"] == "Forge"
    assert APIClient().get("/api/testimonials/0").json() == {"detail": "Testimonial not found"}


@pytest.mark.operation("nexus.testimonials.update")
@pytest.mark.operation("nexus.testimonials.delete")
def test_changing_and_removing_a_testimonial(staff, bob):
    made = testimonials.testimonial_create(actor=staff, author="Ann", text="Good", company="Forge")
    address = f"/api/testimonials/{made.pk}"
    assert as_bearer(bob).put(address, {"featured": True}, format="json").status_code == 403
    shown = as_bearer(staff).put(address, {"featured": True, "company": None}, format="json").json()
    assert (shown["featured"], shown["company"], shown["author"]) == (True, None, "Ann")
    assert as_bearer(bob).delete(address).status_code == 403
    assert as_bearer(staff).delete(address).json() == {"message": "Testimonial deleted"}
    assert as_bearer(staff).delete(address).json() == {"detail": "Testimonial not found"}
