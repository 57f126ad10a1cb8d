"""What people wrote when their account is deleted: their words and files go, the places that others answered to stay.

Locks are taken in the order that community.services.communities says.
"""

from typing import Final

from django.db.models import Q
from django.utils import timezone

from community.choices import RANKS, REACTION_COLUMNS, CommunityRole, MemberStatus
from community.models import (
    AbuseReport,
    Block,
    BlogComment,
    BlogLike,
    BlogPost,
    CampaignRecipient,
    ChatSession,
    Community,
    CommunityMember,
    CommunityPost,
    Course,
    Message,
    PostComment,
    PostReaction,
    SupportTicket,
)
from community.services.attachments import uploads_detach, use_of
from community.services.posts import SHOWN
from config.core.erasing import BATCH, GONE, Step, locked, one_part, rows_delete, rows_uncount, rows_write, uncount
from config.core.files import file_discard
from marketplace.services.uploads.files import uploads_let_go


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left."""
    return one_part(STEPS, user_id)


def _messages(user_id: int) -> int:
    """Those they wrote; those they got are their writers'."""
    said = ~Q(content=GONE) | ~Q(attachment="") | ~Q(attachments=[])
    rows = list(Message.objects.select_for_update(of=("self",)).filter(said, sender=user_id).order_by("pk")[:BATCH])
    for message in rows:
        file_discard("private", str(message.attachment.name or ""))
        if message.attachments:
            uploads_detach(message)
    blank = {"content": GONE, "attachment": "", "attachment_name": "", "attachment_type": "", "attachments": []}
    Message.objects.filter(pk__in=[message.pk for message in rows]).update(**blank)
    return len(rows)


def _blocks(user_id: int) -> int:
    return rows_delete(Block.objects.filter(Q(blocker=user_id) | Q(blocked=user_id)))


def _tickets(user_id: int) -> int:
    """With what staff answered, which speaks to them."""
    ticket = SupportTicket.objects.filter(user=user_id).order_by("pk").first()
    if ticket is None:
        return 0
    for message in ticket.messages.exclude(attachments=[]):
        uploads_let_go(by=use_of(message))
    ticket.delete()
    return 1


def _chats(user_id: int) -> int:
    return rows_delete(ChatSession.objects.filter(user=user_id))


# ---------------------------------------------------------------- communities
def _reactions(user_id: int) -> int:
    rows = PostReaction.objects.filter(user=user_id).order_by("pk")
    chosen = list(rows.values_list("pk", "post", "reaction_type")[:BATCH])
    held = set(locked(CommunityPost, [post for _pk, post, _type in chosen]))
    taken = [row for row in chosen if row[1] in held]
    PostReaction.objects.filter(pk__in=[pk for pk, _post, _type in taken]).delete()
    for _pk, post, reaction in taken:
        uncount(CommunityPost, [post], REACTION_COLUMNS[reaction], "popularity")
    CommunityPost.objects.filter(pk__in=held).update(changed_at=timezone.now())
    return len(taken)


def _post_comments(user_id: int) -> int:
    rows = PostComment.objects.filter(author=user_id).exclude(content=GONE)
    chosen = list(rows.order_by("pk").values_list("pk", "post")[:BATCH])
    held = locked(CommunityPost, [post for _pk, post in chosen])
    comments = PostComment.objects.filter(pk__in=[pk for pk, _post in chosen], post__in=held)
    shown = list(comments.filter(is_deleted=False).values_list("post", flat=True))
    uncount(CommunityPost, shown, "comment_count", "popularity")
    CommunityPost.objects.filter(pk__in=held).update(changed_at=timezone.now())
    return comments.update(content=GONE, is_deleted=True)


def _posts(user_id: int) -> int:
    rows = CommunityPost.objects.select_for_update(of=("self",)).filter(author=user_id).exclude(content=GONE)
    posts = list(rows.order_by("pk")[:BATCH])
    for post in posts:
        for name in SHOWN:
            uploads_let_go(by=f"{use_of(post)}:{name}")
    gone = {"content": GONE, "image_url": "", "model_url": "", "is_deleted": True, "changed_at": timezone.now()}
    CommunityPost.objects.filter(pk__in=[post.pk for post in posts]).update(**gone)
    shown = [post.community_id for post in posts if not post.is_deleted]
    locked(Community, shown)
    uncount(Community, shown, "post_count")
    return len(posts)


def _communities(user_id: int) -> int:
    """One they made is another member's then, of those of the highest rank the one who came first; one with nobody else
    goes."""
    community = Community.objects.filter(creator=user_id).order_by("pk").first()
    if community is None:
        return 0
    others = CommunityMember.objects.select_for_update().filter(community=community, status=MemberStatus.ACTIVE)
    heir = others.exclude(user=user_id).filter(user__is_active=True).order_by("rank", "joined_at", "pk").first()
    if heir is None:
        for post in CommunityPost.objects.filter(community=community):
            for name in SHOWN:
                uploads_let_go(by=f"{use_of(post)}:{name}")
        community.delete()
        return 1
    heir.role, heir.rank = CommunityRole.ADMIN, RANKS[CommunityRole.ADMIN]
    heir.save(update_fields=["role", "rank"])
    return Community.objects.filter(pk=community.pk).update(creator=heir.user_id)


def _memberships(user_id: int) -> int:
    rows = CommunityMember.objects.filter(user=user_id)
    active = rows.filter(status=MemberStatus.ACTIVE)
    return rows_uncount(active, "community", "member_count") or rows_delete(rows)


# ---------------------------------------------------------------- the blog, and what staff have of them
def _blog_likes(user_id: int) -> int:
    return rows_uncount(BlogLike.objects.filter(user=user_id), "post", "likes_count")


def _blog_comments(user_id: int) -> int:
    """Their answers stay below them."""
    theirs = BlogComment.objects.filter(author=user_id).exclude(content=GONE)
    chosen = list(theirs.order_by("pk").values_list("pk", "post")[:BATCH])
    held = locked(BlogPost, [post for _pk, post in chosen])
    rows = BlogComment.objects.filter(pk__in=[pk for pk, _post in chosen], post__in=held)
    shown = list(rows.filter(removed_at=None).values_list("post", flat=True))
    rows.filter(removed_at=None).update(removed_at=timezone.now())
    uncount(BlogPost, shown, "comments_count")
    return rows.update(content=GONE)


def _courses(user_id: int) -> int:
    return rows_delete(Course.objects.filter(instructor=user_id))


def _reports(user_id: int) -> int:
    """Theirs say nothing, and those about them do not quote them."""
    return rows_write(AbuseReport.objects.filter(reporter=user_id), details="") + rows_write(
        AbuseReport.objects.filter(author=user_id), excerpt=""
    )


def _campaigns(user_id: int) -> int:
    return rows_delete(CampaignRecipient.objects.filter(user=user_id))


STEPS: Final[tuple[Step, ...]] = (
    *(_messages, _blocks, _tickets, _chats, _reactions, _post_comments, _posts, _communities, _memberships),
    *(_blog_likes, _blog_comments, _courses, _reports, _campaigns),
)
