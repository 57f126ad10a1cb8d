"""Designs: 3-D models as v1 sells them, filed under a category's name, made active and withdrawn by their seller."""

from enum import StrEnum

from django.db import transaction

from accounts.models import User
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.references import Reference
from marketplace.models import Model3D
from marketplace.selectors import models_3d as model_selectors
from marketplace.services.categories import category_named
from marketplace.services.models_3d.models import (
    ModelDetails,
    model_attach,
    model_create,
    model_publish,
    model_update,
    model_withdraw,
)


class DesignStatus(StrEnum):
    """What a seller may ask for. Whether an active one is on sale at once depends on its file."""

    DRAFT = "draft"
    ACTIVE = "active"


@done_once(Model3D)
def design_create(
    *,
    actor: User,
    channel: str,
    details: ModelDetails,
    category: str = "",
    original: Reference | None = None,
    status: DesignStatus = DesignStatus.DRAFT,
    once: Once | None = None,
) -> Model3D:
    """Make a design: a draft, or with ACTIVE up for sale at once. `original` is an upload whose file it takes.

    Raises Invalid (`category`, `original_model_id`, `price`, `tags`), SellersOnly, BrokenFile and DuplicateModel.
    """
    return model_create(
        actor=actor,
        channel=channel,
        details=_filed(details, category),
        original_id=None if original is None else _original(actor, original).pk,
        publish=status == DesignStatus.ACTIVE,
    )


def design_edit(
    *,
    actor: User,
    model_id: int,
    changes: ModelDetails,
    category: str = "",
    original: Reference | None = None,
    status: DesignStatus | None = None,
) -> Model3D:
    """Change what is said of a design, give it an upload's file, put it up for sale or withdraw it: all or nothing.

    Raises Missing, NotYours, WrongStatus, and what `design_create` and `model_attach` raise.
    """
    changes = _filed(changes, category)
    if status == DesignStatus.ACTIVE:
        changes["is_available"] = True
    source = None if original is None else _original(actor, original)
    with transaction.atomic():
        if status == DesignStatus.DRAFT:
            model_withdraw(actor=actor, model_id=model_id)
        if source is not None:
            model_attach(actor=actor, model_id=model_id, original_id=source.pk)
        model = model_update(actor=actor, model_id=model_id, changes=changes)
        if status == DesignStatus.ACTIVE:
            model = model_publish(actor=actor, model_id=model_id)
        return model


def _filed(details: ModelDetails, category: str) -> ModelDetails:
    """With the category of that name, or with the name itself where there is no such category."""
    category = category.strip()
    if not category:
        return details
    found = category_named(category)
    if found is not None and not found.is_active:
        raise Invalid("This category is closed.", field="category")
    return details | ModelDetails(category_id=found.pk if found else None, subcategory="" if found else category)


def _original(actor: User, reference: Reference) -> Model3D:
    try:
        original = model_selectors.own_model(actor=actor, reference=reference)
    except Missing:
        raise Invalid("You have uploaded no such model.", field="original_model_id") from None
    if original.mesh_id is None:
        raise Invalid("That model has no file.", field="original_model_id")
    return original
