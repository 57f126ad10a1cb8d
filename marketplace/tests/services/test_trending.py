"""Which models are trending: what happens counts, every three days half as much, and staff have the last word."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import BuyerFactory, ModeratorFactory
from commerce.tests.steps import order_of
from marketplace.choices import Status
from marketplace.models import Like, Listing, View
from marketplace.services.comments import model_comment
from marketplace.services.models_3d import trending
from marketplace.services.models_3d.moderation import model_trend
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db


def viewed(model, times, *, days_ago=0):
    day = timezone.now().date() - timedelta(days=days_ago)
    View.objects.bulk_create(View(listing_id=model.pk, visitor=f"{number}", day=day) for number in range(times))


def standing(model):
    row = Listing.objects.get(pk=model.pk)
    return row.trending_score, row.is_trending


def test_a_score_of_all_that_happens():
    model = Model3DFactory(mesh=None)
    viewed(model, 3)
    Like.objects.create(listing_id=model.pk, user=BuyerFactory())
    model_comment(actor=BuyerFactory(), model_id=model.pk, content="Nice")
    order_of(BuyerFactory(), model, channel="nexus")
    changed = Listing.objects.get(pk=model.pk).updated_at
    trending.trending_keep()
    assert standing(model) == (3 + 5 + 8 + 20, True)
    assert Listing.objects.get(pk=model.pk).updated_at == changed


def test_it_decays():
    new, older, old = (Model3DFactory(mesh=None) for _ in range(3))
    viewed(new, 40)
    viewed(older, 40, days_ago=3)
    viewed(old, 40, days_ago=14)
    trending.trending_keep()
    assert [standing(model) for model in (new, older, old)] == [(40, True), (20, True), (0, False)]
    View.objects.all().delete()
    trending.trending_keep()
    assert [standing(model) for model in (new, older, old)] == [(0, False)] * 3


def test_the_best_on_sale_alone(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(trending, "MOST", 1)
    best, second, hidden = Model3DFactory(mesh=None), Model3DFactory(mesh=None), Model3DFactory(mesh=None)
    for model, times in ((best, 30), (second, 25), (hidden, 50), (ArtworkFactory(), 60)):
        viewed(model, times)
    Listing.objects.filter(pk=hidden.pk).update(status=Status.REJECTED)
    trending.trending_keep()
    assert [standing(model)[1] for model in (best, second, hidden)] == [True, False, False]
    # Nothing is written where nothing changed.
    with django_assert_num_queries(7):
        trending.trending_keep()


def test_staff_have_the_last_word():
    quiet, busy = Model3DFactory(mesh=None), Model3DFactory(mesh=None)
    viewed(busy, 40)
    moderator = ModeratorFactory()
    model_trend(actor=moderator, model_id=quiet.pk, trending=True)
    model_trend(actor=moderator, model_id=busy.pk, trending=False)
    trending.trending_keep()
    assert (standing(quiet), standing(busy)) == ((0, True), (40, False))
    for model in (quiet, busy):
        model_trend(actor=moderator, model_id=model.pk, trending=None)
    trending.trending_keep()
    assert (standing(quiet)[1], standing(busy)[1]) == (False, True)
