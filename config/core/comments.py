"""Comments on a page, a 3-D model or a blog post, and the threads below them: kept, written, taken off and read alike.

Each table of comments is a `PageComment` with a foreign key to its page, which counts `comments_count`. Locks are taken
in one order: the page, then its comments.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.trees import MOST_ANSWERS, root_of

if TYPE_CHECKING:
    from accounts.actors import Actor


class ParentElsewhere(Invalid):
    """An answer belongs to what it answers."""

    code = "parent_elsewhere"


class PageComment(models.Model):
    """A comment, or an answer to one. All answers below a comment, however deep, are its thread: `root` is that
    comment, and `number` their place among each other, so that a thread is read without going from one to the next.
    """

    PAGE: ClassVar[str]
    """The foreign key to what is commented on."""
    CALLED: ClassVar[str]
    """What that is in words."""

    author: models.ForeignKey  # type: ignore[type-arg]
    author_id: int
    # Nothing follows these two row by row: the comments of a page go together, and none goes alone (`removed_at`).
    parent = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+")
    root = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="thread")
    number = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="In its thread, from 1.")
    answers_count = models.PositiveIntegerField(default=0, editable=False, help_text="In the thread that it begins.")
    content = models.TextField(max_length=2000)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="What it says is not shown.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"Comment {self.pk} on {getattr(self, f'{self.PAGE}_id')}"


def thread_constraints(prefix: str) -> list[models.BaseConstraint]:
    """Of a table of comments; what they are called begins with `prefix`."""
    return [
        models.UniqueConstraint(fields=["root", "number"], name=f"{prefix}_number_once"),
        models.CheckConstraint(
            condition=Q(parent__isnull=True, root__isnull=True, number__isnull=True)
            | Q(parent__isnull=False, root__isnull=False, number__gte=1),
            name=f"{prefix}_in_a_thread",
        ),
        models.CheckConstraint(condition=~Q(parent=F("id")), name=f"{prefix}_not_under_itself"),
    ]


Comment = TypeVar("Comment", bound=PageComment)


# ---------------------------------------------------------------- written and taken off
def comment_write(
    comments: type[Comment], page: models.Model, *, author: models.Model, content: str, parent_id: int | None
) -> Comment:
    """A comment on a page that the caller has locked, or an answer to one on it: who holds the page gives out the
    numbers of its threads. Raises ParentElsewhere."""
    place: dict[str, Any] = {}
    if parent_id is not None:
        place["parent"] = _of(comments, page).select_related("author").filter(pk=parent_id).first()
        if place["parent"] is None:
            raise ParentElsewhere(f"Parent comment does not belong to this {comments.CALLED}")
        place["root_id"] = root_of(place["parent"])
        root = comments._default_manager.filter(pk=place["root_id"])
        root.update(answers_count=F("answers_count") + 1)
        place["number"] = root.values_list("answers_count", flat=True).get()
    said = {comments.PAGE: page, "author": author, "content": content} | place
    comment: Comment = comments._default_manager.create(**said)
    _count(page, 1)
    return comment


def hearers(comment: PageComment, owner: Any) -> list[Any]:
    """Whoever made the page, and whom a comment answers; each once, and not its author."""
    people = {owner.pk: owner}
    if comment.parent is not None:
        people[comment.parent.author_id] = comment.parent.author
    return [person for pk, person in people.items() if pk != comment.author_id and person.is_active]


def comment_take_off(
    comments: type[Comment],
    *,
    pages: QuerySet[Any],
    actor: "Actor",
    comment_id: int,
    page_id: int | None,
    may_moderate: bool,
    action: str,
    reason: str,
) -> Comment:
    """What a comment on one of the `pages` (on that one) says is shown no longer; its answers stay. For its author and,
    with an entry of that `action`, for moderators. Again changes nothing. Raises Missing and Denied."""
    with transaction.atomic():
        found = comments._default_manager.filter(pk=comment_id).values_list(comments.PAGE, flat=True).first()
        page = None
        if found is not None and page_id in (None, found):
            page = pages.select_for_update(of=("self",), no_key=True).filter(pk=found).first()
        if page is None:
            raise Missing("Comment")
        comment = _of(comments, page).select_for_update(of=("self",)).filter(pk=comment_id).first()
        if comment is None:
            raise Missing("Comment")
        if comment.author_id == actor.pk:
            _take_off(comment, page)
        elif may_moderate:
            with audited(actor, action, comment, reason=reason or None):
                _take_off(comment, page)
        else:
            raise Denied
        return comment


def _of(comments: type[Comment], page: models.Model) -> QuerySet[Comment]:
    return comments._default_manager.filter(**{comments.PAGE: page.pk})


def _take_off(comment: PageComment, page: models.Model) -> None:
    if comment.removed_at is None:
        comment.removed_at = timezone.now()
        comment.save(update_fields=["removed_at"])
        _count(page, -1)


def _count(page: models.Model, change: int) -> None:
    type(page)._default_manager.filter(pk=page.pk).update(comments_count=F("comments_count") + change)


def _all(comments: type[PageComment]) -> QuerySet[Any, Any]:
    """An abstract model has no table to look up `root` in, says the type checker's plugin."""
    rows: Any = comments._default_manager
    return rows.all()


# ---------------------------------------------------------------- read, in rows
def columns_of(comments: type[PageComment]) -> tuple[str, ...]:
    """What the rows below have, beside the columns that are asked for."""
    return (
        *("id", f"{comments.PAGE}_id", "author_id", "parent_id", "root_id", "answers_count", "content", "likes_count"),
        *("removed_at", "created_at", "author__is_active"),
    )


def comments_at_the_top(
    comments: type[Comment], page: models.Model, *, columns: Iterable[str] = ()
) -> QuerySet[Comment, Any]:
    """Those that answer none, the newest first."""
    rows = _of(comments, page).filter(parent=None).order_by("-created_at", "-id")
    return rows.values(*columns_of(comments), *columns)


def comment_thread(
    comments: type[Comment], page: models.Model, comment_id: int, *, columns: Iterable[str] = ()
) -> QuerySet[Comment, Any]:
    """All answers below a comment that answers none, the oldest first. Raises Missing."""
    if not _of(comments, page).filter(pk=comment_id, parent=None).exists():
        raise Missing("Comment")
    rows = _all(comments).filter(root=comment_id).order_by("number")
    return rows.values(*columns_of(comments), *columns)


def comment_answers(
    comments: type[PageComment], ids: Iterable[int], *, most: int = MOST_ANSWERS, columns: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """The first `most` of each thread. With an answer there is always what it answers."""
    rows = _all(comments).filter(root__in=list(ids), number__lte=most)
    return list(rows.order_by("root", "number").values(*columns_of(comments), *columns))
