"""Categories, kept by moderators."""

from typing import Final, TypedDict

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.actors import Actor
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from marketplace import policies
from marketplace.choices import DESIGN_CATEGORIES
from marketplace.errors import CategoryInUse, CategoryTaken
from marketplace.models import Category, Listing, Model3D

DEFAULT_ICON: Final = "📦"


class CategoryChanges(TypedDict, total=False):
    name: str
    icon: str
    is_active: bool
    position: int


def category_create(
    *,
    actor: Actor,
    name: str,
    description: str = "",
    is_active: bool = True,
    icon: str = DEFAULT_ICON,
    position: int = 0,
) -> Category:
    """3-D models whose makers used this name as a word of their own are filed under it from now on.

    Raises Denied, Invalid (an empty name) and CategoryTaken (names are compared without case).
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        category = category_add(name=name, description=description, is_active=is_active, icon=icon, position=position)
        _take_in(category)
        after = {"name": category.name, "is_active": is_active}
        audit_record(actor=actor, action="category.create", target=category, after=after)
    return category


def category_add(
    *, name: str, description: str = "", is_active: bool = True, icon: str = DEFAULT_ICON, position: int = 0
) -> Category:
    """By the platform itself, or for a moderator. Raises Invalid (an empty name) and CategoryTaken."""
    name = name.strip()
    if not name:
        raise Invalid("This field may not be blank.", field="name")
    try:
        with transaction.atomic():
            return Category.objects.create(
                name=name, description=description, is_active=is_active, icon=icon or DEFAULT_ICON, position=position
            )
    except IntegrityError:
        raise CategoryTaken(field="name") from None


def category_update(*, actor: Actor, category_id: int, changes: CategoryChanges) -> Category:
    """Raises Denied, Missing, Invalid (an empty name) and CategoryTaken; then nothing changes."""
    if not policies.may_moderate(actor):
        raise Denied
    if "name" in changes:
        changes = changes | CategoryChanges(name=changes["name"].strip())
        if not changes["name"]:
            raise Invalid("This field may not be blank.", field="name")
    try:
        with transaction.atomic():
            category = _locked(category_id)
            with audited(actor, "category.update", category, *changes):
                for name, value in changes.items():
                    setattr(category, name, value)
                category.save(update_fields=[*changes, "updated_at"])
            return category
    except IntegrityError:
        raise CategoryTaken(field="name") from None


def category_delete(*, actor: Actor, category_id: int) -> None:
    """Raises Denied, Missing and CategoryInUse (works or jobs are filed under it)."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        category = _locked(category_id)
        audit_record(actor=actor, action="category.delete", target=category, before={"name": category.name})
        try:
            category.delete()
        except ProtectedError:
            raise CategoryInUse from None


def category_set_active(*, actor: Actor, category_id: int, is_active: bool) -> Category:
    """Open or close a category for new works; those in it stay. Raises Denied and Missing."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        category = _locked(category_id)
        with audited(actor, "category.activate" if is_active else "category.deactivate", category, "is_active"):
            category.is_active = is_active
            category.save(update_fields=["is_active", "updated_at"])
        return category


def _locked(category_id: int) -> Category:
    category = Category.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise Missing("Category")
    return category


def _take_in(category: Category) -> None:
    worded = Model3D.objects.filter(category=None, subcategory__iexact=category.name)
    numbers = list(worded.values_list("pk", flat=True))
    Listing.objects.filter(pk__in=numbers).update(category=category)
    Model3D.objects.filter(pk__in=numbers).update(subcategory="")


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
