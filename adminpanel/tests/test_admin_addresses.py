"""Whatever is typed into the address of a list in the admin site, the list answers."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import SuperuserFactory
from config.adminsite.ranges import DateRange
from tests.once import TakenBack

pytestmark = pytest.mark.django_db
LISTS = sorted(admin.site._registry, key=lambda model: model._meta.label)
FURTHEST = "9" * 10
PARTS = ("year", "iso_year", "month", "day", "week", "hour")
MOMENTS = ("9999-12-31", "99999-01-01", "2026-02-30", FURTHEST)


def dates_of(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, models.DateField)]


def questions(name: str) -> Iterator[dict[str, str]]:
    for part in PARTS:
        for number in (FURTHEST, "9" * 30, "\0"):
            yield {f"{name}__{part}": number}
    for year in ("9999", "0", "-1", "1.5", "ten"):
        yield {f"{name}__year": year}
    for moment in MOMENTS:
        yield {f"{name}__gte": moment}
        yield {f"{name}__range": f"{moment},{moment}"}
    for month, day in (("13", "1"), ("12", "31"), ("2", "30"), ("1", FURTHEST)):
        yield {f"{name}__year": "9999", f"{name}__month": month}
        yield {f"{name}__year": "2026", f"{name}__month": month, f"{name}__day": day}
        yield {f"{name}__month": month, f"{name}__day": day}
    yield {f"{name}__year__gte": FURTHEST}
    yield {f"{name}__date__year": FURTHEST}


@pytest.fixture
def boss(client: Client, model: type[models.Model], request: pytest.FixtureRequest) -> Client:
    """The pages of the first list have their menu."""
    if model is not LISTS[0]:
        request.getfixturevalue("without_menu")
    client.force_login(SuperuserFactory.create())
    client.raise_request_exception = False
    return client


def statuses(client: Client, model: type[models.Model], asked: Iterator[dict[str, str]]) -> dict[str, int]:
    """Of what was answered with a fault."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    found, taken_back = {}, TakenBack()
    for question in asked:
        with taken_back.after():
            status = client.get(address, question).status_code
        if status >= 500:
            found[str(question)] = status
    return found


@pytest.mark.filterwarnings(
    "ignore:DateTimeField .* received a naive:RuntimeWarning"
)  # typed: of UTC, as all days here
@pytest.mark.parametrize("model", [model for model in LISTS if dates_of(model)], ids=lambda model: model._meta.label)
def test_no_date_is_a_fault(boss: Client, model: type[models.Model]) -> None:
    """Of each list every date, and of one that has its range of days also in all ways to ask."""
    names = dates_of(model)
    asked = [{f"{name}__year": FURTHEST} for name in names]
    for by in names:
        if model is next((each for each in LISTS if (by, DateRange) in admin.site._registry[each].list_filter), None):
            asked += questions(by)
    assert statuses(boss, model, iter(asked)) == {}


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_nor_is_a_page_an_order_or_a_word(boss: Client, model: type[models.Model]) -> None:
    number = "9" * 30
    asked = [{"p": number}, {"o": f"{number}.-{number}.x"}, {"q": "\0"}, {"id__exact": number}]
    assert statuses(boss, model, iter(asked)) == {}
