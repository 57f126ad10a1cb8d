"""Comments on 3-D models: written, answered, and taken off by their authors and moderators."""

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from accounts.services.limits import Attempt, attempt_count
from config.core.announce import announce
from config.core.comments import comment_take_off, comment_write, hearers
from config.core.errors import Invalid, Missing
from config.core.names import is_seen
from marketplace import policies
from marketplace.models import Listing, ListingComment
from marketplace.services.notices import comment_written


def model_comment(*, actor: User, model_id: int, content: str, parent_id: int | None = None) -> ListingComment:
    """Comment on a visible model, or answer a comment on it. Its maker is told, and who is answered.

    Raises Missing (the model), ParentElsewhere, Denied for whom one of them has blocked, and Invalid (`content`).
    """
    attempt_count(Attempt.COMMENT, account=actor.pk)
    content = content.strip()
    if not is_seen(content):
        raise Invalid("This field may not be blank.", field="content")
    with transaction.atomic():
        visible = policies.models_visible_to(actor).filter(pk=model_id).values("pk")
        rows = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("seller")
        listing = rows.filter(pk__in=visible).first()
        if listing is None:
            raise Missing("Model")
        comment = comment_write(ListingComment, listing, author=actor, content=content, parent_id=parent_id)
        for person in hearers(comment, listing.seller):
            announce("marketplace.commented", writer=actor, reader=person)
            comment_written(
                comment,
                to=person,
                title=listing.title,
                link=f"/model/{listing.pk}",
                named=actor.username,
                about={"model_id": listing.pk},
            )
        return comment


def comment_remove(*, actor: Actor, comment_id: int, model_id: int | None = None, reason: str = "") -> ListingComment:
    """As `comment_take_off`, of a model that the actor may see. Raises Missing and Denied."""
    return comment_take_off(
        ListingComment,
        pages=Listing.objects.filter(pk__in=policies.models_visible_to(actor).values("pk")),
        actor=actor,
        comment_id=comment_id,
        page_id=model_id,
        may_moderate=policies.may_moderate(actor),
        action="comment.remove",
        reason=reason,
    )
