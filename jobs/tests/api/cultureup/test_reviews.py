"""CultureUp's reviews over HTTP."""

from datetime import UTC, datetime

import pytest

from accounts.tests.factories import ArtistFactory, ArtistProfileFactory, BuyerFactory
from jobs.models import Review
from jobs.tests.factories import ReviewFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db
COMMENT = "Excellent work! Alice delivered the logo on time."


@pytest.fixture
def job(alice, bob):
    return completed_job(buyer=bob, artist=alice, title="Logo Design for Tech Startup")


@pytest.fixture
def review(job):
    moment = datetime(2025, 10, 12, 15, tzinfo=UTC)
    return ReviewFactory.create(job=job, rating=5, comment=COMMENT, created_at=moment)


def documented(review, **differs):
    return {
        "id": review.pk,
        "reviewer": {"id": review.reviewer_id, "username": "bob", "first_name": "Bob", "last_name": "Example"},
        "artist": {"id": review.artist_id, "username": "alice", "first_name": "Alice", "last_name": "Example"},
        "job": {"id": review.job_id, "title": "Logo Design for Tech Startup"},
        "rating": 5,
        "comment": COMMENT,
        "created_at": review.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **differs,
    }


@pytest.mark.operation("cultureup.reviews.create")
class TestCreate:
    def test_the_documented_review(self, client_of, alice, bob, job):
        ArtistProfileFactory.create(user=alice)
        sent = {"job": job.pk, "rating": 5, "comment": COMMENT}
        answer = client_of(bob).post("/api/reviews/", sent, format="json")

        assert answer.status_code == 201
        assert answer.json() == documented(Review.objects.get())
        profile = client_of(None).get(f"/api/artist-profiles/{alice.pk}/").json()
        assert (profile["rating"], profile["total_reviews"]) == (5.0, 1)
        assert (profile["total_projects_completed"], profile["completion_rate"]) == (1, 100.0)

    def test_artist_and_reviewer_are_not_believed(self, client_of, alice, bob, charlie, dora, job):
        sent = {"job": job.pk, "rating": 1, "comment": "Bad.", "artist": dora.pk, "reviewer": charlie.pk, "id": 7}
        answer = client_of(bob).post("/api/reviews/", sent, format="json")

        assert (answer.json()["artist"]["id"], answer.json()["reviewer"]["id"]) == (alice.pk, bob.pk)

    def test_each_field_says_what_is_wrong(self, client_of, bob):
        wrong = {"job": "x", "rating": 6, "comment": "x" * 1001}
        answer = client_of(bob).post("/api/reviews/", wrong, format="json")

        assert (answer.status_code, set(answer.json())) == (400, set(wrong))

    def test_a_job_that_is_not_completed(self, client_of, bob):
        sent = {"job": hired_job(buyer=bob).pk, "rating": 5, "comment": COMMENT}
        answer = client_of(bob).post("/api/reviews/", sent, format="json")

        assert answer.status_code == 400
        assert answer.json() == {"error": "A job is reviewed once it is completed.", "code": "wrong_job_status"}

    def test_a_job_that_is_not_there(self, client_of, bob):
        answer = client_of(bob).post("/api/reviews/", {"job": 2**40, "rating": 5, "comment": "?"}, format="json")

        assert (answer.status_code, answer.json()) == (400, {"job": ["There is no such job."]})

    def test_a_second_one(self, client_of, bob, review):
        sent = {"job": review.job_id, "rating": 1, "comment": "Again."}
        answer = client_of(bob).post("/api/reviews/", sent, format="json")

        assert answer.status_code == 400
        assert answer.json() == {"error": "This job has a review already.", "code": "already_reviewed"}

    def test_anothers_job(self, client_of, alice, charlie, job):
        for person in (alice, charlie):
            answer = client_of(person).post(
                "/api/reviews/", {"job": job.pk, "rating": 5, "comment": "!"}, format="json"
            )
            assert (answer.status_code, answer.json()) == (403, {"detail": "Only the buyer of a job reviews it."})


@pytest.mark.operation("cultureup.reviews.list")
class TestList:
    def test_all_reviews_for_everybody_signed_in(self, client_of, alice, bob, charlie, review):
        for person in (alice, bob, charlie):
            answer = client_of(person).get("/api/reviews/")
            assert answer.status_code == 200
            assert answer.json() == {"count": 1, "next": None, "previous": None, "results": [documented(review)]}
        assert client_of(None).get("/api/reviews/").status_code == 401

    def test_filters_and_orderings(self, client_of, charlie):
        made = [ReviewFactory.create(rating=rating) for rating in (3, 5, 1, 5)]

        def found(query):
            rows = client_of(charlie).get(f"/api/reviews/?{query}").json()["results"]
            return [[review.pk for review in made].index(row["id"]) for row in rows]

        assert found("") == [3, 2, 1, 0]
        assert found("ordering=created_at") == [0, 1, 2, 3]
        assert found("ordering=rating") == [2, 0, 3, 1]
        assert found("ordering=-rating") == [3, 1, 0, 2]
        assert found("rating=5") == [3, 1]
        assert found("rating=2") == []

    @pytest.mark.parametrize("query", ["rating=0", "rating=6", "rating=x", "ordering=comment", "page=0"])
    def test_a_parameter_that_does_not_fit_is_named(self, client_of, charlie, query):
        answer = client_of(charlie).get(f"/api/reviews/?{query}")

        assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])

    def test_as_many_queries_for_thirty_as_for_one(self, client_of, charlie, review, django_assert_num_queries):
        client = client_of(charlie)
        with django_assert_num_queries(3):  # the caller, the count, the page
            client.get("/api/reviews/")
        for _ in range(29):
            ReviewFactory.create()
        with django_assert_num_queries(3):
            assert len(client.get("/api/reviews/?page_size=30").json()["results"]) == 30


