"""The blog and the other pages in the admin site: staff write and see what readers will see; services decide."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import ModeratorFactory, StaffFactory
from community import models
from community.services.blog import post_comment, post_create, post_publish
from config.core.models import AuditEntry
from tests.roles.nexus.pages import CAMPAIGN, COURSE, TUTORIAL
from tests.roles.requests.request import picture

pytestmark = pytest.mark.django_db
POST = {
    "title": "Retopology",
    "category": "news",
    "tags": '["a"]',
    "excerpt": "",
    "content": '# Clean <script>alert(1)</script>\n[x](javascript:a) "',
}


@pytest.fixture
def staff(client):
    groups_prepare()
    person = StaffFactory(username="sue")
    client.force_login(person)
    return person


def address(model, name, *args):
    return reverse(f"admin:community_{model._meta.model_name}_{name}", args=args)


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "yes", "post": "yes"}
    return client.post(address(model, "changelist"), data, follow=True).content.decode()


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_post_is_written_seen_and_published(client, staff):
    client.post(address(models.BlogPost, "add"), POST | {"featured_image": picture()})
    post = models.BlogPost.objects.get()
    assert (post.author, post.status, post.tags) == (staff, "draft", ["a"])
    assert post.featured_image.name.startswith("blog/")
    page = client.get(address(models.BlogPost, "change", post.pk)).content.decode()
    assert '<iframe sandbox title="Preview"' in page
    assert "&lt;h1&gt;Clean &amp;lt;script&amp;gt;alert(1)" in page and "<script>alert(1)" not in page
    changed = POST | {"content": "word " * 300, "featured_image-clear": "on"}
    client.post(address(models.BlogPost, "change", post.pk), changed)
    act(client, models.BlogPost, "publish", post)
    post.refresh_from_db()
    assert (post.read_time, post.status, post.featured_image.name) == (2, "published", "")
    act(client, models.BlogPost, "withdraw", post)
    act(client, models.BlogPost, "delete_selected", post)
    assert not models.BlogPost.objects.exists()
    assert trail() == [
        f"post.{verb}" for verb in ("add", "picture", "change", "picture", "publish", "withdraw", "delete")
    ]


def test_a_refusal_is_told(client, staff):
    answer = client.post(address(models.BlogPost, "add"), POST | {"content": "x" * 50_001}, follow=True)
    assert "no more than 50000 characters" in answer.content.decode()
    assert not models.BlogPost.objects.exists()


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (models.Tutorial, TUTORIAL),
        (models.Testimonial, {"author": "Sam", "company": "", "text": "Great", "rating": 4}),
        (models.DocSection, {"title": "Start", "slug": "start", "content": "# Go", "position": 0, "description": ""}),
        (models.HelpCategory, {"name": "Points", "slug": "points", "icon": "", "position": 9}),
    ],
)
def test_what_staff_write(client, staff, model, values):
    before = set(model.objects.values_list("pk", flat=True))
    answer = client.post(address(model, "add"), values, follow=True)
    (row,) = model.objects.exclude(pk__in=before)
    assert answer.status_code == 200 and trail() == [f"{model._meta.model_name}.add"]
    assert client.get(address(model, "change", row.pk)).status_code == 200
    name = "title" if "title" in values else "author" if "author" in values else "name"
    client.post(address(model, "change", row.pk), values | {name: "Changed"})
    row.refresh_from_db()
    assert getattr(row, name) == "Changed" and trail()[-1] == f"{model._meta.model_name}.change"


def test_courses_are_changed_not_made(client, staff, alice):
    assert client.get(address(models.Course, "add")).status_code == 403
    course = models.Course.objects.create(instructor=alice, currency="USD", **COURSE)
    typed = {"title": "Ours", "is_free": "on", "price": "0", "thumbnail_url": "cdn.example.com/a.png"}
    client.post(address(models.Course, "change", course.pk), COURSE | typed)
    course.refresh_from_db()
    assert (course.title, course.thumbnail_url) == ("Ours", "https://cdn.example.com/a.png")
    assert trail() == ["course.change"]


def test_moderators_remove_comments_and_write_nothing(client, staff, bob):
    post = post_publish(actor=staff, post_id=post_create(actor=staff, title="A", content="A", category="news").pk)
    comment = post_comment(actor=bob, post_id=post.pk, content="Spam")
    client.force_login(ModeratorFactory(username="mo"))
    assert client.get(address(models.BlogPost, "add")).status_code == 403
    act(client, models.BlogComment, "remove", comment)
    comment.refresh_from_db()
    assert comment.removed_at is not None


def test_a_campaign_is_written_seen_and_sent(client, admin, staff):
    sent = CAMPAIGN | {"content": "<h1>Hi</h1><script>alert(1)</script>", "scheduled_at_0": "", "scheduled_at_1": ""}
    assert client.post(address(models.EmailCampaign, "add"), sent).status_code == 403
    client.force_login(admin)
    client.post(address(models.EmailCampaign, "add"), sent)
    campaign = models.EmailCampaign.objects.get()
    page = client.get(address(models.EmailCampaign, "change", campaign.pk)).content.decode()
    assert "<iframe sandbox" in page and "alert(1)" not in page and "&lt;h1&gt;Hi&lt;/h1&gt;" in page
    client.post(address(models.EmailCampaign, "change", campaign.pk), sent | {"name": "April"})
    act(client, models.EmailCampaign, "send", campaign)
    campaign.refresh_from_db()
    assert (campaign.name, campaign.status, campaign.recipients_count) == ("April", "sent", 2)
    assert "has already been sent" in act(client, models.EmailCampaign, "send", campaign)
    client.force_login(staff)
    assert client.get(address(models.EmailCampaign, "change", campaign.pk)).status_code == 200
