"""The figures at the top of Nexus's dashboard."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Follow
from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.tests.shop import design_of
from commerce.tests.steps import order_of, paid_order
from community.services.posts import post_create
from community.tests.factories import CommunityFactory, MessageFactory, NotificationFactory
from marketplace.choices import Status
from marketplace.models import Collection

pytestmark = pytest.mark.django_db


def stats_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client.get("/api/dashboard/stats").json()


@pytest.mark.operation("nexus.dashboard.stats")
def test_of_a_creator_and_of_a_buyer(settings, django_assert_max_num_queries):
    settings.SANDBOX_ALLOWED = True
    alice, bob = ArtistFactory.create(), BuyerFactory.create()
    drone = design_of(alice, price="40.00", views_count=9, likes_count=4)
    for status in (Status.PENDING, Status.DRAFT, Status.REJECTED, Status.ARCHIVED):
        design_of(alice, status=status, views_count=1)
    paid_order(bob, drone, channel="nexus")
    order_of(bob, design_of(alice, price="0.00"), channel="nexus")
    MessageFactory.create(sender=bob, receiver=alice)
    NotificationFactory.create(user=bob)
    with django_assert_max_num_queries(9):
        body = stats_of(alice)
    assert body.pop("unread_notifications") >= 1
    assert body == {
        "total_sales": 40.0,
        "total_revenue": 37.0,
        "platform_fees": 3.0,
        "currency": "USD",
        "sales_count": 2,
        "total_models": 5,
        "approved_models": 2,
        "pending_models": 2,
        "rejected_models": 1,
        "total_views": 12,
        "total_likes": 4,
        "total_downloads": 2,
        "followers_count": 0,
        "following_count": 0,
        "rating": 0.0,
        "available_balance": 37.0,
        "unread_messages": 1,
        "purchases_count": 0,
    }
    body = stats_of(bob)
    assert (body["total_sales"], body["total_models"], body["purchases_count"]) == (0.0, 0, 2)


@pytest.mark.operation("nexus.dashboard.activity")
def test_what_the_followed_did(django_assert_max_num_queries):
    alice, bob, charlie = ArtistFactory.create(username="alice"), BuyerFactory.create(), ArtistFactory.create()
    Follow.objects.create(follower=bob, followed=alice)
    drone = design_of(alice, title="Drone")
    design_of(alice, status=Status.PENDING)
    design_of(charlie)
    open_to_all, closed = (
        CommunityFactory.create(creator=alice),
        CommunityFactory.create(creator=alice, is_private=True),
    )
    post = post_create(actor=alice, community_id=open_to_all.pk, content="WIP")
    post_create(actor=alice, community_id=closed.pk, content="For us alone")
    ships = Collection.objects.create(owner=alice, name="Ships")
    Collection.objects.create(owner=alice, name="Secret", is_public=False)
    client = APIClient()
    client.force_authenticate(bob)
    with django_assert_max_num_queries(4):
        rows = client.get("/api/dashboard/activity").json()
    assert [(row["id"], row["message"], row["link"], row["model_id"]) for row in rows] == [
        (f"collection-{ships.pk}", "alice made the collection Ships", f"/collections/{ships.pk}", None),
        (
            f"post-{post.pk}",
            f"alice wrote in {open_to_all.name}",
            f"/community/{open_to_all.pk}?post={post.pk}",
            None,
        ),
        (f"model-{drone.pk}", "alice published Drone", f"/model/{drone.pk}", drone.pk),
    ]
    assert {row["actor"]["username"] for row in rows} == {"alice"}
    assert len(client.get("/api/dashboard/activity", {"limit": 1}).json()) == 1
    client.force_authenticate(alice)
    assert client.get("/api/dashboard/activity").json() == []
