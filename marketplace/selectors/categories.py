"""Categories of the catalogue."""

from django.db.models import Count, Q, QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Category


def categories_visible(*, actor: Actor) -> QuerySet[Category]:
    """Active categories, by name; moderators see all."""
    rows = Category.objects.order_by("name")
    return rows if policies.may_moderate(actor) else rows.filter(is_active=True)


def category_visible(*, actor: Actor, category_id: int) -> Category:
    category = categories_visible(actor=actor).filter(pk=category_id).first()
    if category is None:
        raise Missing("Category")
    return category


def categories_with_models(*, actor: Actor, closed_too: bool = False) -> QuerySet[Category]:
    """By position, then name, each with `model_count`: its 3-D models on sale. Closed ones for administrators only."""
    on_sale = Q(
        listings__kind=Kind.MODEL,
        listings__status=Status.APPROVED,
        listings__is_available=True,
        listings__seller_is_active=True,
    )
    rows = Category.objects.annotate(model_count=Count("listings", filter=on_sale)).order_by("position", "name")
    if closed_too and policies.may_see_closed_categories(actor):
        return rows
    return rows.filter(is_active=True)
