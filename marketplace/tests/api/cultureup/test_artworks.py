"""CultureUp's artworks over HTTP."""

import io
import re

import pytest
from django.core.files.storage import storages
from django.utils.crypto import get_random_string
from PIL import Image
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory
from config.core.storage import signed_link
from marketplace.choices import Status
from marketplace.models import Appeal, Artwork, Listing, Picture
from marketplace.tests.factories import ArtworkFactory, CategoryFactory
from marketplace.tests.uploads import file_of, file_with, painting

pytestmark = pytest.mark.django_db
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def alice():
    return ArtistFactory(username="alice", identity_verified=True)


def form(**changes):
    """An upload as a browser's form sends it; a value of None leaves the field out."""
    sent = {
        "title": "Sunset Over Mountains",
        "description": "A beautiful digital painting",
        "artwork_type": "digital",
        "price": "299.99",
        "image": file_of(painting(1)),
    }
    if "category_id" not in changes:
        sent["category_id"] = CategoryFactory(name=get_random_string(12)).pk
    return {name: value for name, value in (sent | changes).items() if value is not None}


def post(user, **changes):
    return client_of(user).post("/api/artworks/", form(**changes), format="multipart")


# ---------------------------------------------------------------- answers
def check_listed(work):
    assert list(work) == [
        *("id", "artist", "title", "description", "category", "artwork_type", "price", "currency", "image"),
        "watermarked_image",
        *("is_available", "is_featured", "views_count", "likes_count", "edition_size", "created_at", "updated_at"),
    ]
    assert list(work["artist"]) == ["id", "username", "email", "first_name", "last_name", "user_type"]
    assert list(work["category"]) == ["id", "name", "description"]
    assert re.fullmatch(r"\d+\.\d\d", work["price"])
    assert TIME.match(work["created_at"])
    assert TIME.match(work["updated_at"])
    assert work["watermarked_image"].startswith("http://testserver/media/artworks/")


def check_artists(work):
    assert list(work)[:19] == [
        *("id", "artist", "title", "description", "category", "artwork_type", "price", "currency"),
        "s3_image_url",
        *("s3_watermarked_url", "rekognition_checked", "rekognition_labels", "similarity_score", "is_available"),
        *("is_featured", "views_count", "likes_count", "edition_size", "created_at"),
    ]
    assert list(work["artist"]) == ["id", "username"]
    assert list(work["category"]) == ["id", "name"]
    assert re.fullmatch(r"\d+\.\d\d", work["similarity_score"])
    assert TIME.match(work["created_at"])


def check_page(body):
    assert list(body) == ["count", "next", "previous", "results"]
    return body["results"]


