"""Comments on listings, in rows: the pages of their first level, and the threads below."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from config.core.trees import MOST_ANSWERS
from marketplace.models import ListingComment
from marketplace.selectors.models_3d import model_visible

COMMENT_COLUMNS: Final = (
    *("id", "listing_id", "author_id", "parent_id", "root_id", "answers_count", "content", "likes_count"),
    *("removed_at", "created_at", "author__is_active"),
)
ANSWERS_SHOWN: Final = MOST_ANSWERS
ANSWERS_A_PAGE: Final = 4_000
"""Of each thread, beside the comment that begins it."""


def comments_of_model(*, actor: Actor, model_id: int, columns: Iterable[str] = ()) -> QuerySet[ListingComment, Any]:
    """Rows of COMMENT_COLUMNS and `columns` of the comments that answer none, the newest first. Raises Missing."""
    model = model_visible(actor=actor, reference=model_id)
    rows = ListingComment.objects.filter(listing=model.pk, parent=None).order_by("-created_at", "-id")
    return rows.values(*COMMENT_COLUMNS, *columns)


def thread_of_comment(
    *, actor: Actor, model_id: int, comment_id: int, columns: Iterable[str] = ()
) -> QuerySet[ListingComment, Any]:
    """The same rows of all answers below a comment, the oldest first. Raises Missing (the model, the comment)."""
    model = model_visible(actor=actor, reference=model_id)
    if not ListingComment.objects.filter(pk=comment_id, listing=model.pk, parent=None).exists():
        raise Missing("Comment")
    return ListingComment.objects.filter(root=comment_id).order_by("number").values(*COMMENT_COLUMNS, *columns)


def first_answers(comment_ids: Iterable[int], *, columns: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The same rows of the first ANSWERS_SHOWN of each thread, of fewer where the page is long: ANSWERS_A_PAGE in all.
    With an answer there is always what it answers."""
    ids = list(comment_ids)
    shown = min(ANSWERS_SHOWN, ANSWERS_A_PAGE // max(len(ids), 1))
    rows = ListingComment.objects.filter(root__in=ids, number__lte=shown)
    return list(rows.order_by("root", "number").values(*COMMENT_COLUMNS, *columns))
