"""CultureUp: artist and buyer profiles."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ArtistProfile, BuyerProfile
from accounts.tests.factories import (
    ArtistFactory,
    ArtistProfileFactory,
    BuyerFactory,
    BuyerProfileFactory,
    ModeratorFactory,
    StaffFactory,
    UserFactory,
)
from accounts.tests.people import as_token

pytestmark = pytest.mark.django_db

ARTIST = {
    "bio": "Professional digital artist",
    "skills": "Digital Painting, Character Design",
    "experience_level": "expert",
    "hourly_rate": "150.00",
    "portfolio_description": "10+ years",
    "is_available": True,
}


def names(response):
    assert response.status_code == 200, response.json()
    return [row["user"]["username"] for row in response.json()["results"]]


@pytest.fixture
def alice():
    return ArtistFactory(username="alice", phone_number="+92", earned="45000.5", identity_verified=True)


@pytest.fixture
def bob():
    return BuyerFactory(username="bob", phone_number="+93", spent="15000")


# ---------------------------------------------------------------- artists
@pytest.mark.operation("cultureup.artist_profiles.create")
def test_an_artist_makes_a_profile(alice):
    response = as_token(alice).post("/api/artist-profiles/", ARTIST | {"rating": 5}, format="json")

    assert response.status_code == 201, response.json()
    body = response.json()
    assert body.pop("user") == {
        "id": alice.pk,
        "username": "alice",
        "email": "alice@example.com",
        "first_name": "Alice",
        "last_name": "Example",
        "user_type": "artist",
        "phone_number": "+92",
        "is_verified": True,
        "profile_image": None,
        "created_at": f"{alice.created_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert body == ARTIST | {
        "currency": "PKR",
        "rating": 0.0,
        "total_projects_completed": 0,
        "total_earnings": "45000.50",
        "completion_rate": 0.0,
        "total_reviews": 0,
    }


def test_a_form_leaves_what_it_does_not_send_alone(alice):
    client = as_token(alice)
    form = {"experience_level": "expert", "hourly_rate": "150.00"}

    made = client.post("/api/artist-profiles/", form, format="multipart")
    put = client.put(f"/api/artist-profiles/{alice.pk}/", form, format="multipart")

    assert (made.status_code, put.status_code) == (201, 200)
    assert (made.json()["is_available"], put.json()["is_available"]) == (True, True)


def test_null_clears_a_text(alice, bob):
    ArtistProfileFactory(user=alice, bio="Once", skills="Ink")
    BuyerProfileFactory(user=bob, company_name="Once")

    artist = as_token(alice).patch(f"/api/artist-profiles/{alice.pk}/", {"bio": None}, format="json")
    buyer = as_token(bob).patch(f"/api/buyer-profiles/{bob.pk}/", {"company_name": None}, format="json")

    assert (artist.status_code, artist.json()["bio"], artist.json()["skills"]) == (200, "", "Ink")
    assert (buyer.status_code, buyer.json()["company_name"]) == (200, "")


def test_a_second_artist_profile_is_400_and_a_buyers_is_403(alice, bob):
    client = as_token(alice)
    client.post("/api/artist-profiles/", ARTIST, format="json")

    second = client.post("/api/artist-profiles/", ARTIST, format="json")
    buyers = as_token(bob).post("/api/artist-profiles/", ARTIST, format="json")

    assert (second.status_code, second.json()["error"]) == (400, "You already have an artist profile.")
    assert buyers.status_code == 403
    assert buyers.json() == {"detail": "Only artists can create an artist profile."}
    assert APIClient().post("/api/artist-profiles/", ARTIST, format="json").status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("experience_level", "master"),
        ("experience_level", None),
        ("experience_level", ["expert"]),
        ("hourly_rate", "-1"),
        ("hourly_rate", "1.999"),
        ("hourly_rate", "NaN"),
        ("hourly_rate", "1e400"),
        ("hourly_rate", "9" * 40),
        ("hourly_rate", [1]),
        ("bio", "x" * 1001),
        ("bio", "\x00"),
        ("skills", {"a": 1}),
        ("portfolio_description", "x" * 2001),
        ("is_available", "perhaps"),
    ],
)
def test_bad_values_name_their_field(alice, field, value):
    response = as_token(alice).post("/api/artist-profiles/", ARTIST | {field: value}, format="json")

    assert response.status_code == 400
    assert set(response.json()) == {field}
    assert not ArtistProfile.objects.exists()


@pytest.mark.operation("cultureup.artist_profiles.get")
def test_strangers_see_no_contact_data(alice):
    ArtistProfileFactory(user=alice, rating="4.80", completion_rate="98.50")

    body = APIClient().get(f"/api/artist-profiles/{alice.pk}/").json()

    assert (body["user"]["email"], body["user"]["phone_number"], body["total_earnings"]) == (None, None, None)
    assert (body["rating"], body["completion_rate"], body["hourly_rate"]) == (4.8, 98.5, "50.00")
    assert body["user"]["username"] == "alice"


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [("alice", True), (StaffFactory, True), (ModeratorFactory, False), (UserFactory, False), (ArtistFactory, False)],
)
def test_who_sees_contact_data_of_an_artist(alice, viewer, sees):
    ArtistProfileFactory(user=alice)
    client = as_token(alice if viewer == "alice" else viewer())

    one = client.get(f"/api/artist-profiles/{alice.pk}/").json()
    listed = client.get("/api/artist-profiles/").json()["results"][0]

    expected = ("alice@example.com", "+92", "45000.50") if sees else (None, None, None)
    for body in (one, listed):
        assert (body["user"]["email"], body["user"]["phone_number"], body["total_earnings"]) == expected


@pytest.mark.operation("cultureup.artist_profiles.list")
def test_filters_and_orderings_of_artists():
    for name, level, rate, rating, available in [
        ("ann", "beginner", "20.00", "3.50", True),
        ("ben", "intermediate", "50.00", "4.50", False),
        ("cleo", "expert", "150.00", "4.00", True),
    ]:
        user = ArtistFactory(username=name)
        ArtistProfileFactory(
            user=user,
            experience_level=level,
            hourly_rate=rate,
            rating=rating,
            is_available=available,
            bio=f"I am {name}",
        )
    client = APIClient()

    def listed(query):
        return names(client.get(f"/api/artist-profiles/?{query}"))

    assert listed("") == ["cleo", "ben", "ann"]
    assert listed("experience_level=expert") == listed("experience_level=Expert") == ["cleo"]
    assert listed("is_available=false") == ["ben"]
    assert listed("is_available=true") == ["cleo", "ann"]
    assert listed("min_hourly_rate=50") == ["cleo", "ben"]
    assert listed("max_hourly_rate=50.00") == ["ben", "ann"]
    assert listed("min_hourly_rate=30&max_hourly_rate=100&is_available=false") == ["ben"]
    assert listed("ordering=rating") == ["ann", "cleo", "ben"]
    assert listed("ordering=-rating") == ["ben", "cleo", "ann"]
    assert listed("ordering=hourly_rate") == ["ann", "ben", "cleo"]
    assert listed("ordering=-hourly_rate") == ["cleo", "ben", "ann"]
    assert listed("search=CLEO") == ["cleo"]
    assert listed("search=am+ben") == ["ben"]
    assert listed("search=") == ["cleo", "ben", "ann"]
    assert listed("search=%25") == []
    assert listed("search=ann@example.com") == []


@pytest.mark.parametrize(
    "query",
    [
        "experience_level=master",
        "is_available=perhaps",
        "min_hourly_rate=abc",
        "max_hourly_rate=NaN",
        "min_hourly_rate=9999999999999999",
        "ordering=password",
        "ordering=user__email",
        "search=%00",
    ],
)
def test_malformed_parameters_are_named(query):
    response = APIClient().get(f"/api/artist-profiles/?{query}")

    assert response.status_code == 400
    assert set(response.json()) == {query.split("=")[0]}


@pytest.mark.parametrize(("path", "factory"), [("artist", ArtistProfileFactory), ("buyer", BuyerProfileFactory)])
def test_a_list_costs_the_same_with_one_row_and_with_thirty(path, factory, django_assert_num_queries):
    client = as_token(UserFactory())
    factory()
    with django_assert_num_queries(3):  # the caller, the count, the page
        client.get(f"/api/{path}-profiles/")
    factory.create_batch(30)

    with django_assert_num_queries(3):
        body = client.get(f"/api/{path}-profiles/?page_size=50").json()
    assert len(body["results"]) == 31


@pytest.mark.operation("cultureup.artist_profiles.update")
def test_put_replaces_an_artist_profile(alice):
    ArtistProfileFactory(user=alice)

    response = as_token(alice).put(f"/api/artist-profiles/{alice.pk}/", ARTIST, format="json")
    incomplete = as_token(alice).put(f"/api/artist-profiles/{alice.pk}/", {"bio": "x"}, format="json")

    assert response.status_code == 200
    assert {name: response.json()[name] for name in ARTIST} == ARTIST
    assert incomplete.status_code == 400
    assert set(incomplete.json()) == {"experience_level", "hourly_rate"}


@pytest.mark.operation("cultureup.artist_profiles.partial_update")
def test_patch_changes_what_was_sent(alice):
    ArtistProfileFactory(user=alice)

    response = as_token(alice).patch(
        f"/api/artist-profiles/{alice.pk}/",
        {"hourly_rate": "175.00", "experience_level": "Intermediate"},
        format="json",
    )

    assert response.status_code == 200
    body = response.json()
    assert (body["hourly_rate"], body["experience_level"], body["bio"]) == ("175.00", "intermediate", "Paints in oil.")


@pytest.mark.operation("cultureup.artist_profiles.delete")
def test_deleting_ones_artist_profile(alice):
    ArtistProfileFactory(user=alice)
    client = as_token(alice)

    response = client.delete(f"/api/artist-profiles/{alice.pk}/")

    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/api/artist-profiles/{alice.pk}/").status_code == 404
    assert client.delete(f"/api/artist-profiles/{alice.pk}/").json() == {"detail": "Artist profile not found"}


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_others_may_not_change_profiles(alice, bob, method):
    ArtistProfileFactory(user=alice)
    BuyerProfileFactory(user=bob)
    charlie = as_token(UserFactory())
    artist, buyer = f"/api/artist-profiles/{alice.pk}/", f"/api/buyer-profiles/{bob.pk}/"

    assert getattr(charlie, method)(artist, ARTIST, format="json").status_code == 403
    assert getattr(charlie, method)(buyer, {"address": "x"}, format="json").status_code == 403
    assert getattr(APIClient(), method)(artist, ARTIST, format="json").status_code == 401
    assert getattr(charlie, method)("/api/artist-profiles/999999/", ARTIST, format="json").status_code == 404
    assert ArtistProfile.objects.get().bio == "Paints in oil."
    assert BuyerProfile.objects.get().company_name == "Creative Co"


def test_profiles_of_deactivated_accounts_are_for_staff(alice, bob):
    for profile in (ArtistProfileFactory(user=alice), BuyerProfileFactory(user=bob)):
        profile.user.is_active = False
        profile.user.save()
    for path in (f"/api/artist-profiles/{alice.pk}/", f"/api/buyer-profiles/{bob.pk}/"):
        assert APIClient().get(path).status_code == 404
        assert as_token(StaffFactory()).get(path).status_code == 200
    assert names(APIClient().get("/api/artist-profiles/")) == names(APIClient().get("/api/buyer-profiles/")) == []


def test_an_enormous_id_is_404():
    assert APIClient().get(f"/api/artist-profiles/{'9' * 30}/").status_code == 404


# ---------------------------------------------------------------- buyers
@pytest.mark.operation("cultureup.buyer_profiles.create")
def test_a_buyer_makes_a_profile(bob):
    client = as_token(bob)
    sent = {"company_name": "Tech Innovations Inc", "address": "123 Main Street, Lahore"}

    response = client.post("/api/buyer-profiles/", sent | {"total_spent": "1", "projects_posted": 9}, format="json")
    second = client.post("/api/buyer-profiles/", sent, format="json")

    assert response.status_code == 201
    body = response.json()
    assert body.pop("user")["id"] == bob.pk
    assert body == sent | {"total_spent": "15000.00", "currency": "PKR", "projects_posted": 0}
    assert (second.status_code, second.json()["error"]) == (400, "You already have a buyer profile.")


def test_everyone_may_buy(alice):
    assert as_token(alice).post("/api/buyer-profiles/", {}, format="json").status_code == 201


@pytest.mark.operation("cultureup.buyer_profiles.get")
@pytest.mark.parametrize(("viewer", "sees"), [("bob", True), (StaffFactory, True), (UserFactory, False), (None, False)])
def test_who_sees_contact_data_of_a_buyer(bob, viewer, sees):
    BuyerProfileFactory(user=bob, projects_posted=12)
    client = APIClient() if viewer is None else as_token(bob if viewer == "bob" else viewer())

    one = client.get(f"/api/buyer-profiles/{bob.pk}/").json()
    listed = client.get("/api/buyer-profiles/").json()["results"][0]

    expected = ("bob@example.com", "+93", "1 Example Street, Lahore", "15000.00") if sees else (None,) * 4
    for body in (one, listed):
        user = body["user"]
        assert (user["email"], user["phone_number"], body["address"], body["total_spent"]) == expected
        assert (body["company_name"], body["projects_posted"]) == ("Creative Co", 12)


@pytest.mark.operation("cultureup.buyer_profiles.list")
def test_search_and_orderings_of_buyers():
    for name, spent, posted in [("ann", "30", 2), ("ben", "10", 3), ("cleo", "20", 1)]:
        BuyerProfileFactory(
            user=BuyerFactory(username=name, spent=spent),
            projects_posted=posted,
            company_name=f"{name} inc",
            address=f"street of {name}",
            created_at=timezone.now(),
        )

    def listed(query):
        return names(APIClient().get(f"/api/buyer-profiles/?{query}"))

    assert listed("") == ["cleo", "ben", "ann"]
    assert listed("ordering=total_spent") == ["ben", "cleo", "ann"]
    assert listed("ordering=-total_spent") == ["ann", "cleo", "ben"]
    assert listed("ordering=projects_posted") == ["cleo", "ann", "ben"]
    assert listed("ordering=-projects_posted") == ["ben", "ann", "cleo"]
    assert listed("search=ben+inc") == ["ben"]
    assert listed("search=street") == []  # addresses are private, also for guessers
    assert APIClient().get("/api/buyer-profiles/?ordering=address").status_code == 400


@pytest.mark.operation("cultureup.buyer_profiles.update")
def test_put_changes_a_buyer_profile(bob):
    BuyerProfileFactory(user=bob)
    sent = {"company_name": "Tech Ltd", "address": "Karachi"}

    response = as_token(bob).put(f"/api/buyer-profiles/{bob.pk}/", sent, format="json")

    assert response.status_code == 200
    assert {name: response.json()[name] for name in sent} == sent


@pytest.mark.operation("cultureup.buyer_profiles.partial_update")
def test_patch_changes_a_buyer_profile(bob):
    BuyerProfileFactory(user=bob)
    client = as_token(bob)

    response = client.patch(f"/api/buyer-profiles/{bob.pk}/", {"address": "Karachi"}, format="json")

    assert response.status_code == 200
    assert (response.json()["address"], response.json()["company_name"]) == ("Karachi", "Creative Co")
    too_long = client.patch(f"/api/buyer-profiles/{bob.pk}/", {"company_name": "x" * 201}, format="json")
    assert too_long.status_code == 400


@pytest.mark.operation("cultureup.buyer_profiles.delete")
def test_deleting_ones_buyer_profile(bob):
    BuyerProfileFactory(user=bob)

    assert as_token(bob).delete(f"/api/buyer-profiles/{bob.pk}/").status_code == 204
    assert not BuyerProfile.objects.exists()
