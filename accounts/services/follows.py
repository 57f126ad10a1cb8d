"""Following: to want to hear of what somebody makes."""

from django.db import transaction

from accounts.models import Follow, User
from config.core.errors import DomainError, Missing


class FollowsHimself(DomainError):
    code = "follows_himself"
    message = "You cannot follow yourself."


def follow(*, actor: User, user_id: int) -> Follow:
    """Follow somebody; again changes nothing. Raises Missing (also for a closed account) and FollowsHimself."""
    if user_id == actor.pk:
        raise FollowsHimself
    with transaction.atomic():
        followed = User.objects.filter(pk=user_id, is_active=True).first()
        if followed is None:
            raise Missing("User")
        made, _is_new = Follow.objects.get_or_create(follower=actor, followed=followed)
        return made


def unfollow(*, actor: User, user_id: int) -> bool:
    """Stop following; where nobody is followed, nothing changes. Says whether something did."""
    gone, _by_model = Follow.objects.filter(follower=actor, followed=user_id).delete()
    return gone > 0
