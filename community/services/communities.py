"""Communities: made by people, approved and suspended by staff; who comes, goes, is asked in and shut out.

Locks are taken in this order: memberships, posts, communities. A community's counters change last, and only while it is
active: so nobody joins one, or posts there, while it is being suspended.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import NotificationType
from accounts.models import Notification, User
from accounts.services.limits import Attempt, attempt_count
from accounts.services.notifications import notification_send
from community import policies
from community.choices import COMMUNITY_CHANGES, RANKS, CommunityRole, CommunityStatus, MemberStatus
from community.errors import CreatorStays, NameTaken, ShutOut
from community.models import Community, CommunityChange, CommunityMember
from community.selectors.communities import community_visible
from community.services.live import tell_community
from community.services.texts import text_read
from config.core.audit import audited
from config.core.errors import Conflict, Denied, Invalid, Missing
from config.core.folding import folded
from config.core.web_links import is_link

LONGEST_DESCRIPTION: Final = 5000
MOST_RULES: Final = 50
LONGEST_RULE: Final = 500
TOLD_AGAIN_AFTER: Final = timedelta(days=30)
ICON: Final = "\N{BUSTS IN SILHOUETTE}"
GRADIENT: Final = "from-purple-600 to-blue-500"
# Front ends put both where a browser loads what it finds: an icon that is no emoji is a picture's address, and a
# gradient loads nothing.
LIKE_AN_ADDRESS: Final = re.compile(r"[:/\\<>&\"'`\x00-\x1f]")
COLOURS: Final = re.compile(r"(?!.*((url|image|set|element) *\(|//))[\w #%.,()\[\]/:-]*", re.ASCII | re.IGNORECASE)


def community_create(
    *,
    actor: User,
    name: str,
    description: str,
    category: str,
    icon: str = ICON,
    banner_gradient: str = GRADIENT,
    is_private: bool = False,
    require_approval: bool = False,
    rules: Sequence[str] = (),
) -> Community:
    """Pending until staff approve it. Who makes it is its first member, and an admin of it.

    Raises NameTaken, however the name is written, and Invalid (`name`, `description`, `category`, `icon`,
    `banner_gradient`, `rules`).
    """
    name, category = text_read(name, "name", 100), text_read(category, "category", 50)
    description = text_read(description, "description", LONGEST_DESCRIPTION)
    icon, banner_gradient = icon.strip() or ICON, banner_gradient.strip() or GRADIENT
    if LIKE_AN_ADDRESS.search(icon) and not is_link(icon):
        raise Invalid("An emoji, or an address that begins with http:// or https://.", field="icon")
    if not COLOURS.fullmatch(banner_gradient):
        raise Invalid("Names of colours or classes, as in from-purple-600 to-blue-500.", field="banner_gradient")
    if len(rules) > MOST_RULES:
        raise Invalid(f"At most {MOST_RULES} rules.", field="rules")
    kept = [text_read(rule, "rules", LONGEST_RULE) for rule in rules]
    if Community.objects.filter(name_key=folded(name)).exists():
        raise NameTaken
    try:
        with transaction.atomic():
            community = Community.objects.create(
                name=name,
                description=description,
                category=category,
                icon=icon,
                banner_gradient=banner_gradient,
                creator=actor,
                is_private=is_private,
                require_approval=require_approval,
                rules=kept,
                member_count=1,
            )
            role = CommunityRole.ADMIN
            CommunityMember.objects.create(community=community, user=actor, role=role, rank=RANKS[role])
            CommunityChange.objects.create(community=community, after=community.status, actor=actor)
    except IntegrityError:  # two take the name at the same moment
        raise NameTaken from None
    return community


def community_decide(*, actor: Actor, community_id: int, status: CommunityStatus) -> Community:
    """Staff let it go live, or take it down; whoever made it is told. What is so already changes nothing.

    Raises Denied and Missing.
    """
    if not policies.may_decide_about_communities(actor):
        raise Denied
    with transaction.atomic():
        rows = Community.objects.select_for_update(of=("self",)).select_related("creator")
        community = rows.filter(pk=community_id).first()
        if community is None:
            raise Missing("Community")
        if community.status == status:
            return community
        verb = "suspend" if status == CommunityStatus.SUSPENDED else "approve"
        with audited(actor, f"community.{verb}", community, "name", "status"):
            _move(community, status, actor)
            community.save(update_fields=["status", "updated_at"])
        _tell_creator(community)
        if status == CommunityStatus.SUSPENDED:
            tell_community(community.pk, "closed")
    return community


def _move(community: Community, status: CommunityStatus, actor: Actor) -> None:
    """The one place where a community's status changes. The caller holds the lock, and saves."""
    if status not in COMMUNITY_CHANGES[community.status]:
        raise Conflict(f"A community that is {community.status} cannot become {status}.")
    CommunityChange.objects.create(community=community, before=community.status, after=status, actor=person(actor))
    community.status = status