# ---------------------------------------------------------------- uploads
@pytest.mark.operation("cultureup.artworks.create")
class TestCreate:
    def test_it_answers_as_documented(self, alice):
        answer = post(alice)
        assert answer.status_code == 201, answer.data
        body = answer.json()
        assert list(body) == ["message", "artwork", "duplicate_check", "rekognition_labels"]
        assert body["message"] == "Artwork uploaded successfully"
        assert body["duplicate_check"] == {"checked": True, "total_compared": 0, "duplicate_found": False}
        assert body["rekognition_labels"] == []
        work = body["artwork"]
        check_artists(work)
        assert "updated_at" not in work
        assert work["artist"] == {"id": alice.pk, "username": "alice"}
        assert (work["price"], work["rekognition_checked"], work["similarity_score"]) == ("299.99", True, "0.00")
        assert (work["is_available"], work["is_featured"], work["views_count"]) == (True, False, 0)
        assert Listing.objects.get(pk=work["id"]).status == Status.APPROVED

    def test_a_duplicate_answers_as_documented(self, alice):
        first = post(alice, title="Similar Artwork").json()["artwork"]
        answer = post(ArtistFactory())
        assert answer.status_code == 400
        body = answer.json()
        assert body["error"] == "Duplicate artwork detected"
        assert body["message"] == "This artwork is too similar to an existing artwork in our system"
        assert body["duplicate_detected"] is True
        assert body["similarity_score"] == 100.0
        assert body["matched_artwork"] == {"id": first["id"], "title": "Similar Artwork", "artist": "alice"}
        assert body["evidence"]["explanation"] == "The file is identical, byte for byte."
        assert Artwork.objects.get(pk=body["artwork_id"]).status == Status.REJECTED

    def test_what_a_client_may_not_decide_is_ignored(self, alice):
        bob = BuyerFactory()
        server_owned = {
            "is_featured": "true",
            "status": "approved",
            "seller": bob.pk,
            "artist": bob.pk,
            "views_count": 1000,
            "likes_count": 1000,
            "similarity_score": "0",
            "stock": 99,
        }
        unverified = ArtistFactory()
        answer = post(unverified, **server_owned)
        work = Artwork.objects.get(pk=answer.json()["artwork"]["id"])
        assert (work.seller, work.status, work.is_featured) == (unverified, Status.PENDING, False)
        assert (work.views_count, work.likes_count, work.stock) == (0, 0, None)

    def test_the_availability_and_the_edition_are_the_artists(self, alice):
        work = post(alice, is_available="false", edition_size="5").json()["artwork"]
        assert (work["is_available"], work["edition_size"]) == (False, 5)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *[(name, None) for name in ("title", "description", "category_id", "artwork_type", "price", "image")],
            ("title", ""),
            ("title", "   "),
            ("title", "x" * 201),
            ("title", "nul\x00"),
            ("description", "nul\x00"),
            ("description", "x" * 20_001),
            ("category_id", "abc"),
            ("category_id", "-1"),
            ("category_id", "99999999999999999999999999"),
            ("category_id", "4611686018427387904"),
            ("artwork_type", "sculpture"),
            ("price", "-1"),
            ("price", "1.999"),
            ("price", "NaN"),
            ("price", "Infinity"),
            ("price", "1e50"),
            ("price", "free"),
            ("is_available", "perhaps"),
            ("edition_size", "0"),
            ("edition_size", "1.5"),
            ("edition_size", "99999999999"),
            ("image", "text"),
            ("image", file_with(b"")),
            ("image", file_with(b"<script>alert(1)</script>")),
        ],
    )
    def test_bad_values_are_refused_by_name(self, alice, field, value):
        answer = post(alice, **{field: value})
        assert answer.status_code == 400, answer.data
        assert list(answer.json()) == [field]
        assert isinstance(answer.json()[field], list)
        assert not Artwork.objects.exists()

    @pytest.mark.parametrize("body", [[], "text", 5, None, {"title": ["a"], "image": {}}, {"title": {"$gt": ""}}])
    def test_odd_json_is_refused(self, alice, body):
        answer = client_of(alice).post("/api/artworks/", body, format="json")
        assert answer.status_code == 400
        assert not Artwork.objects.exists()

    def test_markup_comes_back_as_text(self, alice):
        title = '<img src=x onerror="alert(1)"> ☃ 𝄞'
        assert post(alice, title=title).json()["artwork"]["title"] == title

    def test_late_checks_are_said_so(self, alice, settings):
        settings.DUPLICATE_CHECK_WAIT = 0
        body = post(alice).json()
        assert body["duplicate_check"] == {"checked": False, "total_compared": 0, "duplicate_found": False}
        assert body["artwork"]["rekognition_checked"] is False

    def test_a_storage_that_is_away_is_503(self, alice, settings):
        gone = {"BACKEND": "config.core.storage.PrivateFileSystemStorage", "OPTIONS": {"location": "/proc/nowhere"}}
        settings.STORAGES = settings.STORAGES | {"private": gone}
        assert post(alice).status_code == 503


