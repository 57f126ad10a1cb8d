"""Views of people's public pages: one a visitor and day, by the rules that hold for listings."""

import logging

from django.db import DatabaseError
from django.utils import timezone

from accounts import policies
from accounts.actors import Actor
from accounts.models import ProfileView
from accounts.services.visitors import is_robot, visitor_of, without_waiting
from config.core.keeping import old_remove

logger = logging.getLogger(__name__)


def profile_view_count(*, actor: Actor, user_id: int, address: str, agent: str) -> None:
    """Count a visit, unless it is the person's own, a staff member's or a robot's. Twice a day is once."""
    if actor.pk == user_id or policies.may_see_inactive(actor) or is_robot(agent):
        return
    visitor = visitor_of(actor, address=address, agent=agent, purpose="atelier.profile-views")
    view = ProfileView(user_id=user_id, visitor=visitor, day=timezone.now().date())
    try:
        with without_waiting():
            ProfileView.objects.bulk_create([view], ignore_conflicts=True)
    except DatabaseError as error:
        logger.info("a view of profile %s was not counted: %s", user_id, type(error).__name__)


def profile_views_forget() -> int:
    """Remove who visited long ago. How many rows."""
    return old_remove(ProfileView.objects.all(), "visitors", "day")
