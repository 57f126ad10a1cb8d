"""The homepage in the admin site: staff write it there by the same services."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from adminpanel.models import HomepageContent, SliderModel
from config.core.models import AuditEntry
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:adminpanel_homepagecontent_add")
CHANGE = reverse("admin:adminpanel_homepagecontent_change", args=[1])


def slider():
    return list(SliderModel.objects.values_list("model", flat=True))


def test_content_and_slider(client, staff):
    groups_prepare()
    client.force_login(staff)
    one, two = (Model3DFactory().pk for _ in range(2))
    client.post(ADD, {"content": '{"hero": {"title": "Hi"}}', "slider": f"{two}, {one},"})
    assert HomepageContent.objects.get().content == {"hero": {"title": "Hi"}} and slider() == [two, one]
    assert f'value="{two}, {one}"' in client.get(CHANGE).content.decode()
    client.post(CHANGE, {"content": '{"hero": {}}', "slider": f"{one}"})
    assert HomepageContent.objects.get().content == {"hero": {}} and slider() == [one]
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["homepage.change", "slider.change"] * 2
    for sent in ({"slider": "one"}, {"slider": "999999999"}, {"content": "[1]", "slider": str(one)}):
        client.post(CHANGE, {"content": '{"hero": {}}'} | sent, follow=True)
    assert HomepageContent.objects.get().content == {"hero": {}} and slider() == [one]
    assert client.get(ADD).status_code == 403


def test_moderators_do_not(client, moderator):
    groups_prepare()
    client.force_login(moderator)
    assert client.post(ADD, {"content": "{}", "slider": ""}).status_code == 403