# ---------------------------------------------------------------- lists
@pytest.mark.operation("cultureup.artworks.list")
class TestList:
    def test_it_answers_as_documented(self, alice):
        ArtworkFactory(seller=alice, title="Sunset", price="299.99")
        body = client_of().get("/api/artworks/").json()
        (work,) = check_page(body)
        check_listed(work)
        assert (body["count"], body["next"], body["previous"]) == (1, None, None)
        assert work["artist"] == {
            "id": alice.pk,
            "username": "alice",
            "email": None,
            "first_name": "Alice",
            "last_name": "Example",
            "user_type": "artist",
        }

    def test_strangers_get_the_rendition_the_artist_and_moderators_the_original(self, alice):
        work = ArtworkFactory(seller=alice)
        for user in (None, BuyerFactory(), ArtistFactory()):
            (row,) = client_of(user).get("/api/artworks/").json()["results"]
            assert row["image"] == row["watermarked_image"]
            assert row["artist"]["email"] is None
        for user in (alice, ModeratorFactory()):
            (row,) = client_of(user).get("/api/artworks/").json()["results"]
            assert row["image"].startswith("http://testserver/files/")
            assert row["artist"]["email"] == "alice@example.com"
            given = b"".join(client_of().get(row["image"]).streaming_content)
            assert given == storages["private"].open(work.picture.original.name).read()

    def test_it_costs_the_same_with_one_row_and_with_thirty(self, django_assert_num_queries):
        ArtworkFactory()
        client = client_of()
        client.get("/api/artworks/")
        with django_assert_num_queries(2):
            client.get("/api/artworks/?page_size=100")
        ArtworkFactory.create_batch(29)
        with django_assert_num_queries(2):
            assert len(client.get("/api/artworks/?page_size=100").json()["results"]) == 30

    def test_pages(self):
        ArtworkFactory.create_batch(5)
        client = client_of()
        body = client.get("/api/artworks/?page_size=2&page=2&ordering=price").json()
        assert (body["count"], len(body["results"])) == (5, 2)
        assert "page=3" in body["next"] and "ordering=price" in body["next"]
        assert client.get("/api/artworks/?page_size=2&page=4").status_code == 404

    def test_every_filter_over_http(self):
        wanted = ArtworkFactory(title="Dunes", price="20", is_featured=True, artwork_type="mixed")
        ArtworkFactory.create_batch(2)
        filters = f"category={wanted.category_id}&artwork_type=mixed&min_price=20&max_price=20.00&is_featured=true"
        body = client_of().get(f"/api/artworks/?{filters}&search=dun&ordering=-likes_count").json()
        assert [work["id"] for work in body["results"]] == [wanted.pk]
        assert client_of().get("/api/artworks/?category=&search=&ordering=&min_price=").json()["count"] == 3

    @pytest.mark.parametrize(
        "query",
        [
            "category=abc",
            "category=-1",
            "category=99999999999999999999",
            "artwork_type=sculpture",
            "min_price=cheap",
            "max_price=NaN",
            "min_price=1e400",
            "is_featured=perhaps",
            "ordering=title",
            "ordering=-id;drop",
            "ordering=seller__password",
            "search=%00",
            "search=" + "x" * 201,
        ],
    )
    def test_malformed_parameters_are_named(self, query):
        answer = client_of().get(f"/api/artworks/?{query}")
        assert answer.status_code == 400, answer.data
        assert list(answer.json()) == [query.partition("=")[0]]

    def test_without_a_picture_or_a_category_it_still_answers(self):
        ArtworkFactory(picture=False, category=None)
        (work,) = client_of().get("/api/artworks/").json()["results"]
        assert (work["image"], work["watermarked_image"], work["category"]) == (None, None, None)


@pytest.mark.operation("cultureup.artworks.featured")
def test_featured_ones():
    featured = ArtworkFactory(is_featured=True)
    ArtworkFactory()
    ArtworkFactory(is_featured=True, status=Status.PENDING)
    (work,) = check_page(client_of().get("/api/artworks/featured/").json())
    check_listed(work)
    assert (work["id"], work["is_featured"]) == (featured.pk, True)


@pytest.mark.operation("cultureup.artist_profiles.artworks")
def test_the_works_of_an_artist(alice):
    live = ArtworkFactory(seller=alice)
    ArtworkFactory(seller=alice, status=Status.PENDING)
    ArtworkFactory()
    path = f"/api/artist-profiles/{alice.pk}/artworks/"
    (work,) = check_page(client_of().get(path).json())
    check_listed(work)
    assert work["id"] == live.pk
    assert client_of(alice).get(path).json()["count"] == 2
    assert client_of().get(f"/api/artist-profiles/{BuyerFactory().pk}/artworks/").status_code == 404


