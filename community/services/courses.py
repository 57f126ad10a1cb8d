"""Courses: by who may sell. Staff may change and remove them, which is in the audit trail."""

from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from community import policies
from community.choices import Difficulty
from community.models import Course
from community.services.texts import link_read, text_read
from config.core.audit import audit_record, audited, columns_shown
from config.core.errors import Denied, Invalid, Missing
from config.core.money import ZERO, exact

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 10_000
LONGEST: Final = 100_000
"""Minutes."""
DEAREST: Final = Decimal(1_000_000)
RECORDED: Final = ("title", "is_free", "price", "difficulty")


def course_create(
    *,
    actor: User,
    title: str,
    description: str,
    thumbnail_url: str,
    video_url: str,
    duration: int,
    difficulty: str,
    is_free: bool = True,
    price: Decimal = ZERO,
) -> Course:
    """A course by the actor, `duration` in minutes. One that is free has no price, whatever `price` says; one that is
    not must have one. Raises Denied and Invalid."""
    if not policies.may_teach(actor):
        raise Denied
    course = Course(instructor=actor, currency=settings.CURRENCIES["nexus"])
    texts = {"title": title, "description": description, "thumbnail_url": thumbnail_url, "video_url": video_url}
    _fill(course, {**texts, "duration": duration, "difficulty": difficulty, "is_free": is_free, "price": price})
    course.save()
    return course


def course_update(*, actor: Actor, course_id: int, **values: Any) -> Course:
    """`values` are those of `course_create`. Raises Missing, Denied and Invalid."""
    with transaction.atomic():
        course = _lock(actor, course_id)
        with _recorded(actor, course):
            _fill(course, values)
            course.save()
    return course


def course_delete(*, actor: Actor, course_id: int) -> None:
    """Raises Missing and Denied."""
    with transaction.atomic():
        course = _lock(actor, course_id)
        if actor.pk != course.instructor_id:
            before = columns_shown(course, *RECORDED)
            audit_record(actor=actor, action="course.delete", target=course, before=before)
        course.delete()


def _lock(actor: Actor, course_id: int) -> Course:
    visible = policies.courses_visible_to(actor).filter(pk=course_id).values("pk")
    rows = Course.objects.select_for_update(of=("self",)).select_related("instructor")
    course = rows.filter(pk__in=visible).first()
    if course is None:
        raise Missing("Course")
    if not policies.may_change_course(actor, course):
        raise Denied
    return course


def _recorded(actor: Actor, course: Course) -> AbstractContextManager[None]:
    """What somebody changes of their own needs no entry."""
    if actor.pk == course.instructor_id:
        return nullcontext()
    return audited(actor, "course.change", course, *RECORDED)


def _fill(course: Course, values: dict[str, Any]) -> None:
    for name, value in values.items():
        match name:
            case "title":
                course.title = text_read(value, name, LONGEST_TITLE)
            case "description":
                course.description = text_read(value, name, LONGEST_TEXT)
            case "thumbnail_url" | "video_url":
                setattr(course, name, link_read(value, name))
            case "duration" if not 1 <= value <= LONGEST:
                raise Invalid(f"From 1 to {LONGEST} minutes.", field=name)
            case "difficulty" if value not in Difficulty.values:
                raise Invalid("There is no such difficulty.", field=name)
            case "price":
                course.price = exact(value, course.currency, field=name)
            case "duration" | "difficulty" | "is_free":
                setattr(course, name, value)
    if not ZERO <= course.price <= DEAREST:
        raise Invalid(f"From 0 to {DEAREST}.", field="price")
    if course.is_free:
        course.price = ZERO
    elif not course.price:
        raise Invalid("A course that is not free has a price.", field="price")
