"""Comments on 3-D models: written, answered, and taken off by their authors and moderators."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.services.limits import Attempt, attempt_count
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from marketplace import policies
from marketplace.errors import ParentElsewhere
from marketplace.models import Listing, ListingComment
from marketplace.services.notices import comment_written


def model_comment(*, actor: User, model_id: int, content: str, parent_id: int | None = None) -> ListingComment:
    """Comment on a visible model, or answer a comment on it. Its maker is told, and who is answered.

    Raises Missing (the model), ParentElsewhere and Invalid (`content`).
    """
    attempt_count(Attempt.COMMENT, account=actor.pk)
    content = content.strip()
    if not content:
        raise Invalid("This field may not be blank.", field="content")
    with transaction.atomic():
        # Who holds the listing gives out the numbers of its threads.
        visible = policies.models_visible_to(actor).filter(pk=model_id).values("pk")
        rows = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("seller")
        listing = rows.filter(pk__in=visible).first()
        if listing is None:
            raise Missing("Model")
        parent = _parent(listing, parent_id)
        comment = ListingComment.objects.create(
            listing=listing, author=actor, content=content, **_place_under(parent) if parent is not None else {}
        )
        Listing.objects.filter(pk=listing.pk).update(comments_count=F("comments_count") + 1)
        told = {listing.seller_id: listing.seller} | ({parent.author_id: parent.author} if parent is not None else {})
        for person_id, person in told.items():
            if person_id != actor.pk and person.is_active:
                comment_written(comment, listing=listing, to=person)
        return comment


def comment_remove(*, actor: Actor, comment_id: int, model_id: int | None = None, reason: str = "") -> ListingComment:
    """What a comment says is shown no longer; its answers stay. For its author and, with an entry, for moderators.

    Again changes nothing. Raises Missing (also for one of another model than `model_id`) and Denied.
    """
    with transaction.atomic():
        comment = ListingComment.objects.select_for_update(of=("self",)).filter(pk=comment_id).first()
        if comment is not None and model_id not in (None, comment.listing_id):
            comment = None
        if comment is None or not policies.models_visible_to(actor).filter(pk=comment.listing_id).exists():
            raise Missing("Comment")
        if comment.author_id == actor.pk:
            _remove(comment)
        elif policies.may_moderate(actor):
            with audited(actor, "comment.remove", comment, reason=reason or None):
                _remove(comment)
        else:
            raise Denied
        return comment


def _parent(listing: Listing, parent_id: int | None) -> ListingComment | None:
    if parent_id is None:
        return None
    parent = ListingComment.objects.select_related("author").filter(pk=parent_id, listing=listing).first()
    if parent is None:
        raise ParentElsewhere
    return parent


def _place_under(parent: ListingComment) -> dict[str, int]:
    root_id = parent.root_id or parent.pk
    ListingComment.objects.filter(pk=root_id).update(answers_count=F("answers_count") + 1)
    number = ListingComment.objects.values_list("answers_count", flat=True).get(pk=root_id)
    return {"parent_id": parent.pk, "root_id": root_id, "number": number}


def _remove(comment: ListingComment) -> None:
    if comment.removed_at is None:
        comment.removed_at = timezone.now()
        comment.save(update_fields=["removed_at"])
        Listing.objects.filter(pk=comment.listing_id).update(comments_count=F("comments_count") - 1)
