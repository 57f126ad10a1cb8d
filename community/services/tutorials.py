"""Tutorials, written by staff; what staff do is in the audit trail."""

from typing import Any, Final

from django.db import transaction

from accounts.actors import Actor
from community import policies
from community.choices import TutorialCategory
from community.models import Tutorial
from community.services.texts import text_read
from config.core.audit import audit_record, audited, columns_shown
from config.core.errors import Denied, Invalid, Missing
from config.core.markup import MOST_MARKDOWN

LONGEST_TITLE: Final = 200
RECORDED: Final = ("title", "category", "is_published")


def tutorial_create(*, actor: Actor, title: str, content: str, category: str, is_published: bool = False) -> Tutorial:
    """`content` is Markdown. Raises Denied and Invalid."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        tutorial = Tutorial()
        _fill(tutorial, {"title": title, "content": content, "category": category, "is_published": is_published})
        tutorial.save()
        after = columns_shown(tutorial, *RECORDED)
        audit_record(actor=actor, action="tutorial.add", target=tutorial, after=after)
    return tutorial


def tutorial_update(*, actor: Actor, tutorial_id: int, **values: Any) -> Tutorial:
    """`values` are those of `tutorial_create`. Raises Denied, Missing and Invalid."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        tutorial = _lock(tutorial_id)
        with audited(actor, "tutorial.change", tutorial, *RECORDED):
            _fill(tutorial, values)
            tutorial.save()
    return tutorial


def tutorial_delete(*, actor: Actor, tutorial_id: int) -> None:
    """Raises Denied and Missing."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        tutorial = _lock(tutorial_id)
        before = columns_shown(tutorial, *RECORDED)
        audit_record(actor=actor, action="tutorial.delete", target=tutorial, before=before)
        tutorial.delete()


def _lock(tutorial_id: int) -> Tutorial:
    tutorial = Tutorial.objects.select_for_update().filter(pk=tutorial_id).first()
    if tutorial is None:
        raise Missing("Tutorial")
    return tutorial


def _fill(tutorial: Tutorial, values: dict[str, Any]) -> None:
    for name, value in values.items():
        match name:
            case "title":
                tutorial.title = text_read(value, name, LONGEST_TITLE)
            case "content":
                tutorial.content = text_read(value, name, MOST_MARKDOWN)
            case "category" if value not in TutorialCategory.values:
                raise Invalid("There is no such category.", field=name)
            case "category":
                tutorial.category = value
            case "is_published":
                tutorial.is_published = bool(value)
