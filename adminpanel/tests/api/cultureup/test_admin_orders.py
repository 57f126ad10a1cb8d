"""CultureUp's admin API: orders, and the stock of the shop."""

import pytest

from commerce.tests.steps import order_of
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.7"


@pytest.mark.parametrize(
    ("action", "status", "words"),
    [("force-complete", "delivered", "marked as delivered"), ("cancel", "cancelled", "cancelled")],
)
@pytest.mark.operation("cultureup.admin.orders.force_complete")
@pytest.mark.operation("cultureup.admin.orders.cancel")
def test_decisions_about_an_order(as_staff, staff, bob, alice, action, status, words):
    order = order_of(bob, ArtworkFactory(seller=alice))
    address = f"/api/admin/orders/{order.pk}/{action}/"
    answer = as_staff.post(address, {"reason": "Asked for."}, format="json", REMOTE_ADDR=ADDRESS)
    order.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f"Order #{order.pk} {words} by admin",
            "order": {
                "id": order.pk,
                "status": status,
                "updated_at": order.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (staff, f"order.{action.replace('-', '_')}")
    assert (entry.target_type, entry.target_id) == ("order", str(order.pk))
    assert (entry.before["status"], entry.after["status"]) == ("pending", status)
    assert (entry.after["reason"], entry.address) == ("Asked for.", ADDRESS)


@pytest.mark.parametrize("action", ["force-complete", "cancel"])
@pytest.mark.operation("cultureup.admin.orders.force_complete")
@pytest.mark.operation("cultureup.admin.orders.cancel")
def test_refusals_about_an_order(as_staff, bob, alice, action):
    answer = as_staff.post(f"/api/admin/orders/{10**15}/{action}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Order not found"})
    order = order_of(bob, ArtworkFactory(seller=alice))
    address = f"/api/admin/orders/{order.pk}/{action}/"
    answer = as_staff.post(address, {"reason": "x" * 201}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    assert as_staff.post(f"/api/admin/orders/{order.pk}/cancel/").status_code == 200
    answer = as_staff.post(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_order_status")
    assert AuditEntry.objects.count() == 1


@pytest.mark.operation("cultureup.admin.equipment.update_stock")
def test_stock_is_set_not_added_to(as_staff, staff):
    item = EquipmentFactory(title="Professional Brush Set", stock=10)
    address = f"/api/admin/equipment/{item.pk}/update-stock/"
    answer = as_staff.post(address, {"stock_quantity": 75}, format="json", REMOTE_ADDR=ADDRESS)
    item.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": 'Stock updated for "Professional Brush Set"',
            "equipment": {
                "id": item.pk,
                "name": "Professional Brush Set",
                "stock_quantity": 75,
                "updated_at": item.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    assert item.stock == 75
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (staff, "equipment.stock", str(item.pk))
    assert (entry.before, entry.after, entry.address) == ({"stock": 10}, {"stock": 75}, ADDRESS)


@pytest.mark.operation("cultureup.admin.equipment.update_stock")
def test_stock_that_is_none(as_staff, alice):
    item = EquipmentFactory(stock=10)
    address = f"/api/admin/equipment/{item.pk}/update-stock/"
    for sent in ({}, {"stock_quantity": -1}, {"stock_quantity": "many"}, {"stock_quantity": 10**9}, {"stock": 5}):
        answer = as_staff.post(address, sent, format="json")
        assert (answer.status_code, list(answer.json())) == (400, ["stock_quantity"])
    for missing in (10**15, ArtworkFactory(seller=alice).pk):
        answer = as_staff.post(f"/api/admin/equipment/{missing}/update-stock/", {"stock_quantity": 5}, format="json")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Equipment not found"})
    item.refresh_from_db()
    assert (item.stock, AuditEntry.objects.count()) == (10, 0)


def test_the_last_pieces_may_be_taken_off_the_shelf(as_staff):
    item = EquipmentFactory(stock=10)
    as_staff.post(f"/api/admin/equipment/{item.pk}/update-stock/", {"stock_quantity": 0}, format="json")
    item.refresh_from_db()
    assert item.stock == 0
