"""`/metrics`: what waits for the platform, and for how long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Delivery
from community.tests.factories import EmailFactory
from config.core.models import DiscardedFile
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


def measured(client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_what_waits_and_since_when(client, settings, django_assert_num_queries):
    settings.METRICS = True
    ArtworkFactory(status="pending", picture__check_state="waiting", picture__created_at=timezone.now())
    old = EmailFactory()
    EmailFactory()
    EmailFactory(state="sent")
    Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    DiscardedFile.objects.all().delete()
    with django_assert_num_queries(8):
        found = measured(client)
    assert found['atelier_waiting{what="deliveries"}'] == 2
    assert 7190 < found['atelier_waiting_seconds{what="deliveries"}'] < 7300
    assert found['atelier_waiting{what="picture_checks"}'] == 1
    assert found['atelier_waiting{what="refunds"}'] == found['atelier_waiting_seconds{what="refunds"}'] == 0
    assert len(found) == 16


def test_it_is_switched_on(client, settings):
    settings.METRICS = False
    assert client.get("/metrics").status_code == 404
