"""Help articles, which all may read."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from community.models import HelpArticle
from config.core.text_search import TextIndex, misspellings, words_of

_HELP: Final = TextIndex(short=("title_key",), long=("body_key",))


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
