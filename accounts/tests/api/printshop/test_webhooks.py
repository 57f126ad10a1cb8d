"""A person's webhooks in the print shop: the same ones as in Nexus."""

import pytest

from accounts.models import WebhookEndpoint, WebhookMessage
from accounts.services.webhook_endpoints import endpoint_create
from accounts.tests.people import as_bearer

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"
ADDRESS = "/api/printshop/webhooks"


@pytest.fixture
def endpoint(alice) -> WebhookEndpoint:
    return endpoint_create(actor=alice, url=URL, events=["print.finished"])


@pytest.mark.operation("printshop.webhooks.create")
@pytest.mark.operation("printshop.webhooks.list")
@pytest.mark.operation("printshop.webhooks.retrieve")
def test_its_secret_is_shown_once(alice):
    client = as_bearer(alice)
    answer = client.post(ADDRESS, {"url": URL, "events": ["print.failed"]}, "json")
    made = answer.json()
    assert answer.status_code == 201
    assert made.pop("secret") == WebhookEndpoint.objects.get().target.secret
    assert not made["created_at"].endswith("Z")  # moments have no zone here
    assert client.get(ADDRESS).json() == [made] == [client.get(f"{ADDRESS}/{made['id']}").json()]


def test_what_does_not_fit_is_named(alice):
    answer = as_bearer(alice).post(ADDRESS, {"url": "https://10.0.0.1/", "events": ["*"]}, "json")
    assert (answer.status_code, answer.json()["field"]) == (400, "url")


@pytest.mark.operation("printshop.webhooks.update")
@pytest.mark.operation("printshop.webhooks.rotate_secret")
@pytest.mark.operation("printshop.webhooks.delete")
def test_changed_and_deleted(alice, bob, endpoint):
    client = as_bearer(alice)
    shown = client.patch(f"{ADDRESS}/{endpoint.pk}", {"events": ["*"], "state": "paused"}, "json").json()
    assert (shown["events"], shown["state"], shown["url"]) == (["*"], "paused", URL)
    rotated = client.post(f"{ADDRESS}/{endpoint.pk}/rotate-secret").json()
    assert rotated["secret"] != endpoint.target.secret and rotated["old_secret_until"] is not None
    assert as_bearer(bob).delete(f"{ADDRESS}/{endpoint.pk}").status_code == 404
    assert client.delete(f"{ADDRESS}/{endpoint.pk}").json() == {"message": "Webhook deleted"}
    assert client.get(ADDRESS).json() == []


@pytest.mark.operation("printshop.webhooks.test")
@pytest.mark.operation("printshop.webhooks.deliveries")
@pytest.mark.operation("printshop.webhooks.replay")
def test_tried_listed_and_sent_again(alice, endpoint):
    client = as_bearer(alice)
    made = client.post(f"{ADDRESS}/{endpoint.pk}/test").json()
    WebhookMessage.objects.update(state="sent", attempts=1, answer_status=204)
    listed = client.get(f"{ADDRESS}/{endpoint.pk}/deliveries").json()
    assert (listed["total"], [row["id"] for row in listed["deliveries"]]) == (1, [made["id"]])
    assert (listed["deliveries"][0]["last_status"], listed["deliveries"][0]["next_try_at"]) == (204, None)
    again = client.post(f"{ADDRESS}/{endpoint.pk}/deliveries/{made['id']}/replay").json()
    assert (again["state"], again["webhook_id"]) == ("waiting", made["webhook_id"])
