"""Counts of lists: exact when short, remembered for half a minute when long, counted by one caller at a time."""

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import User
from accounts.tests.factories import UserFactory
from config.dialects import counting
from config.dialects.counting import COUNT_SECONDS, count_of
from marketplace.selectors.artworks import artworks_listed
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
BEGIN = 1_800_000_000.0


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(counting, "_known", {})
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def long_lists(monkeypatch):
    """Three rows are many."""
    monkeypatch.setattr(counting, "EXACT_UP_TO", 2)
    UserFactory.create_batch(3)


def another_process():
    counting._known.clear()


def test_short_lists_are_counted_every_time():
    UserFactory()
    assert count_of(User.objects.all()) == 1
    UserFactory()
    assert count_of(User.objects.all()) == 2


def test_what_is_no_queryset_has_its_length():
    assert count_of([1, 2]) == 2


def test_a_filter_that_nothing_can_pass_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert count_of(User.objects.filter(pk__in=[])) == 0


def test_long_lists_are_counted_once_in_half_a_minute(long_lists, django_assert_num_queries):
    with time_machine.travel(BEGIN, tick=False) as clock:
        assert count_of(User.objects.all()) == 3
        UserFactory()
        with django_assert_num_queries(0):
            assert count_of(User.objects.order_by("pk")) == 3
            another_process()
            assert count_of(User.objects.all()) == 3
        clock.shift(COUNT_SECONDS)
        assert count_of(User.objects.all()) == 4


def test_while_one_counts_anew_the_others_go_on(long_lists, django_assert_num_queries):
    with time_machine.travel(BEGIN, tick=False) as clock:
        count_of(User.objects.all())
        UserFactory()
        clock.shift(COUNT_SECONDS)
        key = next(iter(counting._known))
        cache.add(f"{key}:anew", 1, timeout=10)
        with django_assert_num_queries(0):
            assert count_of(User.objects.all()) == 3
        cache.delete(f"{key}:anew")
        assert count_of(User.objects.all()) == 4


def test_a_list_that_became_short_is_exact_again(long_lists):
    with time_machine.travel(BEGIN, tick=False) as clock:
        count_of(User.objects.all())
        User.objects.all()[0].delete()
        clock.shift(COUNT_SECONDS)
        assert count_of(User.objects.all()) == 2
        another_process()
        User.objects.all()[0].delete()
        assert count_of(User.objects.all()) == 1


def test_artworks_with_other_filters_have_other_counts(long_lists):
    category = ArtworkFactory().category_id
    ArtworkFactory.create_batch(3)
    assert count_of(artworks_listed()) == 4
    assert count_of(artworks_listed(category=category)) == 1
    assert count_of(artworks_listed(search="no such thing")) == 0
    assert count_of(artworks_listed(ordering="price")) == 4


def test_a_filter_after_the_rows_were_chosen_limits_their_count_too(long_lists):
    one, *_others = ArtworkFactory.create_batch(4)
    assert count_of(artworks_listed()) == 4
    assert count_of(artworks_listed().filter(pk=one.pk)) == 1
    assert count_of(artworks_listed().exclude(pk=one.pk)) == 3
