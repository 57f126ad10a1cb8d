"""Nexus: figures of a person that everybody may know."""

import pytest
from rest_framework.test import APIClient

from accounts.services.follows import follow
from accounts.tests.factories import CreatorFactory
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import design_of
from commerce.tests.steps import paid_order
from marketplace.choices import Status
from marketplace.models import Collection

pytestmark = pytest.mark.django_db


@pytest.mark.operation("nexus.users.stats")
def test_figures_without_money(bob, charlie, admin):
    jane = CreatorFactory.create(username="jane")
    ship, *_others = (
        design_of(jane, views_count=views, likes_count=3, status=status)
        for views, status in ((100, Status.APPROVED), (20, Status.APPROVED), (7, Status.PENDING))
    )
    paid_order(bob, ship, channel="nexus")
    _order, given_back = paid_order(charlie, ship, channel="nexus")
    payment_refund(actor=admin, payment_id=given_back.pk)
    Collection.objects.create(owner=jane, name="Ships")
    Collection.objects.create(owner=jane, name="Secret", is_public=False)
    follow(actor=bob, user_id=jane.pk)
    ship.refresh_from_db()
    assert ship.downloads_count > 0

    answer = APIClient().get("/api/users/JANE/stats")

    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "username": "jane",
        "total_models": 2,
        "total_sales_count": 1,
        "total_downloads": ship.downloads_count,
        "total_views": 120,
        "total_likes": 6,
        "followers_count": 1,
        "following_count": 0,
        "collections_count": 1,
        "rating": 0.0,
        "member_since": f"{jane.created_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert APIClient().get("/api/users/nobody/stats").json() == {"detail": "User not found"}


def test_who_has_nothing(bob):
    body = APIClient().get("/api/users/bob/stats").json()
    assert {body[name] for name in body if name.startswith("total_")} == {0}
