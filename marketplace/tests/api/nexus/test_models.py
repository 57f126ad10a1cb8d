"""3-D models over HTTP: lists, likes, views, the public page."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from marketplace.choices import Status
from marketplace.models import Category
from marketplace.selectors.categories import NAME_SECONDS
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db
SHAPE = {
    *(
        "id",
        "title",
        "name",
        "description",
        "price",
        "currency",
        "is_free",
        "category",
        "subcategory",
        "tags",
        "file_url",
    ),
    *("thumbnail_url", "preview_images", "file_size", "file_formats", "formats", "poly_count", "vertex_count"),
    *("texture_resolution", "has_animations", "is_animated", "has_rigging", "is_rigged", "has_materials"),
    *("has_textures", "views", "likes", "downloads", "rating", "rating_count", "status", "is_featured", "is_trending"),
    *("is_published", "creator_id", "creator", "created_at", "updated_at"),
}


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def titles(body):
    return [row["title"] for row in body]


@pytest.mark.operation("nexus.models.list")
class TestList:
    def test_both_paginations(self, django_assert_num_queries):
        for number in range(3):
            Model3DFactory(title=f"Drone {number}", category=None)
        client = client_of()
        with django_assert_num_queries(1):
            body = client.get("/api/models").json()
        assert titles(body) == ["Drone 2", "Drone 1", "Drone 0"]
        assert set(body[0]) == SHAPE
        assert (body[0]["file_url"], body[0]["file_formats"], body[0]["formats"]) == (None, ["STL"], ["stl"])
        assert (body[0]["poly_count"], body[0]["price"], body[0]["is_free"]) == (12, 100.0, False)
        assert titles(client.get("/api/models?skip=1&limit=1").json()) == ["Drone 1"]
        page = client.get("/api/models?page=2&limit=2&skip=1").json()
        assert (titles(page.pop("items")), page) == (["Drone 0"], {"total": 3, "page": 2, "limit": 2, "pages": 2})
        assert client.get("/api/models?page=10000").json()["items"] == []
        assert titles(client.get("/api/models/").json()) == titles(body)

    def test_only_what_is_on_sale(self):
        Model3DFactory(title="Shown")
        for columns in (
            {"status": Status.PENDING},
            {"status": Status.REJECTED},
            {"status": Status.ARCHIVED},
            {"is_available": False},
            {"seller_is_active": False},
        ):
            Model3DFactory(title="Hidden", **columns)
        ArtworkFactory(title="Picture")
        assert titles(client_of(BuyerFactory()).get("/api/models").json()) == ["Shown"]

    def test_filters(self):
        vehicles = CategoryFactory(name="Vehicles")
        Model3DFactory(title="Sci-Fi Drone", category=vehicles, description="A scout")
        Model3DFactory(title="Chair", category=None, subcategory="Furniture", description="Of a drone's pilot")
        client = client_of()
        assert titles(client.get("/api/models?category=Vehicles").json()) == ["Sci-Fi Drone"]
        assert titles(client.get("/api/models?category=vehicles").json()) == []
        assert titles(client.get("/api/models?category=Furniture").json()) == ["Chair"]
        assert titles(client.get("/api/models?search=DRONE").json()) == ["Chair", "Sci-Fi Drone"]
        assert titles(client.get("/api/models?search=drone scout").json()) == ["Sci-Fi Drone"]
        assert len(client.get("/api/models?category=&search=&sort=").json()) == 2
        assert client.get("/api/models?sort=best").json()["detail"][0]["loc"] == ["query", "sort"]
        assert client.get("/api/models?limit=many").status_code == 422

    def test_a_category_is_looked_up_once_in_a_while(self, django_assert_num_queries):
        Model3DFactory(title="Sci-Fi Drone", category=CategoryFactory(name="Vehicles"))
        Model3DFactory(title="Chair", category=None, subcategory="Furniture")
        client = client_of()
        for category, first, again in (("Vehicles", 2, 1), ("Furniture", 2, 2)):
            for number in (first, again):
                with django_assert_num_queries(number):
                    assert len(client.get(f"/api/models?category={category}").json()) == 1
        Category.objects.update(name="Craft")
        assert titles(client.get("/api/models?category=Craft").json()) == ["Sci-Fi Drone"]
        with time_machine.travel(timezone.now() + timedelta(seconds=NAME_SECONDS + 1)):
            assert client.get("/api/models?category=Vehicles").json() == []

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("newest", "cba"),
            ("oldest", "abc"),
            ("price_asc", "bac"),
            ("price_desc", "cab"),
            ("popular", "bca"),
            ("downloads", "acb"),
            ("rating", "cba"),
            ("trending", "bac"),
        ],
    )
    def test_sorts(self, sort, expected):
        start, category = timezone.now(), CategoryFactory(name="Art")
        columns = {
            "a": {"price": 2, "likes_count": 1, "views_count": 1, "downloads_count": 9, "rating": 1},
            "b": {"price": 1, "likes_count": 5, "views_count": 2, "is_trending": True, "rating": 3},
            "c": {"price": 3, "likes_count": 1, "views_count": 2, "downloads_count": 1, "rating": 4},
        }
        for number, (title, values) in enumerate(columns.items()):
            Model3DFactory(title=title, category=category, created_at=start + timedelta(minutes=number), **values)
        assert "".join(titles(client_of().get(f"/api/models?sort={sort}&category=Art").json())) == expected

    def test_links_to_files_are_for_their_maker_and_moderators(self):
        model = Model3DFactory()
        for person, has_link in ((model.seller, True), (ModeratorFactory(), True), (ArtistFactory(), False)):
            assert bool(client_of(person).get("/api/models").json()[0]["file_url"]) is has_link


@pytest.mark.operation("nexus.models.like")
@pytest.mark.operation("nexus.models.unlike")
def test_likes():
    model, bob = Model3DFactory(likes_count=87), BuyerFactory()
    client, address = client_of(bob), f"/api/models/{model.pk}/like"
    assert client.post(address).json() == {"likes": 88}
    assert client.post(address).json() == {"likes": 88}
    assert client.delete(address).json() == {"likes": 87}
    assert client.delete(address).json() == {"likes": 87}
    client.post(address)
    client_of(model.seller).post(address)
    (told,) = Notification.objects.all()
    assert (told.user, told.notification_type, told.data["model_id"]) == (model.seller, "new_like", model.pk)
    hidden = Model3DFactory(status=Status.PENDING)
    for missing in (hidden.pk, ArtworkFactory().pk, 10**30):
        answer = client.post(f"/api/models/{missing}/like")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Model not found"})
    assert client_of().post(address).status_code == 401


@pytest.mark.operation("nexus.models.view")
def test_a_view_counts_once_a_visitor_and_day():
    model = Model3DFactory(views_count=1200)
    address = f"/api/models/{model.pk}/view"
    browser = {"HTTP_USER_AGENT": "Mozilla/5.0"}
    assert client_of().post(address, **browser).json() == {"views": 1201}
    assert client_of().post(address, **browser).json() == {"views": 1201}
    assert client_of().post(address, HTTP_USER_AGENT="Googlebot/2.1").json() == {"views": 1201}
    assert client_of(model.seller).post(address, **browser).json() == {"views": 1201}
    assert client_of(BuyerFactory()).post(address, **browser).json() == {"views": 1202}
    assert client_of().post("/api/models/0/view").json() == {"detail": "Model not found"}


@pytest.mark.operation("nexus.models.public")
def test_the_public_page_never_gives_the_original():
    model, bob = Model3DFactory(comments_count=5), BuyerFactory()
    client_of(bob).post(f"/api/models/{model.pk}/like")
    body = client_of(bob).get(f"/api/models/{model.pk}/public").json()
    assert body["viewer_url"].endswith(model.mesh.preview.name)
    assert model.mesh.original.name not in str(body)
    assert (body["comment_count"], body["is_liked"], body["views"]) == (5, True, 0)
    assert {"file_url", "status"}.isdisjoint(body)
    assert client_of().get(f"/api/models/{model.pk}/public").json()["is_liked"] is False
    assert client_of().get(f"/api/models/{Model3DFactory(mesh=None).pk}/public").json()["viewer_url"] is None
    hidden = Model3DFactory(status=Status.PENDING)
    assert client_of(hidden.seller).get(f"/api/models/{hidden.pk}/public").json() == {"detail": "Model not found"}


@pytest.mark.operation("nexus.users.models")
def test_models_of_a_creator():
    alice = ArtistFactory(username="alice")
    Model3DFactory(seller=alice, title="Shown")
    Model3DFactory(seller=alice, title="Waiting", status=Status.PENDING)
    Model3DFactory(seller=alice, title="Gone", status=Status.ARCHIVED)
    Model3DFactory(title="Another's")
    assert titles(client_of().get("/api/users/alice/models").json()) == ["Shown"]
    for person in (alice, ModeratorFactory()):
        assert titles(client_of(person).get("/api/users/ALICE/models?page=1&sort=oldest").json()["items"]) == [
            "Shown",
            "Waiting",
        ]
    assert client_of().get("/api/users/nobody/models").json() == {"detail": "User not found"}
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert client_of().get("/api/users/alice/models").status_code == 404


@pytest.mark.operation("nexus.dashboard.models")
def test_ones_own_models():
    alice = ArtistFactory()
    for status in (Status.APPROVED, Status.PENDING, Status.DRAFT, Status.REJECTED, Status.ARCHIVED):
        Model3DFactory(seller=alice, title=status.value, status=status)
    Model3DFactory(title="Another's")
    client = client_of(alice)
    body = client.get("/api/dashboard/models").json()
    assert (titles(body["items"]), body["total"]) == (["rejected", "draft", "pending", "approved"], 4)
    assert all(row["file_url"] for row in body["items"])
    waiting = client.get("/api/dashboard/models?status=pending&limit=1").json()
    assert (titles(waiting["items"]), waiting["pages"]) == (["draft"], 2)
    assert [row["is_published"] for row in client.get("/api/dashboard/models?status=pending").json()["items"]] == [
        False,
        True,
    ]
    assert client.get("/api/dashboard/models?status=archived").status_code == 422
    assert client_of().get("/api/dashboard/models").status_code == 401
