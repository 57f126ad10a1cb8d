"""Following: to want to hear of what somebody makes."""

import re
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.choices import NotificationType
from accounts.models import Follow, Notification, User
from accounts.selectors.people import profile_address
from accounts.services.limits import Attempt, attempt_count
from accounts.services.notifications import notification_send
from config.core.announce import announce
from config.core.errors import DomainError, Missing

# Who follows, stops and follows again within this time is told of once.
TOLD_AGAIN_AFTER: Final = timedelta(days=30)
LOOKS_LIKE_A_LINK: Final = re.compile(r"[/@:]|\.\w\w")


class FollowsHimself(DomainError):
    code = "follows_himself"
    message = "You cannot follow yourself"


def follow(*, actor: User, user_id: int) -> Follow:
    """Follow somebody, who is told; again changes nothing. Raises Missing (also for a closed account), FollowsHimself,
    Denied for whom they have blocked, and Limited for who follows too many at once."""
    if user_id == actor.pk:
        raise FollowsHimself
    attempt_count(Attempt.FOLLOW, account=actor.pk)
    with transaction.atomic():
        pair_lock(actor.pk, user_id)
        followed = User.objects.filter(pk=user_id, is_active=True).first()
        if followed is None:
            raise Missing("User")
        made, is_new = Follow.objects.get_or_create(follower=actor, followed=followed)
        if is_new:
            announce("accounts.followed", follower=actor, followed=followed)
            _count(follower_id=actor.pk, followed_id=followed.pk, number=1)
            _tell(followed, actor)
        return made


@transaction.atomic
def unfollow(*, actor: User, user_id: int) -> bool:
    """Stop following; where nobody is followed, nothing changes. Says whether something did."""
    pair_lock(actor.pk, user_id)
    gone, _by_model = Follow.objects.filter(follower=actor, followed=user_id).delete()
    if gone:
        _count(follower_id=actor.pk, followed_id=user_id, number=-1)
    return gone > 0


def pair_lock(one_id: int, other_id: int) -> None:
    """Two people, until the transaction ends: of one who follows and the other who blocks them at this moment, the
    later sees what the first has done. In the order of their ids, as everybody locks them."""
    people = User.objects.select_for_update(no_key=True).filter(pk__in=(one_id, other_id)).order_by("pk")
    list(people.values_list("pk", flat=True))


def _count(*, follower_id: int, followed_id: int, number: int) -> None:
    """In the order of their ids: two who follow each other at once do not wait for one another."""
    columns = {follower_id: "following_count", followed_id: "followers_count"}
    for user_id, column in sorted(columns.items()):
        User.objects.filter(pk=user_id).update(**{column: F(column) + number})


def _tell(followed: User, follower: User) -> None:
    since = timezone.now() - TOLD_AGAIN_AFTER
    kind = NotificationType.NEW_FOLLOWER
    told = Notification.objects.filter(user=followed, notification_type=kind, created_at__gt=since)
    if told.filter(data__follower_id=follower.pk).exists():
        return
    name = follower.get_full_name()
    if not name or LOOKS_LIKE_A_LINK.search(name):  # it stands in an e-mail of ours to somebody they may not know
        name = follower.username
    notification_send(
        user=followed,
        notification_type=kind,
        title="New follower",
        message=f"{name} is now following you",
        data={"follower_id": follower.pk, "username": follower.username},
        email="new_follower",
        email_context={"follower_name": name, "profile_url": profile_address(follower)},
    )
