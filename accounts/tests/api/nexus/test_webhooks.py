"""A person's webhooks in Nexus."""

import json

import pytest

from accounts.models import WebhookEndpoint, WebhookMessage
from accounts.services.webhook_endpoints import endpoint_create
from accounts.tests.people import as_bearer

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"
ADDRESS = "/api/users/me/webhooks"


@pytest.fixture
def endpoint(alice) -> WebhookEndpoint:
    return endpoint_create(actor=alice, url=URL, events=["order.paid"], description="Bookkeeping")


@pytest.mark.operation("nexus.users.me.webhooks.create")
@pytest.mark.operation("nexus.users.me.webhooks.list")
@pytest.mark.operation("nexus.users.me.webhooks.retrieve")
def test_its_secret_is_shown_once(alice, bob):
    client = as_bearer(alice)
    answer = client.post(ADDRESS, {"url": URL, "events": ["order.shipped", "order.paid"]}, "json")
    made = answer.json()
    endpoint = WebhookEndpoint.objects.get()
    assert answer.status_code == 201
    assert made.pop("secret") == endpoint.target.secret
    assert made.pop("created_at").endswith("Z")
    assert made == {
        "id": endpoint.pk,
        "url": URL,
        "events": ["order.paid", "order.shipped"],
        "description": "",
        "state": "active",
        "failing_since": None,
        "old_secret_until": None,
    }
    shown = client.get(f"{ADDRESS}/{endpoint.pk}").json()
    assert shown.items() >= made.items() and "secret" not in shown
    assert client.get(ADDRESS).json() == [shown]
    assert as_bearer(bob).get(ADDRESS).json() == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"url": "https://10.0.0.1/", "events": ["*"]}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["order.exploded"]}, "events"),
        ({"events": ["*"]}, "url"),
    ],
)
def test_what_does_not_fit_is_named(alice, sent, field):
    answer = as_bearer(alice).post(ADDRESS, sent, "json")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", field]
    assert not WebhookEndpoint.objects.exists()


def test_one_too_many_is_a_conflict(alice, endpoint, settings):
    settings.WEBHOOK_ENDPOINTS_PER_PERSON = 1
    answer = as_bearer(alice).post(ADDRESS, {"url": URL, "events": ["*"]}, "json")
    assert (answer.status_code, answer.json()) == (409, {"detail": "You have 1 webhooks. Delete one first."})


@pytest.mark.operation("nexus.users.me.webhooks.update")
@pytest.mark.operation("nexus.users.me.webhooks.test")
def test_what_is_left_out_stays(alice, endpoint):
    client = as_bearer(alice)
    shown = client.patch(f"{ADDRESS}/{endpoint.pk}", {"state": "paused"}, "json").json()
    assert (shown["state"], shown["events"], shown["description"]) == ("paused", ["order.paid"], "Bookkeeping")
    shown = client.patch(f"{ADDRESS}/{endpoint.pk}", {"url": f"{URL}/2", "description": None}, "json").json()
    assert (shown["state"], shown["url"], shown["description"]) == ("paused", f"{URL}/2", "")
    assert client.post(f"{ADDRESS}/{endpoint.pk}/test").status_code == 409


@pytest.mark.operation("nexus.users.me.webhooks.rotate_secret")
def test_a_new_secret(alice, endpoint):
    shown = as_bearer(alice).post(f"{ADDRESS}/{endpoint.pk}/rotate-secret").json()
    assert shown["secret"].startswith("whsec_") and shown["secret"] != endpoint.target.secret
    assert shown["old_secret_until"] is not None


@pytest.mark.operation("nexus.users.me.webhooks.deliveries")
@pytest.mark.operation("nexus.users.me.webhooks.replay")
def test_what_was_sent_is_listed_and_sent_again(alice, endpoint):
    client = as_bearer(alice)
    made = client.post(f"{ADDRESS}/{endpoint.pk}/test")
    assert made.status_code == 201
    message = WebhookMessage.objects.get()
    WebhookMessage.objects.update(state="given_up", attempts=10, answer_status=500, error="answered 500")
    listed = client.get(f"{ADDRESS}/{endpoint.pk}/deliveries", {"state": "given_up"}).json()
    assert (listed["total"], client.get(f"{ADDRESS}/{endpoint.pk}/deliveries?state=sent").json()["total"]) == (1, 0)
    shown = listed["items"][0]
    assert json.loads(shown["body"])["data"] == {"endpoint_id": endpoint.pk}
    assert {name: shown[name] for name in shown if name not in ("body", "created_at")} == {
        "id": message.pk,
        "webhook_id": f"msg_{message.uuid.hex}",
        "event": "webhook.test",
        "state": "given_up",
        "attempts": 10,
        "last_status": 500,
        "error": "answered 500",
        "next_try_at": None,
        "sent_at": None,
    }
    again = client.post(f"{ADDRESS}/{endpoint.pk}/deliveries/{message.pk}/replay").json()
    assert (again["state"], again["attempts"], again["webhook_id"]) == ("waiting", 0, shown["webhook_id"])
    assert again["next_try_at"] is not None


@pytest.mark.operation("nexus.users.me.webhooks.delete")
def test_deleted(alice, bob, endpoint):
    assert as_bearer(bob).delete(f"{ADDRESS}/{endpoint.pk}").status_code == 404
    assert as_bearer(alice).delete(f"{ADDRESS}/{endpoint.pk}").json() == {"message": "Webhook deleted"}
    assert as_bearer(alice).get(f"{ADDRESS}/{endpoint.pk}").status_code == 404
