"""Help articles, which all may read: as answers to frequent questions, and as what the assistant answers from."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from community.models import HelpArticle, HelpCategory
from config.core.text_search import TextIndex, misspellings, words_of

_HELP: Final = TextIndex(short=("title_key",), long=("body_key",))


def help_categories() -> QuerySet[HelpCategory]:
    """In their order, each with `faq_count`, how many published articles it has."""
    published = Count("articles", filter=Q(articles__is_published=True))
    return HelpCategory.objects.annotate(faq_count=published).order_by("position", "pk")


def help_articles(*, category: str = "", search: str = "") -> QuerySet[HelpArticle]:
    """Published ones by the order of their categories, then their own; those without a category come last.

    `category` is a slug. Every word of `search` must be found.
    """
    articles = HelpArticle.objects.filter(is_published=True).select_related("category")
    if category:
        articles = articles.filter(category__slug=category)
    words = words_of(search)
    if search and not words:
        return articles.none()
    for word in words:
        articles = articles.filter(_HELP.matches(word))
    first = F("category__position").asc(nulls_last=True)
    return articles.order_by(first, "category", "position", "pk")


def help_candidates(*, words: Sequence[str], shown: int) -> list[HelpArticle]:
    """Published articles in which any of the words is found, misspelt ones too, the best first."""
    looked_for = [part for word in words for part in words_of(word)]
    if not looked_for:
        return []
    matching = Q()
    for word in looked_for:
        matching |= _HELP.matches(word)
    articles = HelpArticle.objects.select_related("category").filter(matching, is_published=True)
    with misspellings():
        return list(articles.alias(match_rank=_HELP.rank(looked_for)).order_by("-match_rank", "position", "pk")[:shown])