# ---------------------------------------------------------------- coming and going
def community_join(*, actor: User, community_id: int) -> CommunityMember:
    """Become a member, or ask to where members are accepted: in private communities and those that require it. Who was
    invited is in at once. Again changes nothing. Whoever made it is told of who asks once in TOLD_AGAIN_AFTER.

    Raises Missing and ShutOut, also for whom they have blocked.
    """
    attempt_count(Attempt.MEMBERSHIP, account=actor.pk)
    community = community_visible(actor=actor, community_id=community_id)
    with transaction.atomic():
        member = _membership(community.pk, actor.pk)
        if member.status == MemberStatus.ACTIVE:
            return member
        if community.status != CommunityStatus.ACTIVE:
            raise Missing("Community")
        if member.status == MemberStatus.BANNED or policies.has_blocked(community.creator_id, actor.pk):
            raise ShutOut
        is_open = not (community.is_private or community.require_approval)
        if is_open or member.status == MemberStatus.INVITED:
            _activate(member)
        elif member.status != MemberStatus.PENDING:
            _set(member, MemberStatus.PENDING)
            _tell_once(
                community.creator, community, f"{actor.username} asks to join {community.name}", user_id=actor.pk
            )
    return member


def community_leave(*, actor: User, community_id: int) -> Community:
    """No longer be a member, or take back that one asked to be. Raises CreatorStays and Missing."""
    with transaction.atomic():
        member = _lock(community_id, actor.pk).get(actor.pk)
        if member is None or member.status in (MemberStatus.LEFT, MemberStatus.BANNED):
            raise Missing("Community")
        community = Community.objects.get(pk=community_id)
        if community.creator_id == actor.pk:
            raise CreatorStays
        _deactivate(member, MemberStatus.LEFT)
    community.refresh_from_db(fields=["member_count"])
    return community


def member_invite(*, actor: User, community_id: int, user_id: int | None = None, username: str = "") -> CommunityMember:
    """Ask somebody in, as a moderator of the community; they are told, and join by themselves. Who asked already is in.

    Raises Missing, Denied and Invalid (`user_id`) for whom the community has shut out.
    """
    attempt_count(Attempt.MEMBERSHIP, account=actor.pk)
    community = community_visible(actor=actor, community_id=community_id)
    with transaction.atomic():
        own = _lock(community_id, actor.pk).get(actor.pk)
        if not policies.may_moderate_community(actor, own):
            raise Denied
        if community.status != CommunityStatus.ACTIVE:
            raise Missing("Community")
        invited = _person(user_id, username)
        member = _membership(community_id, invited.pk)
        if member.status == MemberStatus.BANNED:
            raise Invalid("They were shut out. Let them in again first.", field="user_id")
        if member.status == MemberStatus.PENDING:
            _activate(member)
        elif member.status == MemberStatus.LEFT and not policies.are_apart(actor.pk, invited.pk):
            _set(member, MemberStatus.INVITED)
            _tell_once(invited, community, f"{actor.username} invites you to join {community.name}", is_invitation=True)
    return member


def member_update(
    *,
    actor: User,
    community_id: int,
    user_id: int,
    role: CommunityRole | None = None,
    status: MemberStatus | None = None,
) -> CommunityMember:
    """Admins of the community give roles. Its moderators accept who asks, shut out who is below them, and let them in
    again. Nobody does so to who made the community. What is so already changes nothing.

    Raises Missing, Denied and Invalid (`status`, `role`).
    """
    community = community_visible(actor=actor, community_id=community_id)
    with transaction.atomic():
        locked = _lock(community_id, actor.pk, user_id)
        own, member = locked.get(actor.pk), locked.get(user_id)
        if not policies.may_moderate_community(actor, own):
            raise Denied
        if member is None or member.status == MemberStatus.LEFT:
            raise Missing("Member")
        if status == MemberStatus.ACTIVE:
            _accept(member)
        elif status == MemberStatus.BANNED and member.status != MemberStatus.BANNED:
            _require_below(actor, own, member, community)
            _deactivate(member, MemberStatus.BANNED)
        if role is not None and role != member.role:
            _give_role(actor, own, member, community, role)
    return member


