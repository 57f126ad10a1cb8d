"""Nexus's coupons over HTTP, for administrators."""

import pytest

from commerce.models import Coupon
from commerce.tests.shop import coupon_of

pytestmark = pytest.mark.django_db
COUPONS = "/api/admin/coupons"
SPRING = {"code": "spring10", "discount_percent": 10, "max_uses": 100, "expires_at": "2099-12-31"}


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


@pytest.mark.operation("nexus.admin.coupons.create")
def test_made(client):
    answer = client.post(COUPONS, SPRING, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("created_at")
    assert body == {
        "id": Coupon.objects.get().pk,
        "code": "SPRING10",
        "discount_percent": 10.0,
        "max_uses": 100,
        "used_count": 0,
        "expires_at": "2099-12-31T23:59:59Z",
        "is_active": True,
    }
    again = client.post(COUPONS, SPRING, format="json")
    assert (again.status_code, again.json()) == (409, {"detail": "Coupon code already exists"})
    for name, value in (("discount_percent", 101), ("max_uses", 0), ("code", ""), ("expires_at", "soon")):
        refused = client.post(COUPONS, SPRING | {name: value}, format="json")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", name])


@pytest.mark.operation("nexus.admin.coupons.list")
def test_listed(client):
    old, new = coupon_of("OLD", is_active=False), coupon_of("NEW")
    assert [row["id"] for row in client.get(COUPONS).json()] == [new.pk, old.pk]
    assert [row["id"] for row in client.get(COUPONS, {"is_active": "false"}).json()] == [old.pk]
    assert client.get(COUPONS, {"page": 1, "limit": 1}).json()["pages"] == 2


@pytest.mark.operation("nexus.admin.coupons.retrieve")
@pytest.mark.operation("nexus.admin.coupons.update")
@pytest.mark.operation("nexus.admin.coupons.delete")
def test_shown_changed_and_removed(client, client_of, staff):
    coupon = coupon_of()
    address = f"{COUPONS}/{coupon.pk}"
    assert client.get(address).json()["code"] == "SPRING10"
    answer = client.put(address, {"is_active": False, "max_uses": 7}, format="json")
    assert (answer.json()["is_active"], answer.json()["max_uses"], answer.json()["discount_percent"]) == (False, 7, 10)
    assert client_of(staff).delete(address).status_code == 403
    assert client.delete(address).json() == {"message": "Coupon deleted"}
    for call in (client.get, client.delete, client.put):
        assert call(address).json() == {"detail": "Coupon not found"}
