"""What people get by e-mail: chosen, left off by one click, and honoured by what queues e-mails and what sends them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.choices import MAIL_TOPICS, DeliveryState, MailTopic
from accounts.models import Delivery, MailRefusal
from accounts.selectors.mail_preferences import mail_preferences_of
from accounts.services.deliveries import email_queue
from accounts.services.mail_preferences import mail_preferences_change, unsubscribe_address
from accounts.services.sending import delivery_send
from accounts.tests.people import as_bearer

pytestmark = pytest.mark.django_db
ALL = {"comments": True, "followers": True, "news": True, "printers": True}
FOLLOWED = {"follower_name": "Bob", "profile_url": "http://localhost:3000/profile/bob"}


def followed(user) -> Delivery | None:
    return email_queue(user=user, template="new_follower", context=FOLLOWED)


def test_what_was_left_off_is_not_queued_and_what_waits_is_not_sent(alice, bob):
    waiting, other = followed(alice), email_queue(user=alice, template="welcome")
    assert mail_preferences_change(actor=alice, changes={"followers": False}) == ALL | {"followers": False}
    assert followed(alice) is None and followed(bob) is not None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == (DeliveryState.GIVEN_UP, "unsubscribed")
    delivery_send(other.pk)
    assert [message.subject for message in mail.outbox] == ["Welcome to Atelier"]
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers and "unsubscribe" not in mail.outbox[0].body
    assert mail_preferences_change(actor=alice, changes={"followers": True}) == ALL
    assert followed(alice) is not None and mail_preferences_of(actor=bob) == ALL


def test_one_that_a_worker_holds_while_it_is_left_off(alice):
    held = followed(alice)
    MailRefusal.objects.create(user=alice, topic=MailTopic.FOLLOWERS, reason="unsubscribed")
    delivery_send(held.pk)
    held.refresh_from_db()
    assert (held.state, mail.outbox) == (DeliveryState.GIVEN_UP, [])


def test_one_click_ends_that_kind_and_no_other(alice):
    delivery_send(followed(alice).pk)
    [message] = mail.outbox
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"No more e-mails about new followers: {address}" in message.body and address in message.alternatives[0][0]
    path = address.removeprefix(settings.PUBLIC_URL)
    assert b"No more of these" in Client().get(path).content and mail_preferences_of(actor=alice) == ALL
    strict = Client(enforce_csrf_checks=True)
    form = {"content_type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        assert strict.post(path, "List-Unsubscribe=One-Click", **form).status_code == 200
    assert mail_preferences_of(actor=alice) == ALL | {"followers": False}
    strict.post(path, {"again": "yes"})
    assert mail_preferences_of(actor=alice) == ALL


def test_links_that_were_made_up(alice, bob):
    path = unsubscribe_address(user_id=alice.pk, topic=MailTopic.NEWS).removeprefix(settings.PUBLIC_URL)
    forged = [
        path.replace(f"/{alice.pk}.", f"/{bob.pk}."),
        path.replace("news", "comments"),
        "/unsubscribe/1.news.0:x/",
    ]
    assert {Client().post(each).status_code for each in forged} == {400}
    assert not MailRefusal.objects.exists()


@pytest.mark.operation("nexus.users.me.email_preferences.retrieve")
@pytest.mark.operation("nexus.users.me.email_preferences.update")
@pytest.mark.operation("v1.auth.email_preferences.retrieve")
@pytest.mark.operation("v1.auth.email_preferences.update")
@pytest.mark.parametrize("address", ["/api/users/me/email-preferences", "/api/v1/auth/email-preferences"])
def test_preferences_over_http(alice, bob, address):
    caller = as_bearer(alice)
    assert caller.get(address).json() == ALL
    changed = caller.patch(address, {"comments": False, "unknown": 1}, format="json")
    assert (changed.status_code, changed.json()) == (200, ALL | {"comments": False})
    assert caller.patch(address, {"comments": "perhaps"}, format="json").status_code == 422
    assert caller.patch(address, {}, format="json").json() == caller.get(address).json() == ALL | {"comments": False}
    assert as_bearer(bob).get(address).json() == ALL


def test_the_reference_says_of_each_template_what_it_is():
    """A new template is either of a topic or always sent, and docs/reference/emails.md says so."""
    parts = {"base", "button", "lines"}
    names = {file.name.partition(".")[0] for file in Path(settings.BASE_DIR, "templates/email").iterdir()} - parts
    table = Path(settings.BASE_DIR, "docs/reference/emails.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", table, re.MULTILINE))
    assert rows == {name: MAIL_TOPICS.get(name, "always") for name in names}
