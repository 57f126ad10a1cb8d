"""Testimonials, entered by staff; what staff do is in the audit trail."""

from typing import Any, Final

from django.db import transaction

from accounts.actors import Actor
from community import policies
from community.models import Testimonial
from community.services.texts import optional_read, text_read
from config.core.audit import audit_record, audited, columns_shown
from config.core.errors import Denied, Invalid, Missing

LONGEST_NAME: Final = 120
LONGEST_TEXT: Final = 5000
RECORDED: Final = ("author", "company", "rating", "is_verified", "is_featured")


def testimonial_create(*, actor: Actor, author: str, text: str, **values: Any) -> Testimonial:
    """`values`: `company`, `rating` (1 to 5), `is_verified`, `is_featured`. Raises Denied and Invalid."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        testimonial = Testimonial()
        _fill(testimonial, {"author": author, "text": text, **values})
        testimonial.save()
        after = columns_shown(testimonial, *RECORDED)
        audit_record(actor=actor, action="testimonial.add", target=testimonial, after=after)
    return testimonial


def testimonial_update(*, actor: Actor, testimonial_id: int, **values: Any) -> Testimonial:
    """`values` are those of `testimonial_create`. Raises Denied, Missing and Invalid."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        testimonial = _lock(testimonial_id)
        with audited(actor, "testimonial.change", testimonial, *RECORDED):
            _fill(testimonial, values)
            testimonial.save()
    return testimonial


def testimonial_delete(*, actor: Actor, testimonial_id: int) -> None:
    """Raises Denied and Missing."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        testimonial = _lock(testimonial_id)
        before = columns_shown(testimonial, *RECORDED)
        audit_record(actor=actor, action="testimonial.delete", target=testimonial, before=before)
        testimonial.delete()


def _lock(testimonial_id: int) -> Testimonial:
    testimonial = Testimonial.objects.select_for_update().filter(pk=testimonial_id).first()
    if testimonial is None:
        raise Missing("Testimonial")
    return testimonial


def _fill(testimonial: Testimonial, values: dict[str, Any]) -> None:
    for name, value in values.items():
        match name:
            case "author":
                testimonial.author = text_read(value, name, LONGEST_NAME)
            case "company":
                testimonial.company = optional_read(value, name, LONGEST_NAME)
            case "text":
                testimonial.text = text_read(value, name, LONGEST_TEXT)
            case "rating" if not 1 <= value <= 5:
                raise Invalid("A rating is from 1 to 5.", field=name)
            case "rating" | "is_verified" | "is_featured":
                setattr(testimonial, name, value)
