"""Comments on 3-D models, in rows: the pages of their first level, and the threads below."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.models import F, QuerySet

from accounts.actors import Actor
from config.core.comments import comment_answers, comment_thread, comments_at_the_top
from config.core.days import begin_of, end_of
from config.core.trees import MOST_ANSWERS
from marketplace.models import Listing, ListingComment
from marketplace.selectors.models_3d import model_visible

ANSWERS_A_PAGE: Final = 4_000
"""Of each thread, beside the comment that begins it."""


def comments_of_model(*, actor: Actor, model_id: int, columns: Iterable[str] = ()) -> QuerySet[ListingComment, Any]:
    """Rows of the comments that answer none, the newest first. Raises Missing."""
    return comments_at_the_top(ListingComment, model_visible(actor=actor, reference=model_id), columns=columns)


def thread_of_comment(
    *, actor: Actor, model_id: int, comment_id: int, columns: Iterable[str] = ()
) -> QuerySet[ListingComment, Any]:
    """Rows of all answers below a comment, the oldest first. Raises Missing (the model, the comment)."""
    model = model_visible(actor=actor, reference=model_id)
    return comment_thread(ListingComment, model, comment_id, columns=columns)


def first_answers(comment_ids: Iterable[int], *, columns: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Rows of the first MOST_ANSWERS of each thread, of fewer where the page is long: ANSWERS_A_PAGE in all."""
    ids = list(comment_ids)
    most = min(MOST_ANSWERS, ANSWERS_A_PAGE // max(len(ids), 1))
    return comment_answers(ListingComment, ids, most=most, columns=columns)


def comments_received(*, listings: QuerySet[Listing], first: date, last: date) -> int:
    """How many comments, answers included, others than their sellers wrote on these listings on these days."""
    written = ListingComment.objects.filter(
        listing__in=listings.values("pk"), created_at__range=(begin_of(first), end_of(last)), removed_at=None
    )
    return written.exclude(author=F("listing__seller")).count()
