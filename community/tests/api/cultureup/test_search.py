"""CultureUp's search over artworks, jobs and artists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.services.sessions import token_issue
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from jobs.choices import JobStatus
from jobs.tests.factories import JobFactory
from marketplace.choices import Status
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
URL = "/api/search/"


@pytest.mark.operation("cultureup.search")
def test_finds_artworks_jobs_and_artists() -> None:
    alice = ArtistFactory.create(
        username="alice", first_name="Alice", last_name="Doe", profile__skills="Logo Design, Branding"
    )
    bob = BuyerFactory.create(username="bob")
    artwork = ArtworkFactory.create(seller=alice, title="Modern Logo Design", price="299.99")
    job = JobFactory.create(buyer=bob, title="Logo Design for Tech Startup")
    ArtworkFactory.create(title="Logo, pending", status=Status.PENDING)
    JobFactory.create(title="Logo, taken off", status=JobStatus.CANCELLED)

    answer = APIClient().get(URL, {"q": "logo design"})

    assert answer.status_code == 200
    body = answer.json()
    image = body["results"]["artworks"][0].pop("image")
    assert image.startswith("http") and "watermarked_" in image
    assert body == {
        "query": "logo design",
        "results": {
            "artworks": [
                {
                    "id": artwork.pk,
                    "title": "Modern Logo Design",
                    "artist_name": "alice",
                    "price": "299.99",
                    "currency": "PKR",
                }
            ],
            "jobs": [
                {
                    "id": job.pk,
                    "title": "Logo Design for Tech Startup",
                    "buyer_name": "bob",
                    "budget_min": "500.00",
                    "budget_max": "1000.00",
                    "currency": "PKR",
                    "status": "open",
                }
            ],
            "artists": [
                {
                    "id": alice.pk,
                    "username": "alice",
                    "full_name": "Alice Doe",
                    "skills": "Logo Design, Branding",
                    "rating": 0.0,
                }
            ],
        },
        "total_results": 3,
    }


def test_jobs_that_are_no_longer_open_are_found_by_those_they_concern() -> None:
    bob, charlie = BuyerFactory.create(), BuyerFactory.create()
    job = JobFactory.create(buyer=bob, title="Sunset mural", status=JobStatus.CANCELLED)

    def found(person: object) -> list[int]:
        client = APIClient(HTTP_AUTHORIZATION=f"Token {token_issue(person)}")  # type: ignore[arg-type]
        return [row["id"] for row in client.get(URL, {"q": "mural"}).json()["results"]["jobs"]]

    assert (found(bob), found(charlie), found(StaffFactory.create())) == ([job.pk], [], [job.pk])


def test_shows_twenty_and_counts_all() -> None:
    for number in range(23):
        ArtworkFactory.create(title=f"Sunset {number}")
    body = APIClient().get(URL, {"q": "sunset"}).json()
    assert (len(body["results"]["artworks"]), body["total_results"]) == (20, 23)


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "   "}, {"q": "x" * 201}, {"q": "a\0b"}])
def test_without_words_400_names_q(query: dict[str, str]) -> None:
    answer = APIClient().get(URL, query)
    assert answer.status_code == 400
    assert list(answer.json()) == ["q"]


def test_marks_alone_find_nothing() -> None:
    ArtworkFactory.create(title="Sunset")
    assert APIClient().get(URL, {"q": "***"}).json()["total_results"] == 0


def test_costs_the_same_queries_for_one_match_and_for_thirty() -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            APIClient().get(URL, {"q": "sunset"})
        return len(queries)

    def one_of_each() -> None:
        ArtworkFactory.create(title="Sunset")
        JobFactory.create(title="Sunset")
        ArtistFactory.create(profile__skills="Sunset")

    one_of_each()
    first = cost()
    for _ in range(29):
        one_of_each()
    assert cost() == first