# ---------------------------------------------------------------- one
@pytest.mark.operation("cultureup.artworks.get")
class TestGet:
    def test_it_answers_as_documented_and_counts_the_visit(self):
        work = ArtworkFactory()
        client = client_of()
        body = client.get(f"/api/artworks/{work.pk}/").json()
        check_listed(body)
        assert (body["id"], body["views_count"]) == (work.pk, 1)
        assert client.get(f"/api/artworks/{work.pk}/").json()["views_count"] == 1
        assert client_of(BuyerFactory()).get(f"/api/artworks/{work.pk}/").json()["views_count"] == 2

    def test_what_is_sold_out_is_shown_as_not_available(self):
        work = ArtworkFactory(stock=0, edition_size=5)
        body = client_of().get(f"/api/artworks/{work.pk}/").json()
        assert (body["is_available"], body["edition_size"]) == (False, 5)

    @pytest.mark.parametrize("number", ["0", "999999999", "9223372036854775808", "99999999999999999999999"])
    def test_unknown_ones_are_404(self, number):
        answer = client_of().get(f"/api/artworks/{number}/")
        assert answer.status_code == 404
        assert list(answer.json()) == ["detail"]

    def test_pending_ones_are_404_for_strangers_and_shown_to_their_artist(self, alice):
        work = ArtworkFactory(seller=alice, status=Status.PENDING)
        assert client_of(BuyerFactory()).get(f"/api/artworks/{work.pk}/").status_code == 404
        assert client_of(alice).get(f"/api/artworks/{work.pk}/").status_code == 200


# ---------------------------------------------------------------- edits
EDIT = {"title": "Updated Title", "description": "Updated", "artwork_type": "mixed", "price": "349.99"}


@pytest.mark.operation("cultureup.artworks.update")
class TestUpdate:
    @pytest.mark.parametrize("kind", ["json", "multipart"])
    def test_it_answers_as_documented(self, alice, kind):
        work = ArtworkFactory(seller=alice, is_available=False)
        sent = EDIT | {"category_id": work.category_id, "is_featured": "true"}
        answer = client_of(alice).put(f"/api/artworks/{work.pk}/", sent, format=kind)
        assert answer.status_code == 200, answer.data
        body = answer.json()
        check_artists(body)
        assert TIME.match(body["updated_at"])
        assert (body["title"], body["price"], body["artwork_type"]) == ("Updated Title", "349.99", "mixed")
        assert (body["is_available"], body["is_featured"]) == (False, False), "what was not sent stays as it was"

    def test_with_a_new_image(self, alice):
        work = ArtworkFactory(seller=alice)
        sent = EDIT | {"category_id": work.category_id, "image": file_of(painting(4))}
        body = client_of(alice).put(f"/api/artworks/{work.pk}/", sent, format="multipart").json()
        assert body["rekognition_checked"] is True
        assert Artwork.objects.get(pk=work.pk).picture_id != work.picture_id

    def test_a_duplicate_image_answers_as_documented(self, alice):
        post(ArtistFactory(identity_verified=True), image=file_of(painting(4)))
        work = ArtworkFactory(seller=alice, title="Old")
        sent = EDIT | {"category_id": work.category_id, "image": file_of(painting(4))}
        answer = client_of(alice).put(f"/api/artworks/{work.pk}/", sent, format="multipart")
        assert (answer.status_code, answer.json()["duplicate_detected"]) == (400, True)
        work.refresh_from_db()
        assert work.title == "Old"

    def test_everything_is_required(self, alice):
        work = ArtworkFactory(seller=alice)
        answer = client_of(alice).put(f"/api/artworks/{work.pk}/", {"title": "x"}, format="json")
        assert answer.status_code == 400
        assert set(answer.json()) == {"description", "category_id", "artwork_type", "price"}


@pytest.mark.operation("cultureup.artworks.partial_update")
class TestPartialUpdate:
    @pytest.mark.parametrize("kind", ["json", "multipart"])
    def test_it_answers_as_documented(self, alice, kind):
        work = ArtworkFactory(seller=alice, title="Same")
        sent = {"price": "349.99", "is_available": False, "description": "Updated description"}
        answer = client_of(alice).patch(f"/api/artworks/{work.pk}/", sent, format=kind)
        assert answer.status_code == 200, answer.data
        check_artists(answer.json())
        work.refresh_from_db()
        assert (str(work.price), work.is_available, work.description) == ("349.990", False, "Updated description")
        assert (work.title, work.status) == ("Same", Status.APPROVED)

    def test_an_edition_is_opened_again(self, alice):
        work = ArtworkFactory(seller=alice, edition_size=5, stock=0)
        answer = client_of(alice).patch(f"/api/artworks/{work.pk}/", {"edition_size": None}, format="json")
        assert (answer.json()["edition_size"], answer.json()["is_available"]) == (None, True)

    def test_nothing_sent_changes_nothing(self, alice):
        work = ArtworkFactory(seller=alice)
        assert client_of(alice).patch(f"/api/artworks/{work.pk}/", {}, format="json").status_code == 200

    @pytest.mark.parametrize("sent", [{"price": "-1"}, {"title": None}, {"title": "\x00"}, {"image": "http://x/y.jpg"}])
    def test_bad_values_are_refused_by_name(self, alice, sent):
        work = ArtworkFactory(seller=alice)
        answer = client_of(alice).patch(f"/api/artworks/{work.pk}/", sent, format="json")
        assert (answer.status_code, list(answer.json())) == (400, list(sent))


