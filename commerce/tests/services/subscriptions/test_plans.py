"""Plans in the hands of administrators: each decision is in the audit trail."""

from decimal import Decimal

import pytest

from commerce.errors import PlanInUse, PlanTaken
from commerce.models import Plan
from commerce.services.subscriptions.plans import plan_change, plan_create, plan_remove
from commerce.services.subscriptions.subscriptions import subscribe, subscription_cancel
from commerce.tests.shop import plan_of
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
PRICES = {"price_monthly": Decimal(19), "price_yearly": Decimal(190)}


def test_made_changed_and_removed(admin, bob):
    plan = plan_create(actor=admin, slug="pro", name="Pro", **PRICES)
    assert (plan.currency, plan.price_monthly) == ("USD", Decimal("19.00"))
    for slug, name in (("pro", "Other"), ("other", "PRO")):
        with pytest.raises(PlanTaken):
            plan_create(actor=admin, slug=slug, name=name, **PRICES)
    plan_change(actor=admin, plan_id=plan.pk, price_monthly=Decimal("21.50"))
    subscribe(actor=bob, plan_id=plan.pk)
    with pytest.raises(PlanInUse):
        plan_remove(actor=admin, plan_id=plan.pk)
    subscription_cancel(actor=bob, at_period_end=False)
    plan_remove(actor=admin, plan_id=plan.pk)
    assert Plan.objects.get().removed_at is not None
    with pytest.raises(Missing):
        plan_change(actor=admin, plan_id=plan.pk, name="Again")
    plan_remove(actor=admin, plan_id=plan_create(actor=admin, slug="pro", name="Pro", **PRICES).pk)
    assert Plan.objects.count() == 1
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["plan.create", "plan.change", "plan.remove", "plan.create", "plan.remove"]
    assert AuditEntry.objects.get(action="plan.change").after["price_monthly"] == "21.50"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_monthly": Decimal("1.005")}, "price_monthly"),
        ({"price_yearly": Decimal(-1)}, "price_yearly"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_what_is_refused(admin, changes, field):
    with pytest.raises(Invalid) as refusal:
        plan_create(actor=admin, slug="pro", name="Pro", **(PRICES | changes))
    assert (refusal.value.field, Plan.objects.count()) == (field, 0)


def test_administrators_alone(staff):
    plan = plan_of()
    for decide in (
        lambda: plan_create(actor=staff, slug="x", name="X", **PRICES),
        lambda: plan_change(actor=staff, plan_id=plan.pk, name="X"),
        lambda: plan_remove(actor=staff, plan_id=plan.pk),
    ):
        with pytest.raises(Denied):
            decide()
