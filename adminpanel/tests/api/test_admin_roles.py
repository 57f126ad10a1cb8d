"""Every route of CultureUp's admin API against every level of people."""

import re

import pytest
from django.conf import settings

from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.tests.steps import paid_order
from config.routes.cultureup import ROUTES
from jobs.tests.factories import JobFactory
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory
from tests.once import made_once

pytestmark = pytest.mark.django_db

LEVELS = ["anonymous", "buyer", "artist", "moderator", "staff", "admin", "superuser"]
MODERATES = {"moderator", "staff", "admin", "superuser"}
READS_ALL = {"staff", "admin", "superuser"}
DECIDES = {"admin", "superuser"}
ALLOWED = {
    "admin.dashboard": READS_ALL,
    "admin.revenue_report": READS_ALL,
    "admin.users.list": READS_ALL,
    "admin.users.verify": DECIDES,
    "admin.users.activate": DECIDES,
    "admin.users.deactivate": DECIDES,
    "admin.users.make_staff": DECIDES,
    "admin.users.stats": READS_ALL,
    "admin.users.bulk": DECIDES,
    "admin.artworks.list": MODERATES,
    "admin.artworks.approve": MODERATES,
    "admin.artworks.feature": MODERATES,
    "admin.artworks.stats": MODERATES,
    "admin.artworks.bulk": MODERATES,
    "admin.appeals.list": MODERATES,
    "admin.appeals.decide": MODERATES,
    "admin.jobs.list": READS_ALL,
    "admin.jobs.close": READS_ALL,
    "admin.jobs.stats": READS_ALL,
    "admin.payments.list": READS_ALL,
    "admin.payments.release": DECIDES,
    "admin.payments.refund": DECIDES,
    "admin.payments.complete": DECIDES,
    "admin.payments.stats": READS_ALL,
    "admin.disputes.list": READS_ALL,
    "admin.disputes.decide": DECIDES,
    "admin.categories.create": MODERATES,
    "admin.categories.activate": MODERATES,
    "admin.categories.deactivate": MODERATES,
    "admin.equipment.update_stock": READS_ALL,
    "admin.orders.force_complete": READS_ALL,
    "admin.orders.cancel": READS_ALL,
}
OPERATIONS = {route.name: route for route in ROUTES if route.name.startswith("admin.")}
BODIES = {
    "admin.users.bulk": {"user_ids": [1], "action": "verify"},
    "admin.equipment.update_stock": {"stock_quantity": 5},
    "admin.artworks.bulk": {"artwork_ids": [1], "action": "approve"},
    "admin.appeals.decide": {"accept": True},
    "admin.categories.create": {"name": "Sculpture"},
}


def test_every_admin_route_stands_in_the_table():
    assert set(OPERATIONS) == set(ALLOWED)


def test_the_reference_says_the_same():
    page = (settings.BASE_DIR / "docs/reference/permissions.md").read_text()
    rows = re.findall(r"^\| `(admin\.[\w.]+)` \| (.+) \|$", page, re.MULTILINE)
    documented = {
        name: {level for level, said in zip(LEVELS[3:], cells.split(" | "), strict=True) if said == "yes"}
        for name, cells in rows
    }
    assert documented == ALLOWED


def things() -> dict[str, int]:
    """For each kind of path, the id of something that is there."""
    bob = BuyerFactory.create(username="bob")
    artwork = ArtworkFactory.create(seller=ArtistFactory.create(username="alice"))
    order, payment = paid_order(bob, artwork)
    ids = {"users": bob.pk, "artworks": artwork.pk, "payments": payment.pk, "categories": CategoryFactory.create().pk}
    return ids | {
        "appeals": 1,
        "disputes": 1,
        "orders": order.pk,
        "jobs": JobFactory.create().pk,
        "equipment": EquipmentFactory.create().pk,
    }


@pytest.fixture(scope="module")
def target(django_db_setup, django_db_blocker):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SANDBOX_ALLOWED", True)
        yield from made_once(django_db_blocker, things)


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("level", LEVELS)
def test_role(name, level, as_level, target):
    route = OPERATIONS[name]
    path = "/api" + route.path.replace("{id}", str(target.get(route.path.split("/")[2], 1)))
    call = getattr(as_level(level), route.method.lower())
    answer = call(path, BODIES.get(name, {}), format="json") if route.method == "POST" else call(path)
    if level == "anonymous":
        expected = {"detail": "Invalid token or authentication credentials not provided"}
        assert (answer.status_code, answer.json()) == (401, expected)
    elif level in ALLOWED[name]:
        # What was asked of the wrong thing (no such appeal, released already) was refused for that, not for who asked.
        assert answer.status_code in {200, 201, 400, 404}
    else:
        expected = {"detail": "You do not have permission to perform this action. Admin access required."}
        assert (answer.status_code, answer.json()) == (403, expected)