@pytest.mark.operation("cultureup.artworks.delete")
def test_deleting(alice):
    work = ArtworkFactory(seller=alice)
    answer = client_of(alice).delete(f"/api/artworks/{work.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client_of(alice).delete(f"/api/artworks/{work.pk}/").status_code == 404


# ---------------------------------------------------------------- likes
@pytest.mark.operation("cultureup.artworks.like")
def test_liking():
    work, client = ArtworkFactory(likes_count=89), client_of(BuyerFactory())
    for _ in range(2):
        answer = client.post(f"/api/artworks/{work.pk}/like/")
        assert (answer.status_code, answer.json()) == (
            200,
            {"message": "Artwork liked successfully", "likes_count": 90},
        )


@pytest.mark.operation("cultureup.artworks.unlike")
def test_taking_a_like_back():
    work, client = ArtworkFactory(), client_of(BuyerFactory())
    client.post(f"/api/artworks/{work.pk}/like/")
    for _ in range(2):
        answer = client.delete(f"/api/artworks/{work.pk}/like/")
        assert (answer.status_code, answer.json()["likes_count"]) == (200, 0)


# ---------------------------------------------------------------- duplicate checks and appeals
@pytest.mark.operation("cultureup.artworks.duplicate_check")
def test_how_a_check_went(alice):
    post(alice, title="Similar")
    bob = ArtistFactory()
    refused = post(bob).json()["artwork_id"]
    body = client_of(bob).get(f"/api/artworks/{refused}/duplicate-check/").json()
    assert list(body) == [
        *("artwork_id", "moderation_status", "is_replacement", "rekognition_checked", "verdict", "duplicate_risk"),
        *(
            "similarity_score",
            "duplicate_found",
            "total_compared",
            "matched_artwork",
            "evidence",
            "checked_at",
            "appeal",
        ),
    ]
    assert (body["moderation_status"], body["verdict"], body["duplicate_risk"]) == ("REJECTED", "refused", "HIGH")
    assert (body["similarity_score"], body["duplicate_found"], body["total_compared"]) == ("100.00", True, 1)
    assert (body["matched_artwork"]["title"], body["appeal"]) == ("Similar", None)
    assert client_of(ModeratorFactory()).get(f"/api/artworks/{refused}/duplicate-check/").json() == body


def test_a_check_that_has_not_ended(alice, settings):
    settings.DUPLICATE_CHECK_WAIT = 0
    work = post(alice).json()["artwork"]["id"]
    body = client_of(alice).get(f"/api/artworks/{work}/duplicate-check/").json()
    assert (body["rekognition_checked"], body["verdict"], body["duplicate_risk"]) == (False, "unchecked", None)
    assert (body["checked_at"], body["matched_artwork"]) == (None, None)


@pytest.mark.operation("cultureup.artworks.appeal")
def test_appealing(alice):
    post(alice)
    bob = ArtistFactory()
    refused = post(bob).json()["artwork_id"]
    path = f"/api/artworks/{refused}/appeal/"
    assert client_of(bob).post(path, {"reason": " "}, format="json").json() == {
        "reason": ["This field may not be blank."]
    }
    answer = client_of(bob).post(path, {"reason": "I painted it."}, format="json")
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "reason", "state", "answer", "created_at", "decided_at"]
    assert (answer.json()["state"], answer.json()["reason"]) == ("open", "I painted it.")
    again = client_of(bob).post(path, {"reason": "Again."}, format="json")
    assert (again.status_code, again.json()["code"]) == (400, "not_appealable")
    assert Appeal.objects.count() == 1
    assert client_of(bob).get(f"/api/artworks/{refused}/duplicate-check/").json()["appeal"]["state"] == "open"


