"""Who may see what: messages are their two people's, communities their members'; staff read tickets besides.

What all may read (help, documentation, blog, tutorials, testimonials) is written by staff; courses by who sells.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.policies import ADMINISTRATOR, MODERATOR, STAFF, level
from commerce.choices import DisputeState
from commerce.models import Dispute
from community.choices import RANKS, CommunityRole, CommunityStatus, MemberStatus, PostStatus
from community.models import (
    Block,
    BlogPost,
    Community,
    CommunityMember,
    CommunityPost,
    Course,
    Message,
    SupportTicket,
    Tutorial,
)

CHANGEABLE_FOR: Final = timedelta(minutes=15)


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """What the actor wrote or got, and has not hidden."""
    if actor.pk is None:
        return Message.objects.none()
    sent = Q(sender=actor.pk, hidden_for_sender=False)
    return Message.objects.filter(sent | Q(receiver=actor.pk, hidden_for_receiver=False))


def is_sender(actor: Actor, message: Message) -> bool:
    return actor.pk is not None and message.sender_id == actor.pk


def is_receiver(actor: Actor, message: Message) -> bool:
    return actor.pk is not None and message.receiver_id == actor.pk


def is_changeable(message: Message, *, now: datetime) -> bool:
    return now - message.created_at <= CHANGEABLE_FOR


def are_apart(one_id: int, other_id: int) -> bool:
    """Whether either of the two blocks the other."""
    one_way = Q(blocker=one_id, blocked=other_id)
    return Block.objects.filter(one_way | Q(blocker=other_id, blocked=one_id)).exists()


def has_blocked(blocker_id: int, user_id: int) -> bool:
    """Whether the one wants nothing from the other."""
    return Block.objects.filter(blocker=blocker_id, blocked=user_id).exists()


def may_read_about_dispute(actor: Actor, dispute: Dispute) -> bool:
    """What its two sides wrote to each other about the work: who decides the dispute, as long as it is open."""
    return level(actor) >= ADMINISTRATOR and dispute.state == DisputeState.OPEN


def may_handle_tickets(actor: Actor) -> bool:
    """Staff answer tickets, and read all."""
    return level(actor) >= STAFF


def tickets_visible_to(actor: Actor) -> QuerySet[SupportTicket]:
    """One's own; staff see all."""
    tickets = SupportTicket.objects.all()
    return tickets if may_handle_tickets(actor) else tickets.filter(user=actor.pk)


# ---------------------------------------------------------------- pages
def may_write_pages(actor: Actor) -> bool:
    """Staff write the blog, help, documentation, tutorials and testimonials, and read what is not published yet."""
    return level(actor) >= STAFF


def may_moderate_comments(actor: Actor) -> bool:
    return level(actor) >= MODERATOR


def posts_visible_to(actor: Actor) -> QuerySet[BlogPost]:
    """What is published; drafts are seen by their author and staff."""
    posts = BlogPost.objects.all()
    if may_write_pages(actor):
        return posts
    published = Q(status=PostStatus.PUBLISHED)
    return posts.filter(published if actor.pk is None else published | Q(author=actor.pk))


def tutorials_visible_to(actor: Actor) -> QuerySet[Tutorial]:
    tutorials = Tutorial.objects.all()
    return tutorials if may_write_pages(actor) else tutorials.filter(is_published=True)


def may_teach(actor: Actor) -> bool:
    """Whoever may sell."""
    return bool(getattr(actor, "may_sell", False))


def may_change_course(actor: Actor, course: Course) -> bool:
    """Its instructor, and staff."""
    return (actor.pk is not None and course.instructor_id == actor.pk) or level(actor) >= STAFF


def courses_visible_to(actor: Actor) -> QuerySet[Course]:
    """Not those of people whose account is closed; staff see these too."""
    courses = Course.objects.all()
    return courses if may_write_pages(actor) else courses.filter(instructor__is_active=True)


# ---------------------------------------------------------------- communities
def may_oversee_communities(actor: Actor) -> bool:
    """Moderators of the platform read all that is written in communities, and remove it."""
    return level(actor) >= MODERATOR


def may_decide_about_communities(actor: Actor) -> bool:
    """Staff approve and suspend communities, and are in each of them as its admins."""
    return level(actor) >= STAFF


OPEN: Final = CommunityStatus.ACTIVE
"""Communities that everybody sees, private ones too: that they are there is no secret."""


def communities_visible_to(actor: Actor) -> QuerySet[Community]:
    """Those of whom `may_see_community` is true."""
    if may_oversee_communities(actor):
        return Community.objects.all()
    is_open = Q(status=OPEN)
    return Community.objects.filter(is_open if actor.pk is None else is_open | Q(creator=actor.pk))


def may_see_community(actor: Actor, community: Community) -> bool:
    """Who made it sees it before it is active, and afterwards."""
    return community.status == OPEN or community.creator_id == actor.pk or may_oversee_communities(actor)


def is_active_member(member: CommunityMember | None) -> bool:
    return member is not None and member.status == MemberStatus.ACTIVE


def may_read_community(actor: Actor, community: Community, member: CommunityMember | None) -> bool:
    """What is written there. `member` is the actor's own membership."""
    return not community.is_private or is_active_member(member) or may_oversee_communities(actor)


def may_listen_to_community(actor: Actor, community: Community, member: CommunityMember | None) -> bool:
    """Get it live: as reading, but not for whom the community has shut out."""
    shut_out = member is not None and member.status == MemberStatus.BANNED
    return not shut_out and may_read_community(actor, community, member)


def standing(actor: Actor, member: CommunityMember | None) -> int:
    """The actor's rank there: 0 admin (also staff of the platform), 1 moderator, 2 member, 3 nobody."""
    if may_decide_about_communities(actor):
        return RANKS[CommunityRole.ADMIN]
    return RANKS[member.role] if member is not None and is_active_member(member) else len(RANKS)


def may_moderate_community(actor: Actor, member: CommunityMember | None) -> bool:
    """Accept, invite and remove members, pin and delete what others write."""
    return standing(actor, member) <= RANKS[CommunityRole.MODERATOR]


def may_give_roles(actor: Actor, member: CommunityMember | None) -> bool:
    return standing(actor, member) == RANKS[CommunityRole.ADMIN]


def may_delete_post(actor: Actor, post: CommunityPost, member: CommunityMember | None) -> bool:
    is_author = actor.pk is not None and post.author_id == actor.pk
    return is_author or may_moderate_community(actor, member) or may_oversee_communities(actor)


# ---------------------------------------------------------------- campaigns
def may_read_campaigns(actor: Actor) -> bool:
    return level(actor) >= STAFF


def may_send_campaigns(actor: Actor) -> bool:
    """What goes to everybody at once is written and sent by administrators alone."""
    return level(actor) >= ADMINISTRATOR


# ---------------------------------------------------------------- reports of abuse
def may_decide_about_reports(actor: Actor) -> bool:
    return level(actor) >= MODERATOR
