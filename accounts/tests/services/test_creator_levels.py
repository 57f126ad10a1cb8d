"""The level of who sells 3-D models."""

from decimal import Decimal

import pytest

from accounts.models import User
from accounts.services.creator_levels import creator_levels_keep, level_of
from accounts.services.people import creator_level_set
from accounts.tests.factories import CreatorFactory
from config.core.errors import Denied

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sales", "level"),
    [
        ("0", "Bronze"),
        ("249.99", "Bronze"),
        ("250", "Silver"),
        ("999.99", "Silver"),
        ("1000", "Gold"),
        ("9999.99", "Gold"),
        ("10000", "Platinum"),
    ],
)
def test_the_rule(sales, level):
    user = CreatorFactory.create(sales_total=Decimal(sales), creator_level="Gold" if level != "Gold" else "Bronze")
    assert level_of(Decimal(sales)) == level
    assert creator_levels_keep() == 1
    assert creator_levels_keep() == 0
    user.refresh_from_db()
    assert user.creator_level == level


def test_who_rises_is_told_and_who_falls_is_not(alice, bob):
    User.objects.filter(pk=alice.pk).update(sales_total=1360)
    User.objects.filter(pk=bob.pk).update(creator_level="Platinum")

    creator_levels_keep()

    told = alice.notifications.get()
    assert (told.notification_type, told.title) == ("creator_level", "You are Gold now")
    assert not bob.notifications.exists()
    bob.refresh_from_db()
    assert bob.creator_level == "Bronze"


def test_what_staff_chose_stays(admin, staff, alice):
    User.objects.filter(pk=alice.pk).update(sales_total=300)
    with pytest.raises(Denied):
        creator_level_set(actor=staff, user_id=alice.pk, level="Gold")
    creator_level_set(actor=admin, user_id=alice.pk, level="Gold")
    assert creator_levels_keep() == 0
    assert creator_level_set(actor=admin, user_id=alice.pk, level="").creator_level == "Silver"
