"""Posts of communities: written by members, reacted to, commented on, shared, pinned and deleted.

Locks are taken in the order that community.services.communities says.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.limits import Attempt, attempt_count
from accounts.services.notifications import notification_send
from community import policies
from community.choices import REACTION_COLUMNS, CommunityStatus, MemberStatus, Reaction
from community.errors import NotAMember
from community.models import Community, CommunityMember, CommunityPost, PostComment, PostReaction
from community.selectors.communities import community_readable, community_visible, post_readable
from community.services.attachments import Stored, use_of
from community.services.live import tell_community
from community.services.texts import text_read
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.trees import root_of
from marketplace.services.uploads.files import uploads_keep

LONGEST_POST: Final = 5000
LONGEST_COMMENT: Final = 2000
LONGEST_TITLE: Final = 60
SHOWN: Final = ("image_url", "model_url")
WRITTEN: Final = ("content", *SHOWN)


def post_create(
    *,
    actor: User,
    community_id: int,
    content: str,
    image_url: str | None = None,
    model_url: str | None = None,
    shown: Mapping[str, Stored] | None = None,
) -> CommunityPost:
    """Members post. `shown` are the stored files that the two addresses lead to, where they lead to such.

    Raises Missing, NotAMember, also of who leaves at this moment, and Invalid (`content`).
    """
    content = text_read(content, "content", LONGEST_POST)
    community_visible(actor=actor, community_id=community_id)
    with transaction.atomic():
        _member(actor, community_id)
        active = Community.objects.filter(pk=community_id, status=CommunityStatus.ACTIVE)
        if not active.update(post_count=F("post_count") + 1):
            raise Missing("Community")
        now = timezone.now()
        post = CommunityPost.objects.create(
            community_id=community_id,
            author=actor,
            content=content,
            image_url=image_url or "",
            model_url=model_url or "",
            created_at=now,
            updated_at=now,
            changed_at=now,
        )
        for name, stored in (shown or {}).items():
            uploads_keep(actor=actor, by=_use_of(post, name), stored=[stored])
        tell_community(community_id, "post_created", post_id=post.pk)
    return post


def post_update(
    *,
    actor: User,
    community_id: int,
    post_id: int,
    changes: Mapping[str, Any],
    shown: Mapping[str, Stored] | None = None,
) -> CommunityPost:
    """Its author, while a member, says it in other words; the community's moderators pin it.

    `changes` are of `content`, `image_url`, `model_url` and `is_pinned`. Raises Missing, Denied and Invalid.
    """
    post_readable(actor=actor, community_id=community_id, post_id=post_id)
    with transaction.atomic():
        _check_open(community_id)
        member = _lock_member(actor, community_id)
        post = _lock_post(community_id, post_id)
        if "is_pinned" in changes and not policies.may_moderate_community(actor, member):
            raise Denied
        written = {name: changes[name] or "" for name in WRITTEN if name in changes}
        if written and not (post.author_id == actor.pk and policies.is_active_member(member)):
            raise Denied
        if "content" in written:
            written["content"] = text_read(written["content"], "content", LONGEST_POST)
        new = written | ({"is_pinned": changes["is_pinned"]} if "is_pinned" in changes else {})
        new = {name: value for name, value in new.items() if getattr(post, name) != value}
        if new:
            for name in new.keys() & set(SHOWN):
                uploads_keep(
                    actor=actor,
                    by=_use_of(post, name),
                    stored=[shown[name]] if shown is not None and name in shown else [],
                )
            for name, value in new.items():
                setattr(post, name, value)
            post.updated_at = post.changed_at = timezone.now()
            post.save(update_fields=[*new, "updated_at", "changed_at"])
            tell_community(community_id, "post_updated", post_id=post.pk)
    return post


def post_delete(*, actor: Actor, community_id: int, post_id: int, reason: str = "") -> CommunityPost:
    """Its author, the community's moderators, and the platform's, whose decision is in the audit trail.

    Raises Missing and Denied.
    """
    community, member = community_readable(actor=actor, community_id=community_id)
    with transaction.atomic():
        post = _lock_post(community_id, post_id)
        if not policies.may_delete_post(actor, post, member):
            raise Denied
        of_theirs = post.author_id == actor.pk or (
            member is not None and policies.is_active_member(member) and policies.may_moderate_community(actor, member)
        )
        note = nullcontext() if of_theirs else audited(actor, "post.delete", post, "is_deleted", reason=reason or None)
        with note:
            post.is_deleted, post.changed_at = True, timezone.now()
            post.save(update_fields=["is_deleted", "changed_at"])
        Community.objects.filter(pk=community.pk).update(post_count=F("post_count") - 1)
        tell_community(community.pk, "post_deleted", post_id=post.pk)
    return post


def _use_of(post: CommunityPost, name: str) -> str:
    """One that was deleted keeps what it showed, for moderators."""
    return f"{use_of(post)}:{name}"


# ---------------------------------------------------------------- reactions
def post_react(*, actor: User, community_id: int, post_id: int, reaction: Reaction) -> CommunityPost:
    """Members react, each with one reaction: another one takes its place. Raises Missing and Denied."""
    post_readable(actor=actor, community_id=community_id, post_id=post_id)
    with transaction.atomic():
        _check_open(community_id)
        if not policies.is_active_member(_lock_member(actor, community_id)):
            raise Denied
        _lock_post(community_id, post_id)
        mine, made = PostReaction.objects.get_or_create(
            post_id=post_id, user=actor, defaults={"reaction_type": reaction}
        )
        before = None if made else mine.reaction_type
        if before != reaction:
            if before is not None:
                mine.reaction_type, mine.created_at = reaction, timezone.now()
                mine.save(update_fields=["reaction_type", "created_at"])
            _count(community_id, post_id, reaction, before)
    return post_readable(actor=actor, community_id=community_id, post_id=post_id)


def post_unreact(*, actor: User, community_id: int, post_id: int) -> CommunityPost:
    """Take one's reaction back; where there is none, nothing changes. Raises Missing and Denied."""
    post_readable(actor=actor, community_id=community_id, post_id=post_id)
    with transaction.atomic():
        _lock_post(community_id, post_id)
        mine = PostReaction.objects.filter(post=post_id, user=actor).first()
        if mine is not None:
            mine.delete()
            _count(community_id, post_id, None, mine.reaction_type)
    return post_readable(actor=actor, community_id=community_id, post_id=post_id)