# ---------------------------------------------------------------- who may
# Of a work on sale, by: nobody, a buyer, its artist, another artist, a moderator, an administrator.
PEOPLE = ("nobody", "buyer", "owner", "artist", "moderator", "administrator")
TABLE = [
    ("GET", "/api/artworks/", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/api/artworks/featured/", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/api/artworks/{id}/", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/api/artist-profiles/{artist}/artworks/", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/api/categories/", None, (200, 200, 200, 200, 200, 200)),
    ("POST", "/api/artworks/", "upload", (401, 403, 201, 201, 403, 201)),
    ("PUT", "/api/artworks/{id}/", "edit", (401, 403, 200, 403, 403, 403)),
    ("PATCH", "/api/artworks/{id}/", {}, (401, 403, 200, 403, 403, 403)),
    ("DELETE", "/api/artworks/{id}/", None, (401, 403, 204, 403, 403, 403)),
    ("POST", "/api/artworks/{id}/like/", None, (401, 200, 200, 200, 200, 200)),
    ("DELETE", "/api/artworks/{id}/like/", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/artworks/{id}/duplicate-check/", None, (401, 403, 200, 403, 200, 200)),
    ("POST", "/api/artworks/{id}/appeal/", {"reason": "x"}, (401, 403, 400, 403, 403, 403)),
]


@pytest.mark.parametrize("on_sale", [True, False], ids=["on sale", "pending"])
@pytest.mark.parametrize("position", range(len(PEOPLE)), ids=PEOPLE)
@pytest.mark.parametrize(("method", "path", "body", "statuses"), TABLE)
def test_who_may(method, path, body, statuses, position, on_sale, alice):
    work = ArtworkFactory(seller=alice, status=Status.APPROVED if on_sale else Status.PENDING)
    makers = {"buyer": BuyerFactory, "artist": ArtistFactory, "moderator": ModeratorFactory}
    person = PEOPLE[position]
    user = {"nobody": lambda: None, "owner": lambda: alice, "administrator": AdminFactory, **makers}[person]()
    address = path.format(id=work.pk, artist=alice.pk)
    data, kind = body, "json"
    if body == "upload":
        data, kind = form(image=file_of(painting(2, 64))), "multipart"
    if body == "edit":
        data = EDIT | {"category_id": work.category_id}
    answer = getattr(client_of(user), method.lower())(address, data, format=kind)
    expected = statuses[position]
    if not on_sale and "{id}" in path:
        # What one may not see does not exist; who may not even ask is told to sign in first.
        unseen = {"buyer": 404, "artist": 404, "nobody": 404 if method == "GET" and "check" not in path else 401}
        expected = unseen.get(person, expected)
    assert answer.status_code == expected, answer.data


# ---------------------------------------------------------------- originals are private
class TestOriginals:
    def test_no_address_of_the_platform_gives_one_without_a_link(self, alice):
        post(alice)
        name = Picture.objects.get().original.name
        client = client_of()
        for address in (f"/media/{name}", f"/media/../private/{name}", f"/files/{name}", f"/files/{name}/"):
            assert client.get(address).status_code == 404, address

    def test_a_link_expires(self, alice, time_machine):
        time_machine.move_to("2026-01-01T12:00:00Z")
        link = signed_link(ArtworkFactory(seller=alice).picture.original.name)
        client = client_of()
        answer = client.get(link)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer["X-Content-Type-Options"] == "nosniff"
        time_machine.move_to("2026-01-01T13:00:02Z")
        assert client.get(link).status_code == 404
        assert client.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404

    def test_strangers_get_a_marked_picture_without_anything_private(self, alice):
        exif = Image.Exif()
        exif[0x010F] = "Camera of Alice"
        file = file_of(painting(1, 2000), exif=exif)
        sent = file.read()
        file.seek(0)
        work = post(alice, image=file).json()["artwork"]
        body = client_of().get(f"/api/artworks/{work['id']}/").json()
        assert body["image"] == body["watermarked_image"]
        given = b"".join(client_of().get(body["image"]).streaming_content)
        assert b"Camera of Alice" in sent
        assert b"Camera of Alice" not in given
        assert max(Image.open(io.BytesIO(given)).size) == 1600
        original = b"".join(client_of().get(work["s3_image_url"]).streaming_content)
        assert original == sent
