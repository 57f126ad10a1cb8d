"""`/metrics`: what was counted, what waits for the platform and for how long, how books and printers stand."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Delivery, WebhookMessage
from accounts.tests.factories import ArtistFactory
from commerce.models import LedgerProof
from commerce.services.audit.proofs import ledger_prove
from community.tests.factories import EmailFactory
from config.core import metrics
from config.core.metric_files import Counts
from config.core.models import DiscardedFile
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, monkeypatch):
    settings.METRICS, settings.REDIS_URL = True, ""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    own = Counts(tmp_path)
    monkeypatch.setattr(metrics, "counts", lambda: own)
    monkeypatch.setattr("adminpanel.pages.metrics.counts", lambda: own)


def measured(client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_what_waits_and_since_when(client, django_assert_num_queries):
    ArtworkFactory(status="pending", picture__check_state="waiting", picture__created_at=timezone.now())
    old = EmailFactory()
    EmailFactory()
    EmailFactory(state="sent")
    Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    target = ArtistFactory().webhook_targets.create(name="A printer", url="https://example.com/", secret="x")
    paused = ArtistFactory().webhook_targets.create(
        name="A shop", url="https://example.com/", secret="x", state="paused"
    )
    for owned in (target, paused):  # what waits for a person is no work left undone
        WebhookMessage.objects.create(target=owned, event_type="print.finished", body="{}")
    DiscardedFile.objects.all().delete()
    with django_assert_num_queries(13):
        found = measured(client)
    assert found['atelier_waiting{what="deliveries"}'] == 2
    assert 7190 < found['atelier_waiting_seconds{what="deliveries"}'] < 7300
    assert found['atelier_waiting{what="picture_checks"}'] == found['atelier_waiting{what="webhooks"}'] == 1
    assert found['atelier_waiting{what="refunds"}'] == found['atelier_waiting_seconds{what="refunds"}'] == 0
    assert found['atelier_waiting{what="invoice_refunds"}'] == 0
    assert (found["atelier_bridge_up"], found['atelier_printers{status="offline"}']) == (0, 0)
    assert "atelier_ledger_faults" not in found


def test_requests_by_dialect_and_operation(client):
    artwork = ArtworkFactory()
    client.get(f"/api/artworks/{artwork.pk}/")
    client.get("/api/artworks/0/")
    client.get("/api/v1/commerce/designs")
    client.get("/api/carts-of-nobody/")
    client.patch("/api/artworks/")
    found = measured(client)
    requests = {name: value for name, value in found.items() if name.startswith("atelier_requests_total")}
    assert requests == {
        'atelier_requests_total{dialect="cultureup",route="artworks.get",status="200"}': 1,
        'atelier_requests_total{dialect="cultureup",route="artworks.get",status="404"}': 1,
        'atelier_requests_total{dialect="cultureup",route="none",status="405"}': 1,
        'atelier_requests_total{dialect="v1",route="designs.list",status="200"}': 1,
        'atelier_requests_total{dialect="page",route="api/",status="404"}': 1,
    }
    assert found['atelier_request_seconds_count{dialect="v1",route="designs.list"}'] == 1
    assert found['atelier_processes{role="other"}'] == 1
    assert found['atelier_process_memory_bytes{role="other"}'] > 10_000_000


def test_the_proof_of_the_ledger(client):
    assert ledger_prove() == []
    found = measured(client)
    assert found["atelier_ledger_faults"] == 0
    assert timezone.now().timestamp() - found["atelier_ledger_proof_timestamp_seconds"] < 60
    LedgerProof.objects.create(took=1.0, faults=3, first_faults="a\nb\nc")
    assert measured(client)["atelier_ledger_faults"] == 3


def test_a_queue_that_does_not_answer(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = measured(client)
    assert (found["atelier_queue_up"], "atelier_queue_tasks" in found) == (0, False)


def test_a_database_that_does_not_answer(client, caplog):
    def gone(*_args):
        raise OperationalError("connection timeout expired")

    metrics.request_counted(dialect="v1", route="v1.cart", status=200, seconds=0.01)
    assert measured(client)["atelier_database_up"] == 1
    with connection.execute_wrapper(gone):
        found = measured(client)
    assert found["atelier_database_up"] == 0
    assert found['atelier_requests_total{dialect="v1",route="v1.cart",status="200"}'] == 1  # what was counted is told
    assert not any(name.startswith(("atelier_waiting", "atelier_printers")) for name in found)
    assert "/metrics cannot look up what waits: connection timeout expired" in caplog.text


def test_it_is_switched_on(client, settings):
    settings.METRICS = False
    assert client.get("/metrics").status_code == 404
