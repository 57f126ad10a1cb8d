"""Reports of abuse over HTTP, and in the admin site."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, UserFactory
from accounts.tests.people import as_bearer
from community.models import AbuseReport
from community.services.posts import post_create
from community.tests.factories import CommunityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def post():
    community = CommunityFactory()
    return post_create(actor=community.creator, community_id=community.pk, content="Buy now!")


@pytest.mark.operation("nexus.reports.create")
def test_a_report_is_made_once(bob, post):
    sent = {"kind": "post", "target_id": post.pk, "reason": "spam", "details": "It sells pills."}
    for status in (201, 200):
        answer = as_bearer(bob).post("/api/reports", sent, format="json")
        assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"id", "kind", "target_id", "reason", "details", "status", "created_at"}
    assert (body["status"], body["reason"]) == ("open", "spam")
    missing = as_bearer(bob).post("/api/reports", sent | {"target_id": 999999}, format="json")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Post not found"})
    for change, field in (
        ({"kind": "page"}, "kind"),
        ({"reason": ""}, "reason"),
        ({"target_id": "x"}, "target_id"),
        ({"details": "x" * 2001}, "details"),
    ):
        refused = as_bearer(bob).post("/api/reports", sent | change, format="json")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", field])


def test_moderators_decide_in_the_admin_site(bob, post, client):
    groups_prepare()
    moderator = ModeratorFactory()
    for reporter in (bob, UserFactory()):
        as_bearer(reporter).post(
            "/api/reports", {"kind": "post", "target_id": post.pk, "reason": "spam"}, format="json"
        )
    client.force_login(moderator)
    address = reverse("admin:community_abusereport_changelist")
    assert "Buy now!" in client.get(address).content.decode()
    both = list(AbuseReport.objects.values_list("pk", flat=True))
    client.post(address, {"action": "uphold", "_selected_action": both, "confirmed": "yes"}, follow=True)
    post.refresh_from_db()
    assert post.is_deleted
    assert set(AbuseReport.objects.values_list("status", "decided_by")) == {("upheld", moderator.pk)}
