"""Steps of tests about campaigns, carts and designs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from commerce.choices import DiscountType
from commerce.models import Campaign, CampaignUse, Coupon, Plan
from commerce.services.campaigns.campaigns import campaign_create
from commerce.services.orders.carts import cart_add
from marketplace.models import Listing, Model3D
from marketplace.tests.factories import Model3DFactory


def design_of(seller: User, price: str = "30.00", **columns: Any) -> Model3D:
    return Model3DFactory.create(seller=seller, price=Decimal(price), **columns)


def campaign_of(seller: User, *listings: Listing, percent: str = "", off: str = "", **changes: Any) -> Campaign:
    """A discount of `percent`, or of an amount `off`, that runs now and for another week."""
    details: dict[str, Any] = {
        "currency": listings[0].currency,
        "name": "Sale",
        "discount_type": DiscountType.PERCENTAGE if percent else DiscountType.FIXED_AMOUNT,
        "discount_value": Decimal(percent or off),
        "start_date": timezone.now() - timedelta(minutes=1),
        "end_date": timezone.now() + timedelta(days=7),
        "designs": [listing.pk for listing in listings],
    }
    return campaign_create(actor=seller, **(details | changes))


def fill_cart(buyer: User, *listings: Listing, quantity: int = 1) -> None:
    for listing in listings:
        cart_add(actor=buyer, channel="v1", listing=listing, quantity=quantity, size="M", color="red")


def given(campaign: Campaign) -> tuple[Decimal, Decimal, int]:
    """What the campaign says it gave, what its live uses add up to, and how many they are."""
    campaign.refresh_from_db()
    live = CampaignUse.objects.filter(campaign=campaign, returned_at=None)
    assert campaign.total_uses == live.count()
    return campaign.given, sum((use.amount for use in live), Decimal(0)), campaign.total_uses


def coupon_of(code: str = "SPRING10", *, percent: str = "10", uses: int = 100, **columns: Any) -> Coupon:
    details: dict[str, Any] = {"expires_at": timezone.now() + timedelta(days=7)} | columns
    return Coupon.objects.create(code=code, discount_percent=Decimal(percent), max_uses=uses, **details)


def uses_of(coupon: Coupon) -> int:
    """What the coupon says, which is what its live uses are."""
    coupon.refresh_from_db()
    assert coupon.used_count == coupon.uses.filter(returned_at=None).count()
    return coupon.used_count


def plan_of(slug: str = "pro", *, monthly: str = "19.00", yearly: str = "190.00", **columns: Any) -> Plan:
    details: dict[str, Any] = {"name": slug.capitalize(), "currency": "USD"} | columns
    return Plan.objects.create(slug=slug, price_monthly=Decimal(monthly), price_yearly=Decimal(yearly), **details)
