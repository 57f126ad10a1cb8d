"""Visits of posts, tutorials and courses: one a visitor and day. Counting them never fails the page."""

import logging
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.policies import MODERATOR, level
from accounts.services.visitors import is_robot, visitor_of, without_waiting
from community.choices import PageKind
from community.models import BlogPost, Course, PageView, Tutorial

logger = logging.getLogger(__name__)

Page = BlogPost | Course | Tutorial
KINDS: Final[dict[type[Page], PageKind]] = {
    BlogPost: PageKind.POST,
    Course: PageKind.COURSE,
    Tutorial: PageKind.TUTORIAL,
}


def page_view_count(*, actor: Actor, page: Page, address: str, agent: str) -> None:
    """Count a visit, unless it is its writer's, a moderator's or a robot's, or not the visitor's first today."""
    writer = getattr(page, "author_id", None) or getattr(page, "instructor_id", None)
    if (actor.pk is not None and actor.pk == writer) or level(actor) >= MODERATOR or is_robot(agent):
        return
    visitor = visitor_of(actor, address=address, agent=agent, purpose="atelier.page-views")
    view = {"kind": KINDS[type(page)], "page_id": page.pk, "visitor": visitor, "day": timezone.now().date()}
    try:
        with without_waiting():
            if PageView.objects.filter(**view).exists():
                return
            PageView.objects.create(**view)
            type(page)._default_manager.filter(pk=page.pk).update(views_count=F("views_count") + 1)
        page.views_count += 1
    except DatabaseError as error:  # two of the same visitor at once too: one of them counts
        logger.info("a view of %s %s was not counted: %s", view["kind"], page.pk, type(error).__name__)


def page_views_forget() -> int:
    """Who came today must be known until the day is over, not longer."""
    return PageView.objects.filter(day__lt=timezone.now().date() - settings.KEEP["page_visitors"]).delete()[0]
