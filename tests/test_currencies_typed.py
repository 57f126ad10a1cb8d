"""Wherever an amount is typed, one that does not fit its currency is refused by its name, and nothing is changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from tests.once import made_once
from tests.test_currencies import PRICES, TYPED, V1, settings_of, state, things

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", params=PRICES)
def stocked(request, django_db_setup, django_db_blocker) -> Iterator[tuple[str, dict[str, Any]]]:
    """A currency, and something of every kind that has an amount in it; made once for each currency."""
    with override_settings(**settings_of(request.param)):
        for world in made_once(django_db_blocker, _world):
            yield request.param, world


def _world() -> dict[str, Any]:
    people = {
        "alice": ArtistFactory.create(username="alice"),
        "bob": BuyerFactory.create(username="bob"),
        "dora": ArtistFactory.create(username="dora"),
        "admin": AdminFactory.create(username="admin"),
    }
    things(people)
    return people


@pytest.mark.parametrize("place", TYPED)
def test_what_does_not_fit_its_currency_is_refused_by_name(stocked, place):
    """A part of the smallest coin: one decimal too many, and for JPY what once became nothing."""
    currency, world = stocked
    field, call = TYPED[place]
    unfit = PRICES[currency][1]
    before = state()
    answer = call(world, unfit)
    said = answer.json()
    assert answer.status_code == (422 if V1 in answer.request["PATH_INFO"] else 400), said
    names = {error["field"] for error in said["errors"]} if "errors" in said else set(said)
    assert field in names, said
    assert state() == before
