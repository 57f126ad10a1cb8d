"""Communities in the admin site: the actions are the API's services."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import ModeratorFactory, StaffFactory
from community.models import Community, CommunityPost, PostComment
from community.services.posts import comment_create, post_create
from community.tests.factories import CommunityFactory
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


def act(client, model, action, row):
    address = reverse(f"admin:community_{model._meta.model_name}_changelist")
    sent = {"action": action, "_selected_action": [row.pk], "confirmed": "yes"}
    assert client.post(address, sent, follow=True).status_code == 200
    row.refresh_from_db()


def test_staff_approve_and_suspend(client):
    groups_prepare()
    client.force_login(StaffFactory())
    community = CommunityFactory(status="pending")
    for action, status in (("approve", "active"), ("suspend", "suspended")):
        act(client, Community, action, community)
        assert community.status == status
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "community.approve",
        "community.suspend",
    ]


def test_moderators_remove_what_is_written_and_nothing_more(client):
    groups_prepare()
    client.force_login(ModeratorFactory())
    community = CommunityFactory()
    post = post_create(actor=community.creator, community_id=community.pk, content="Spam")
    comment = comment_create(actor=community.creator, community_id=community.pk, post_id=post.pk, content="Spam")
    act(client, PostComment, "remove", comment)
    act(client, CommunityPost, "remove", post)
    act(client, Community, "suspend", community)
    assert (comment.is_deleted, post.is_deleted, community.status) == (True, True, "active")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "post_comment.delete",
        "post.delete",
    ]
