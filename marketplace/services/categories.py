"""Categories, kept by moderators."""

from django.db import IntegrityError, transaction

from accounts.actors import Actor
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from marketplace import policies
from marketplace.choices import DESIGN_CATEGORIES
from marketplace.errors import CategoryTaken
from marketplace.models import Category


def category_create(*, actor: Actor, name: str, description: str = "", is_active: bool = True) -> Category:
    """Raises Denied, Invalid (an empty name) and CategoryTaken (names are compared without case)."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        category = category_add(name=name, description=description, is_active=is_active)
        after = {"name": category.name, "is_active": is_active}
        audit_record(actor=actor, action="category.create", target=category, after=after)
    return category


def category_add(*, name: str, description: str = "", is_active: bool = True) -> Category:
    """By the platform itself, or for a moderator. Raises Invalid (an empty name) and CategoryTaken."""
    name = name.strip()
    if not name:
        raise Invalid("This field may not be blank.", field="name")
    try:
        with transaction.atomic():
            return Category.objects.create(name=name, description=description, is_active=is_active)
    except IntegrityError:
        raise CategoryTaken(field="name") from None


def category_set_active(*, actor: Actor, category_id: int, is_active: bool) -> Category:
    """Open or close a category for new works; those in it stay. Raises Denied and Missing."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        category = Category.objects.select_for_update().filter(pk=category_id).first()
        if category is None:
            raise Missing("Category")
        with audited(actor, "category.activate" if is_active else "category.deactivate", category, "is_active"):
            category.is_active = is_active
            category.save(update_fields=["is_active", "updated_at"])
        return category


def category_named(name: str) -> Category | None:
    """The category of that name, compared without case; the ones that designs always have are made when missing."""
    name = name.strip()
    found = Category.objects.filter(name__iexact=name).first()
    if found is not None:
        return found
    standard = next((each for each in DESIGN_CATEGORIES if each.casefold() == name.casefold()), None)
    if standard is None:
        return None
    try:
        return category_add(name=standard, description=DESIGN_CATEGORIES[standard])
    except CategoryTaken:  # somebody else made it at this moment
        return Category.objects.get(name__iexact=name)


def design_categories_create() -> list[Category]:
    """The categories that designs always have; those that are there stay as they are."""
    return [category for name in DESIGN_CATEGORIES if (category := category_named(name)) is not None]