def _count(community_id: int, post_id: int, added: str | None, gone: str | None) -> None:
    changes: dict[str, Any] = {"changed_at": timezone.now()}
    if added is not None:
        changes[REACTION_COLUMNS[added]] = F(REACTION_COLUMNS[added]) + 1
    if gone is not None:
        changes[REACTION_COLUMNS[gone]] = F(REACTION_COLUMNS[gone]) - 1
    changes["popularity"] = F("popularity") + int(added is not None) - int(gone is not None)
    CommunityPost.objects.filter(pk=post_id).update(**changes)
    tell_community(community_id, "reaction_updated", post_id=post_id)


# ---------------------------------------------------------------- comments
def comment_create(
    *, actor: User, community_id: int, post_id: int, content: str, parent_id: int | None = None
) -> PostComment:
    """Members comment on a post, or answer a comment of it. Its author, and that comment's, are told by notification
    and e-mail. Raises Missing, Denied, NotAMember and Invalid (`content`, `parent_id`)."""
    attempt_count(Attempt.COMMENT, account=actor.pk)
    content = text_read(content, "content", LONGEST_COMMENT)
    post = post_readable(actor=actor, community_id=community_id, post_id=post_id)
    with transaction.atomic():
        _check_open(community_id)
        _member(actor, community_id)
        parent = _parent(post_id, parent_id) if parent_id is not None else None
        now = timezone.now()
        counted = CommunityPost.objects.filter(pk=post_id, is_deleted=False).update(
            comment_count=F("comment_count") + 1, popularity=F("popularity") + 1, changed_at=now
        )
        if not counted:
            raise Missing("Post")
        comment = PostComment.objects.create(
            community_id=community_id,
            post_id=post_id,
            author=actor,
            content=content,
            parent=parent,
            root_id=root_of(parent) if parent is not None else None,
            created_at=now,
        )
        tell_community(community_id, "comment_created", post_id=post_id, comment_id=comment.pk)
        _tell(comment, post, parent)
    return comment


