"""Nexus's homepage over HTTP: put together by staff, seen by everybody."""

import pytest
from rest_framework.test import APIClient

from accounts.models import UserProfile
from accounts.tests.factories import CreatorFactory
from accounts.tests.people import as_bearer
from adminpanel.models import HomepageContent, SliderModel
from config.core.models import AuditEntry
from marketplace.choices import Status
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
HOME, CONTENT, SLIDER = "/api/stats/homepage", "/api/admin/homepage", "/api/admin/slider"
HERO = {"hero": {"title": "Premium 3D models", "cta": ["Explore", 1, 2.5, None, True]}, "ours": "ключ 🎨"}


def ids(shown):
    return [each["id"] for each in shown]


@pytest.mark.operation("nexus.stats.homepage")
def test_the_homepage(staff, django_assert_max_num_queries):
    first = CreatorFactory(username="first", models_count=2, revenue_total=90, followers_count=3, models_rating="4.80")
    UserProfile.objects.create(user=first, bio="Hard-surface artist")
    CreatorFactory(username="second", models_count=1, revenue_total=10)
    CreatorFactory(username="none", models_count=0, revenue_total=99)
    CreatorFactory(username="closed", models_count=1, revenue_total=99, is_active=False)
    featured = [Model3DFactory(seller=first, is_featured=True, downloads_count=2) for _ in range(9)]
    trending = Model3DFactory(seller=first, is_trending=True)
    hidden = Model3DFactory(seller=first, is_featured=True, is_trending=True, status=Status.PENDING)
    as_bearer(staff).put(SLIDER, [hidden.pk, trending.pk], format="json")
    as_bearer(staff).put(CONTENT, HERO, format="json")
    with django_assert_max_num_queries(14):
        shown = APIClient().get(HOME).json()
    assert ids(shown["featured_models"]) == [model.pk for model in featured[:0:-1]]
    assert ids(shown["trending_models"])[0] == trending.pk and len(shown["trending_models"]) == 8
    assert ids(shown["slider_models"]) == [trending.pk]
    assert shown["content"] == HERO
    assert [each["username"] for each in shown["top_creators"]] == ["first", "second"]
    card = shown["top_creators"][0]
    assert card == {
        "id": first.pk,
        "username": "first",
        "full_name": "First Example",
        "avatar_url": None,
        "is_verified": False,
        "creator_level": "Bronze",
        "bio": "Hard-surface artist",
        "total_models": 2,
        "rating": 4.8,
        "followers_count": 3,
    }
    assert shown["platform_stats"] == {
        "total_models": 10,
        "total_creators": 3,
        "total_users": 5,
        "total_downloads": 18,
        "total_sales": 0,
    }


def test_an_empty_platform(db):
    shown = APIClient().get(HOME).json()
    assert (shown["featured_models"], shown["top_creators"], shown["content"]) == ([], [], {})


@pytest.mark.operation("nexus.admin.homepage.retrieve")
@pytest.mark.operation("nexus.admin.homepage.update")
def test_what_the_homepage_says(staff, bob):
    api = as_bearer(staff)
    assert api.get(CONTENT).json() == {}
    answer = api.put(CONTENT, HERO, format="json").json()
    assert answer == {"message": "Homepage content updated successfully", "content": HERO}
    assert api.put(CONTENT, {"only": {}}, format="json").json()["content"] == {"only": {}}
    assert api.get(CONTENT).json() == {"only": {}}
    assert as_bearer(bob).put(CONTENT, HERO, format="json").status_code == 403
    assert AuditEntry.objects.filter(action="homepage.change").count() == 2


def nested(depth):
    return {"a": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    "content",
    [
        *([], [1], "text", 7, None, {"a": "x" * 70_000}, nested(11), {"a": "\0"}, {"a\0": 1}),
        {"a": [[[[[[[[[[[]]]]]]]]]]]},
    ],
)
def test_what_it_cannot_say(staff, content):
    answer = as_bearer(staff).put(CONTENT, content, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"][0] == "body"
    assert not HomepageContent.objects.exists()


def test_numbers_past_all_bounds(staff):
    for number in ("1e400", "NaN", "-Infinity", '"\\ud800"'):
        answer = as_bearer(staff).put(CONTENT, f'{{"a": {number}}}', content_type="application/json")
        assert answer.status_code == 422


def test_nested_ten_deep_is_kept(staff):
    assert as_bearer(staff).put(CONTENT, nested(9), format="json").json()["content"] == nested(9)


@pytest.mark.operation("nexus.admin.slider.retrieve")
@pytest.mark.operation("nexus.admin.slider.update")
def test_the_slider(staff, bob):
    one, two, three = (Model3DFactory() for _ in range(3))
    api = as_bearer(staff)
    answer = api.put(SLIDER, [two.pk, one.pk, two.pk], format="json").json()
    assert answer["message"] == "Slider updated successfully"
    assert ids(answer["models"]) == ids(api.get(SLIDER).json()) == [two.pk, one.pk]
    assert api.get(SLIDER).json()[0]["file_url"] is not None
    assert ids(api.put(SLIDER, {"model_ids": [three.pk]}, format="json").json()["models"]) == [three.pk]
    for unknown in (10**9, Model3DFactory(status=Status.ARCHIVED).pk):
        answer = api.put(SLIDER, [one.pk, unknown], format="json")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Model not found"})
    assert list(SliderModel.objects.values_list("model", flat=True)) == [three.pk]
    assert api.put(SLIDER, [], format="json").json()["models"] == []
    assert as_bearer(bob).get(SLIDER).status_code == 403
    assert AuditEntry.objects.filter(action="slider.change").count() == 3


def test_what_is_sold_out_is_not_shown(staff):
    shown, sold_out = Model3DFactory(), Model3DFactory(stock=0)
    as_bearer(staff).put(SLIDER, [shown.pk, sold_out.pk], format="json")
    assert ids(APIClient().get(HOME).json()["slider_models"]) == [shown.pk]


@pytest.mark.parametrize(
    "body", ["text", 7, None, {"model_ids": 1}, ["x"], [[1]], [0], [-1], [2**70], list(range(1, 60))]
)
def test_sliders_that_are_none(staff, body):
    answer = as_bearer(staff).put(SLIDER, body, format="json")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"][0] == "body"
