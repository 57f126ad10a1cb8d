"""Nexus's help and documentation over HTTP."""

from functools import partial

import pytest
from rest_framework.test import APIClient

from community.help_articles.articles import articles_add, category_make
from community.models import DocSection, HelpArticle, HelpCategory

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    HelpArticle.objects.all().delete()
    HelpCategory.objects.all().delete()
    later = HelpCategory.objects.create(slug="selling", name="Selling", position=2)
    payments = HelpCategory.objects.create(slug="payments", name="Payments", icon="card", position=1)
    for slug, category, position, published in (
        ("stray", None, 0, True),
        ("upload", later, 0, True),
        ("refund", payments, 2, True),
        ("fee", payments, 1, True),
        ("secret", payments, 0, False),
    ):
        HelpArticle.objects.create(
            slug=slug,
            title=f"What of {slug}?",
            body=f"**{slug}** [x](javascript:a)",
            category=category,
            position=position,
            is_published=published,
        )
    return payments


def questions(query=""):
    return [each["question"] for each in APIClient().get(f"/api/help/faqs{query}").json()]


@pytest.mark.operation("nexus.help.faqs")
def test_questions_by_category_then_order(payments):
    assert questions() == ["What of fee?", "What of refund?", "What of upload?", "What of stray?"]
    assert questions("?category=payments") == ["What of fee?", "What of refund?"]
    assert questions("?search=REFUND") == ["What of refund?"]
    assert questions("?category=none") == questions("?search=%3F%3F") == []
    shown = APIClient().get("/api/help/faqs").json()[0]
    assert shown == {
        "id": shown["id"],
        "category": "payments",
        "question": "What of fee?",
        "answer": "**fee** [x](javascript:a)",
        "answer_html": "<p><strong>fee</strong> [x](javascript:a)</p>\n",
        "order": 1,
    }


@pytest.mark.operation("nexus.help.categories")
def test_categories_count_what_is_published(payments):
    shown = APIClient().get("/api/help/categories").json()
    assert shown[0] == {
        "id": payments.pk,
        "slug": "payments",
        "name": "Payments",
        "icon": "card",
        "order": 1,
        "faq_count": 2,
    }
    assert [each["slug"] for each in shown] == ["payments", "selling"]


def test_the_first_articles_are_there():
    """Filed under what their files say, as by the migrations, whose rows other tests may have emptied."""
    HelpArticle.objects.all().delete()
    articles_add(HelpArticle, filed=partial(category_make, HelpCategory))
    assert "3-D models" in HelpCategory.objects.values_list("name", flat=True)
    assert len(questions()) == HelpArticle.objects.count() > 10


@pytest.fixture
def sections():
    DocSection.objects.create(slug="hidden", title="Hidden", content="x", position=1, is_published=False)
    return [
        DocSection.objects.create(slug=slug, title=slug.title(), content=f"# {slug}", position=position)
        for slug, position in (("uploading", 1), ("getting-started", 0), ("selling", 1))
    ]


@pytest.mark.operation("nexus.docs.sections")
def test_sections_in_their_order(sections):
    shown = APIClient().get("/api/docs/sections").json()
    assert [each["slug"] for each in shown] == ["getting-started", "uploading", "selling"]
    assert shown[0] == {"slug": "getting-started", "title": "Getting-Started", "description": "", "order": 0}


@pytest.mark.operation("nexus.docs.section")
def test_a_section_and_its_neighbours(sections):
    shown = APIClient().get("/api/docs/uploading").json()
    assert shown == {
        "slug": "uploading",
        "title": "Uploading",
        "description": "",
        "content": "# uploading",
        "content_html": "<h1>uploading</h1>\n",
        "order": 1,
        "previous": {"slug": "getting-started", "title": "Getting-Started"},
        "next": {"slug": "selling", "title": "Selling"},
        "updated_at": shown["updated_at"],
    }
    assert APIClient().get("/api/docs/getting-started").json()["previous"] is None
    assert APIClient().get("/api/docs/selling").json()["next"] is None
    for slug in ("hidden", "unknown", "%00"):
        answer = APIClient().get(f"/api/docs/{slug}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Section not found"})