def comment_delete(*, actor: Actor, comment_id: int, reason: str = "") -> PostComment:
    """The platform's moderators take a comment's words away; its answers stay. In the audit trail.

    Raises Denied and Missing.
    """
    if not policies.may_oversee_communities(actor):
        raise Denied
    with transaction.atomic():
        # no_key: who answers it holds the post and refers to it.
        comments = PostComment.objects.select_for_update(no_key=True)
        comment = comments.filter(pk=comment_id, is_deleted=False).first()
        if comment is None:
            raise Missing("Comment")
        with audited(actor, "post_comment.delete", comment, "is_deleted", reason=reason or None):
            comment.is_deleted = True
            comment.save(update_fields=["is_deleted"])
        CommunityPost.objects.filter(pk=comment.post_id).update(
            comment_count=F("comment_count") - 1, popularity=F("popularity") - 1, changed_at=timezone.now()
        )
    return comment


def _parent(post_id: int, parent_id: int) -> PostComment:
    parent = PostComment.objects.select_related("author").filter(pk=parent_id, post=post_id, is_deleted=False).first()
    if parent is None:
        raise Invalid("There is no such comment on this post.", field="parent_id")
    return parent


def _tell(comment: PostComment, post: CommunityPost, parent: PostComment | None) -> None:
    """Not oneself, nobody twice, and nobody whom the two keep apart."""
    hearers = {post.author_id: post.author} | ({parent.author_id: parent.author} if parent is not None else {})
    title = _title(post)
    link = f"/community/{post.community_id}?post={post.pk}"
    for user_id, user in hearers.items():
        if user_id == comment.author_id or not user.is_active or policies.are_apart(user_id, comment.author_id):
            continue
        notification_send(
            user=user,
            notification_type=NotificationType.NEW_COMMENT,
            title="New comment",
            message=f"{comment.author.username} commented on {title}",
            data={"community_id": post.community_id, "post_id": post.pk, "comment_id": comment.pk, "link": link},
            email="comment_notification",
            email_context={
                "commenter_name": comment.author.username,
                "title": title,
                "comment": comment.content,
                "link": link,
            },
        )


def _title(post: CommunityPost) -> str:
    """Posts have none: how they begin."""
    words = " ".join(post.content.split())
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


# ---------------------------------------------------------------- sharing
def post_share(*, actor: Actor, community_id: int, post_id: int) -> CommunityPost:
    """Count that somebody passes it on. Raises Missing and Denied."""
    post = post_readable(actor=actor, community_id=community_id, post_id=post_id)
    CommunityPost.objects.filter(pk=post.pk).update(share_count=F("share_count") + 1)
    post.refresh_from_db(fields=["share_count"])
    return post


def post_link(post: CommunityPost) -> str:
    """Where the front end shows it."""
    return f"{settings.FRONTEND_URL}/community/{post.community_id}?post={post.pk}"


# ---------------------------------------------------------------- locks
def _check_open(community_id: int) -> None:
    """Who made a community reads it also before and after it is active; what they wrote then would reach people who do
    not see it. Raises Missing."""
    if not Community.objects.filter(pk=community_id, status=CommunityStatus.ACTIVE).exists():
        raise Missing("Community")


def _member(actor: User, community_id: int) -> CommunityMember:
    """The actor's own membership, which they cannot leave until the transaction ends. Raises NotAMember."""
    member = _lock_member(actor, community_id)
    if member is None or member.status != MemberStatus.ACTIVE:
        raise NotAMember
    return member


def _lock_member(actor: User, community_id: int) -> CommunityMember | None:
    return CommunityMember.objects.select_for_update().filter(community=community_id, user=actor.pk).first()


def _lock_post(community_id: int, post_id: int) -> CommunityPost:
    post = CommunityPost.objects.select_for_update().filter(pk=post_id, community=community_id).first()
    if post is None or post.is_deleted:
        raise Missing("Post")
    return post
