"""Webhooks in Django's admin site: the platform's are made there by administrators, messages are sent once more."""

import re

import pytest

from accounts.models import WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.services.levels import groups_prepare
from accounts.services.webhook_endpoints import endpoint_create, endpoint_test
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook?token=kept-private"
ENDPOINTS = "/admin/accounts/webhookendpoint/"
MESSAGES = "/admin/accounts/webhookmessage/"


@pytest.fixture
def boss(client, admin):
    groups_prepare()
    client.force_login(admin)
    return client


def test_a_secret_is_shown_once(boss):
    page = boss.get(f"{ENDPOINTS}add/").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    sent = {"url": URL, "events": ["order.paid", "order.shipped"], "description": "Books", "once": once.group(1)}
    for _twice in range(2):
        shown = boss.post(f"{ENDPOINTS}add/", sent).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    first = endpoint.target.secret
    assert (endpoint.events, endpoint.target.owner) == (["order.paid", "order.shipped"], None)
    assert first in shown

    address = f"{ENDPOINTS}{endpoint.pk}"
    shown = boss.post(f"{address}/replace-secret/").content.decode()
    second = WebhookTarget.objects.get().secret
    assert second != first and second in shown and first not in shown
    for page in (ENDPOINTS, f"{address}/change/", "/admin/accounts/webhooktarget/"):
        text = boss.get(page).content.decode()
        assert "example.com" in text and "kept-private" not in text
        assert not any(secret in text for secret in (first, second))

    boss.post(f"{address}/send-test/")
    message = WebhookMessage.objects.get()
    assert message.webhook_id in boss.get(f"{address}/change/").content.decode()
    for verb, state in (("pause", "paused"), ("enable", "active")):
        boss.post(f"{address}/{verb}/")
        assert WebhookTarget.objects.get().state == state
    boss.post(f"{address}/remove/")
    assert not WebhookEndpoint.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        *("webhook.create", "webhook.rotate_secret", "webhook.test", "webhook.pause", "webhook.enable"),
        "webhook.remove",
    ]


def test_what_is_refused_stands_at_its_field(boss):
    answer = boss.post(f"{ENDPOINTS}add/", {"url": "https://10.0.0.1/", "events": ["*"]})
    assert answer.context["form"].errors.keys() == {"url"}
    assert boss.post(f"{ENDPOINTS}add/", {"url": URL, "events": []}).context["form"].errors.keys() == {"events"}
    assert not WebhookTarget.objects.exists()


def test_staff_look_and_administrators_decide(client, boss, staff, alice):
    endpoint = endpoint_create(actor=alice, url=URL, events=["*"])
    message = endpoint_test(actor=alice, endpoint_id=endpoint.pk)
    WebhookMessage.objects.update(state="sent", attempts=1)
    boss.post(f"{MESSAGES}{message.pk}/replay/")
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    boss.post(f"{ENDPOINTS}{endpoint.pk}/replace-secret/")  # a person's is theirs
    assert WebhookTarget.objects.get().secret == endpoint.target.secret

    client.force_login(staff)
    WebhookMessage.objects.update(state="sent", attempts=1)
    for page in (ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/change/", f"{MESSAGES}{message.pk}/change/"):
        assert client.get(page).status_code == 200
    for press in (f"{ENDPOINTS}add/", f"{ENDPOINTS}{endpoint.pk}/pause/", f"{MESSAGES}{message.pk}/replay/"):
        assert client.post(press).status_code == 403
    message.refresh_from_db()
    assert (message.state, WebhookTarget.objects.get().state) == ("sent", "active")
