"""Reads of the catalogue. Each is limited to what the actor may see."""

from django.db.models import QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from marketplace.models import Category


def categories_visible(*, actor: Actor) -> QuerySet[Category]:
    """Active categories, by name; moderators see all."""
    rows = Category.objects.order_by("name")
    return rows if getattr(actor, "is_moderator", False) else rows.filter(is_active=True)


def category_visible(*, actor: Actor, category_id: int) -> Category:
    category = categories_visible(actor=actor).filter(pk=category_id).first()
    if category is None:
        raise Missing("Category")
    return category
