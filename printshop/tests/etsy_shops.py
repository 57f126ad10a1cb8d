"""A shop of alice's that is connected to the stand-in for Etsy, for tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from printshop.choices import ConnectionState
from printshop.models import Shop
from printshop.tests.factories import ShopFactory
from tests.stand_ins.etsy import EtsyShop, EtsyStandIn


@pytest.fixture
def etsy(settings: Any) -> Iterator[EtsyStandIn]:
    cache.clear()  # what Etsy said is left of the day
    with EtsyStandIn() as stand_in:
        stand_in.set_up(settings)
        yield stand_in


@pytest.fixture
def there(etsy: EtsyStandIn) -> EtsyShop:
    """The shop at Etsy."""
    return etsy.shop("My 3D Shop", email="owner@example.com")


@pytest.fixture
def shop(etsy: EtsyStandIn, there: EtsyShop, alice: User) -> Shop:
    return connected(etsy, there, alice)


def connected(etsy: EtsyStandIn, there: EtsyShop, owner: User, **columns: Any) -> Shop:
    access, refresh = etsy.tokens(there)
    return ShopFactory.create(
        owner=owner,
        etsy_state=ConnectionState.CONNECTED,
        etsy_user_id=str(there.user_id),
        etsy_shop_id=str(there.shop_id),
        etsy_shop_name=there.name,
        access_token=access,
        refresh_token=refresh,
        **columns,
    )
