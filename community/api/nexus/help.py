"""Nexus's help and documentation. Texts are Markdown, with safe HTML of them beside."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from community.models import DocSection, HelpArticle, HelpCategory
from community.selectors.help import help_articles, help_categories
from community.selectors.pages import doc_neighbours, doc_section, doc_sections
from config.core.markup import markdown_html
from config.dialects.base import operation
from config.dialects.nexus import NexusView

MOST_SHOWN = 500


class FaqsQuery(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=50, required=False)
    search = serializers.CharField(max_length=200, required=False)


class FaqOut(serializers.Serializer[HelpArticle]):
    """`category` is a slug, empty where an entry has none."""

    id = serializers.IntegerField()
    category = serializers.SerializerMethodField()
    question = serializers.CharField(source="title")
    answer = serializers.CharField(source="body", help_text="Markdown.")
    answer_html = serializers.SerializerMethodField()
    order = serializers.IntegerField(source="position")

    def get_category(self, article: HelpArticle) -> str:
        return article.category.slug if article.category is not None else ""

    def get_answer_html(self, article: HelpArticle) -> str:
        return markdown_html(article.body)


class HelpCategoryOut(serializers.Serializer[HelpCategory]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    icon = serializers.CharField(allow_blank=True)
    order = serializers.IntegerField(source="position")
    faq_count = serializers.IntegerField()


class SectionOut(serializers.Serializer[DocSection]):
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    order = serializers.IntegerField(source="position")


class NeighbourOut(serializers.Serializer[DocSection]):
    slug = serializers.CharField()
    title = serializers.CharField()


class WholeSectionOut(SectionOut):
    content = serializers.CharField(help_text="Markdown.")
    content_html = serializers.SerializerMethodField()
    previous = serializers.SerializerMethodField()
    next = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField()

    def get_content_html(self, section: DocSection) -> str:
        return markdown_html(section.content)

    @extend_schema_field(NeighbourOut(allow_null=True))
    def get_previous(self, section: DocSection) -> Any:
        return self._neighbour(0)

    @extend_schema_field(NeighbourOut(allow_null=True))
    def get_next(self, section: DocSection) -> Any:
        return self._neighbour(1)

    def _neighbour(self, side: int) -> Any:
        neighbour = self.context["neighbours"][side]
        return NeighbourOut(neighbour).data if neighbour is not None else None


class Help(NexusView):
    @operation(query=FaqsQuery, answer=FaqOut, rows="all", who=AllowAny)
    def faqs(self, request: Request) -> Response:
        return Response(self.present_many(list(help_articles(**self.query())[:MOST_SHOWN])))

    @operation(answer=HelpCategoryOut, rows="all", who=AllowAny)
    def categories(self, request: Request) -> Response:
        return Response(self.present_many(list(help_categories()[:MOST_SHOWN])))


class Docs(NexusView):
    @operation(answer=SectionOut, rows="all", who=AllowAny)
    def sections(self, request: Request) -> Response:
        return Response(self.present_many(list(doc_sections().defer("content")[:MOST_SHOWN])))

    @operation(answer=WholeSectionOut, who=AllowAny)
    def section(self, request: Request, section: str) -> Response:
        shown = doc_section(slug=section)
        return self.answer(shown, neighbours=doc_neighbours(section=shown))
