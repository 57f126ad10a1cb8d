import pytest

from accounts.tests.factories import (
    PASSWORD,
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)


@pytest.mark.django_db
def test_factories_make_people():
    alice = ArtistFactory(username="alice", profile=True)
    assert alice.check_password(PASSWORD)
    assert alice.artist_profile.pk == alice.pk
    assert BuyerFactory(profile__company_name="X").buyer_profile.company_name == "X"
    for factory in (AdminFactory, ModeratorFactory, StaffFactory, SuperuserFactory):
        assert factory().pk