@pytest.mark.operation("cultureup.reviews.get")
def test_one_review(client_of, charlie, review):
    answer = client_of(charlie).get(f"/api/reviews/{review.pk}/")
    assert (answer.status_code, answer.json()) == (200, documented(review))

    answer = client_of(charlie).get("/api/reviews/999999/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Review not found"})


@pytest.mark.operation("cultureup.reviews.update")
class TestUpdate:
    def test_its_author_writes_it_anew(self, client_of, bob, review):
        sent = {"job": review.job_id, "rating": 2, "comment": "Not so good."}
        answer = client_of(bob).put(f"/api/reviews/{review.pk}/", sent, format="json")

        assert (answer.status_code, answer.json()) == (200, documented(review, rating=2, comment="Not so good."))
        assert client_of(bob).get(f"/api/reviews/{review.pk}/").json() == answer.json()

    def test_another_job_is_refused_by_name(self, client_of, bob, review):
        sent = {"job": 2**40, "rating": 2, "comment": "Not so good."}
        answer = client_of(bob).put(f"/api/reviews/{review.pk}/", sent, format="json")

        assert (answer.status_code, answer.json()) == (400, {"job": ["The job of a review cannot be changed."]})

    def test_the_whole_is_sent(self, client_of, bob, review):
        answer = client_of(bob).put(f"/api/reviews/{review.pk}/", {"rating": 2}, format="json")

        assert (answer.status_code, list(answer.json())) == (400, ["comment"])


@pytest.mark.operation("cultureup.reviews.partial_update")
class TestPartialUpdate:
    def test_its_author_corrects_it(self, client_of, bob, review):
        sent = {"rating": 4, "comment": "Good work overall."}
        answer = client_of(bob).patch(f"/api/reviews/{review.pk}/", sent, format="json")

        assert (answer.status_code, answer.json()) == (200, documented(review, rating=4, comment="Good work overall."))

    def test_nobody_else_does(self, client_of, alice, charlie, staff, review):
        for person in (alice, charlie, staff):
            answer = client_of(person).patch(f"/api/reviews/{review.pk}/", {"rating": 1}, format="json")
            assert (answer.status_code, answer.json()) == (403, {"detail": "Only its author changes a review."})
        review.refresh_from_db()
        assert review.rating == 5

    def test_an_empty_comment(self, client_of, bob, review):
        answer = client_of(bob).patch(f"/api/reviews/{review.pk}/", {"comment": ""}, format="json")

        assert (answer.status_code, list(answer.json())) == (400, ["comment"])


@pytest.mark.operation("cultureup.reviews.delete")
class TestDelete:
    def test_its_author_takes_it_back(self, client_of, bob, review):
        answer = client_of(bob).delete(f"/api/reviews/{review.pk}/")

        assert (answer.status_code, answer.content) == (204, b"")
        assert not Review.objects.exists()

    def test_nobody_else_does(self, client_of, alice, charlie, staff, review):
        for person in (alice, charlie, staff):
            assert client_of(person).delete(f"/api/reviews/{review.pk}/").status_code == 403
        assert Review.objects.exists()


@pytest.mark.operation("cultureup.artist_profiles.reviews")
class TestReviewsOfAnArtist:
    def test_what_buyers_say_of_her_and_of_nobody_else(self, client_of, alice, review):
        ReviewFactory.create()
        answer = client_of(None).get(f"/api/artist-profiles/{alice.pk}/reviews/")

        assert answer.status_code == 200
        assert answer.json() == {"count": 1, "next": None, "previous": None, "results": [documented(review)]}

    def test_the_newest_first_page_by_page(self, client_of, alice):
        made = [ReviewFactory.create(job=completed_job(artist=alice)).pk for _ in range(3)]
        answer = client_of(None).get(f"/api/artist-profiles/{alice.pk}/reviews/?page_size=2").json()

        assert (answer["count"], [row["id"] for row in answer["results"]]) == (3, made[:0:-1])
        assert answer["next"].endswith("?page=2&page_size=2")

    def test_an_artist_nobody_reviewed(self, client_of, dora):
        assert client_of(None).get(f"/api/artist-profiles/{dora.pk}/reviews/").json()["results"] == []

    def test_who_is_no_artist(self, client_of):
        gone = ArtistFactory.create(is_active=False)
        for pk in (BuyerFactory.create().pk, gone.pk, 2**40):
            answer = client_of(None).get(f"/api/artist-profiles/{pk}/reviews/")
            assert (answer.status_code, answer.json()) == (404, {"detail": "Artist not found"})

    def test_as_many_queries_for_thirty_as_for_one(self, client_of, alice, review, django_assert_num_queries):
        client, address = client_of(None), f"/api/artist-profiles/{alice.pk}/reviews/?page_size=30"
        with django_assert_num_queries(3):  # the artist, the count, the page
            client.get(address)
        for _ in range(29):
            ReviewFactory.create(job=completed_job(artist=alice))
        with django_assert_num_queries(3):
            assert len(client.get(address).json()["results"]) == 30
