"""Comments in Django's admin site: in their thread, and taken off."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory
from config.core.audit import MOST_REASON
from config.core.models import AuditEntry
from marketplace.services.comments import model_comment
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(alice):
    return Model3DFactory(seller=alice)


@pytest.fixture
def moderator(client):
    groups_prepare()
    person = ModeratorFactory()
    client.force_login(person)
    return person


def address(comment, button: str = "change") -> str:
    return f"/admin/marketplace/listingcomment/{comment.pk}/{button}/"


def test_its_page(client, moderator, model, alice, bob):
    first = model_comment(actor=bob, model_id=model.pk, content="Buy <mine>!")
    answer = model_comment(actor=alice, model_id=model.pk, content="No.", parent_id=first.pk)
    found = {panel.title: panel.rows for panel in client.get(address(answer)).context["panels"]}
    assert list(found) == ["Its thread", "Others by alice", "Reports of abuse"]
    assert found["Its thread"][0][1::2][:2] == ("bob", "Buy <mine>!")
    assert "Buy &lt;mine&gt;!" in client.get(address(answer)).content.decode()

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address(first)).status_code == 200
        return len(ran)

    before = queries()
    for _ in range(3):
        model_comment(actor=bob, model_id=model.pk, content="And mine!", parent_id=first.pk)
    assert queries() == before


def test_taking_it_off(client, moderator, model, bob):
    comment = model_comment(actor=bob, model_id=model.pk, content="Buy mine!")
    assert client.post(address(comment, "take-off"), {}).context["form"].errors["reason"]
    long = "x" * MOST_REASON
    assert client.post(address(comment, "take-off"), {"reason": f"{long}x"}).context["form"].errors["reason"]
    for _ in range(2):  # pressed twice
        client.post(address(comment, "take-off"), {"reason": long})
    comment.refresh_from_db()
    assert comment.removed_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after) == ("comment.remove", moderator, {"reason": long})
    assert address(comment, "take-off") not in client.get(address(comment)).content.decode()
    client.force_login(BuyerFactory())
    assert client.get(address(comment)).status_code == 302
