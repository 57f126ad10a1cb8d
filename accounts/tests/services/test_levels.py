"""Who is what: superuser, administrator, staff, content moderator, and nobody in particular."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import policies
from accounts.actors import SYSTEM
from accounts.models import User
from accounts.services.accounts import house_account
from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    CreatorFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("factory", "administrator", "staff", "moderator"),
    [
        (SuperuserFactory, True, True, True),
        (AdminFactory, True, True, True),
        (StaffFactory, False, True, True),
        (ModeratorFactory, False, False, True),
        (ArtistFactory, False, False, False),
        (UserFactory, False, False, False),
    ],
)
def test_levels(factory, administrator, staff, moderator):
    person = User.objects.get(pk=factory().pk)

    assert (person.is_administrator, person.is_staff_member, person.is_moderator) == (administrator, staff, moderator)


@pytest.mark.parametrize("factory", [SuperuserFactory, AdminFactory, StaffFactory, ModeratorFactory])
def test_a_deactivated_account_has_no_level(factory):
    person = factory(is_active=False)

    assert (person.is_administrator, person.is_staff_member, person.is_moderator) == (False, False, False)


def test_staff_without_a_group_is_staff_and_staff_who_also_moderates_stays_staff():
    assert UserFactory(is_staff=True).is_staff_member
    both = StaffFactory()
    both.groups.add(*ModeratorFactory().groups.all())
    assert User.objects.get(pk=both.pk).is_staff_member


def test_an_ordinary_person_costs_no_query(django_assert_num_queries):
    alice = UserFactory()

    with django_assert_num_queries(0):
        assert not (alice.is_administrator or alice.is_staff_member or alice.is_moderator)


def test_who_may_sell():
    assert [factory().may_sell for factory in (ArtistFactory, CreatorFactory, AdminFactory, UserFactory)] == [
        True,
        True,
        True,
        False,
    ]


def test_contact_data_is_for_the_person_and_staff():
    alice, charlie = UserFactory(), UserFactory()

    assert policies.may_see_contact(alice, alice)
    assert policies.may_see_contact(StaffFactory(), alice)
    assert policies.may_see_contact(SYSTEM, alice)
    assert not policies.may_see_contact(charlie, alice)
    assert not policies.may_see_contact(ModeratorFactory(), alice)
    assert not policies.may_see_contact(AnonymousUser(), alice)


def test_the_house_account_is_one_and_nobody_signs_in_as_it():
    house = house_account()

    assert house_account() == house
    assert (house.user_type, house.is_active, house.has_usable_password()) == ("admin", False, False)
    assert house.may_sell
    assert not house.is_administrator
