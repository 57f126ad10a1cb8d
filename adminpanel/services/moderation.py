"""What moderators do with artworks, appeals and categories: the catalogue's own services, with an audit entry each."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.actors import Actor
from adminpanel import policies
from config.core.audit import audit_record
from config.core.bulk import BulkOutcome, for_each
from config.core.errors import Denied
from marketplace.choices import BulkAction
from marketplace.models import Appeal, Artwork, Category
from marketplace.selectors.categories import categories_visible
from marketplace.selectors.moderation import artworks_for_moderation
from marketplace.services import appeals, categories, moderation


def artwork_approve(*, actor: Actor, artwork_id: int) -> Artwork:
    artwork, _changed = _decide(actor, BulkAction.APPROVE, artwork_id)
    return artwork


def artwork_reject(*, actor: Actor, artwork_id: int, reason: str = "") -> Artwork:
    artwork, _changed = _decide(actor, BulkAction.REJECT, artwork_id, reason)
    return artwork


def artwork_feature(*, actor: Actor, artwork_id: int, featured: bool) -> Artwork:
    action = BulkAction.FEATURE if featured else BulkAction.UNFEATURE
    artwork, _changed = _decide(actor, action, artwork_id)
    return artwork


def artworks_bulk(*, actor: Actor, artwork_ids: Iterable[int], action: BulkAction, reason: str = "") -> BulkOutcome:
    """One decision about many artworks, each in its own transaction: one that is refused does not undo the others."""
    if not policies.may_moderate(actor):
        raise Denied
    return for_each(artwork_ids, lambda artwork_id: _decide(actor, action, artwork_id, reason)[1])


def appeal_decide(*, actor: Actor, appeal_id: int, accept: bool, answer: str = "") -> Appeal:
    with transaction.atomic():
        appeal = appeals.appeal_decide(actor=actor, appeal_id=appeal_id, accept=accept, answer=answer)
        _record(actor, "appeal.decide", appeal, {"state": "open"}, {"state": appeal.state, "answer": answer})
    return appeal


def category_create(*, actor: Actor, name: str, description: str = "", is_active: bool = True) -> Category:
    with transaction.atomic():
        category = categories.category_create(actor=actor, name=name, description=description, is_active=is_active)
        _record(actor, "category.create", category, {}, {"name": category.name, "is_active": is_active})
    return category


def category_set_active(*, actor: Actor, category_id: int, is_active: bool) -> Category:
    action = "category.activate" if is_active else "category.deactivate"
    with transaction.atomic():
        was_active = categories_visible(actor=actor).filter(pk=category_id).values_list("is_active", flat=True).first()
        category = categories.category_set_active(actor=actor, category_id=category_id, is_active=is_active)
        _record(actor, action, category, {"is_active": was_active}, {"is_active": is_active})
    return category


def _decide(actor: Actor, action: BulkAction, artwork_id: int, reason: str = "") -> tuple[Artwork, bool]:
    """The artwork, and whether it is different now."""
    if not policies.may_moderate(actor):
        raise Denied
    steps: dict[BulkAction, Callable[[], Artwork]] = {
        BulkAction.APPROVE: lambda: moderation.artwork_approve(actor=actor, artwork_id=artwork_id),
        BulkAction.REJECT: lambda: moderation.artwork_reject(actor=actor, artwork_id=artwork_id, reason=reason),
        BulkAction.FEATURE: lambda: moderation.artwork_feature(actor=actor, artwork_id=artwork_id, featured=True),
        BulkAction.UNFEATURE: lambda: moderation.artwork_feature(actor=actor, artwork_id=artwork_id, featured=False),
    }
    with transaction.atomic():
        before = _state(actor, artwork_id)
        artwork = steps[action]()
        after = _state(actor, artwork_id)
        _record(actor, f"artwork.{action}", artwork, before, after | ({"reason": reason} if reason else {}))
    return artwork, before != after


def _state(actor: Actor, artwork_id: int) -> dict[str, Any]:
    rows = artworks_for_moderation(actor=actor).filter(pk=artwork_id).order_by()
    return dict(rows.values("status", "is_available", "is_featured", "picture_id").first() or {})


def _record(actor: Actor, action: str, target: Model, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit_record(actor=actor, action=action, target=target, before=before, after=after)