def member_remove(*, actor: User, community_id: int, user_id: int) -> None:
    """A moderator of the community sends away who is below them, refuses who asks, takes an invitation or a ban back:
    they may ask, or come, again. Raises Missing and Denied."""
    community = community_visible(actor=actor, community_id=community_id)
    with transaction.atomic():
        locked = _lock(community_id, actor.pk, user_id)
        own, member = locked.get(actor.pk), locked.get(user_id)
        if not policies.may_moderate_community(actor, own):
            raise Denied
        if member is None or member.status == MemberStatus.LEFT:
            raise Missing("Member")
        _require_below(actor, own, member, community)
        _deactivate(member, MemberStatus.LEFT)


def _accept(member: CommunityMember) -> None:
    if member.status == MemberStatus.INVITED:
        raise Invalid("They were invited, and join by themselves.", field="status")
    if member.status != MemberStatus.ACTIVE:
        _activate(member)
        _notify(member.user, member.community, f"You are now a member of {member.community.name}")


def _give_role(
    actor: User, own: CommunityMember | None, member: CommunityMember, community: Community, role: CommunityRole
) -> None:
    if not policies.may_give_roles(actor, own) or member.user_id == community.creator_id:
        raise Denied
    if member.status != MemberStatus.ACTIVE:
        raise Invalid("Members alone have roles.", field="role")
    member.role, member.rank = role, RANKS[role]
    member.save(update_fields=["role", "rank"])


def _require_below(actor: User, own: CommunityMember | None, member: CommunityMember, community: Community) -> None:
    """Of those who are no members the role says nothing."""
    if member.user_id in (actor.pk, community.creator_id):
        raise Denied
    if member.status == MemberStatus.ACTIVE and policies.standing(actor, own) >= member.rank:
        raise Denied


def _membership(community_id: int, user_id: int) -> CommunityMember:
    """Locked; made when there is none yet, as of somebody who has left."""
    CommunityMember.objects.get_or_create(
        community_id=community_id, user_id=user_id, defaults={"status": MemberStatus.LEFT}
    )
    return _lock(community_id, user_id)[user_id]


def _lock(community_id: int, *user_ids: int) -> dict[int, CommunityMember]:
    rows = CommunityMember.objects.select_for_update(of=("self",)).select_related("user", "community")
    return {row.user_id: row for row in rows.filter(community=community_id, user__in=user_ids).order_by("pk")}


def _activate(member: CommunityMember) -> None:
    """Counted in the same breath. Raises Missing when the community was suspended meanwhile."""
    member.joined_at = timezone.now()
    _set(member, MemberStatus.ACTIVE)
    active = Community.objects.filter(pk=member.community_id, status=CommunityStatus.ACTIVE)
    if not active.update(member_count=F("member_count") + 1):
        raise Missing("Community")
    tell_community(member.community_id, "member_joined", user_id=member.user_id)


def _deactivate(member: CommunityMember, status: MemberStatus) -> None:
    was_member = member.status == MemberStatus.ACTIVE
    member.role, member.rank = CommunityRole.MEMBER, RANKS[CommunityRole.MEMBER]
    _set(member, status)
    if was_member:
        Community.objects.filter(pk=member.community_id).update(member_count=F("member_count") - 1)
        tell_community(member.community_id, "member_left", user_id=member.user_id)


def _set(member: CommunityMember, status: MemberStatus) -> None:
    member.status, member.changed_at = status, timezone.now()
    member.save(update_fields=["status", "role", "rank", "joined_at", "changed_at"])


def _person(user_id: int | None, username: str) -> User:
    found = (User.objects.filter(pk=user_id) if user_id is not None else User.objects.named(username)).first()
    if found is None or not found.is_active:
        raise Missing("User")
    return found


# ---------------------------------------------------------------- telling
def _tell_creator(community: Community) -> None:
    said = {
        CommunityStatus.ACTIVE: f'Your community "{community.name}" is now active',
        CommunityStatus.SUSPENDED: f'Your community "{community.name}" was suspended',
    }[CommunityStatus(community.status)]
    _notify(community.creator, community, said, status=str(community.status))


def _tell_once(user: User, community: Community, message: str, **data: object) -> None:
    """Who asks, leaves and asks again, or is invited again and again, is told of once in a while."""
    told = Notification.objects.filter(user=user, notification_type=NotificationType.COMMUNITY_UPDATED)
    told = told.filter(created_at__gt=timezone.now() - TOLD_AGAIN_AFTER)
    same = {f"data__{name}": value for name, value in data.items()}
    if not told.filter(data__community_id=community.pk, **same).exists():
        _notify(user, community, message, **data)


def _notify(user: User, community: Community, message: str, **data: object) -> None:
    notification_send(
        user=user,
        notification_type=NotificationType.COMMUNITY_UPDATED,
        title=community.name,
        message=message,
        data={"community_id": community.pk, **data},
    )
