"""Communities, their members, posts and comments, limited to what the actor may see."""

from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery

from accounts.actors import Actor
from community import policies
from community.choices import CommunityStatus, MemberStatus, PostFilter
from community.models import Community, CommunityMember, CommunityPost, PostComment, PostReaction
from config.core.errors import Denied, Missing
from config.core.text_search import Found, TextIndex, best_matches, each_word_in
from config.core.trees import answers_to

_TEXT: Final = TextIndex(short=("search_key",), long=("description_key",))
POST_ORDERINGS: Final = {
    PostFilter.POPULAR: ("-popularity", "-created_at", "-pk"),
    PostFilter.RECENT: ("-is_pinned", "-created_at", "-pk"),
}


# ---------------------------------------------------------------- communities
def communities_listed(*, actor: Actor, category: str = "", search: str = "") -> QuerySet[Community]:
    """Active ones, private ones too, the largest first, each with `my_role`."""
    rows = Community.objects.filter(status=CommunityStatus.ACTIVE)
    if category:
        rows = rows.filter(category=category)
    if search:
        rows = rows.filter(each_word_in(search, "search_key", "description_key"))
    return with_my_role(rows, actor).order_by("-member_count", "-pk")


def communities_found(*, actor: Actor, text: str, columns: tuple[str, ...], shown: int, skip: int = 0) -> Found:
    """Rows of these columns, with `my_role`, of the best active ones that are not private, and how many there are."""
    found = Community.objects.filter(status=CommunityStatus.ACTIVE, is_private=False)
    rows = with_my_role(found, actor).values(*columns)
    return best_matches(rows, text, matches=_TEXT.matches, rank=_TEXT.rank, shown=shown, skip=skip)


def communities_overseen(*, actor: Actor, status: str = "") -> QuerySet[Community]:
    """All, or those of a status, the newest first, each with `my_role`. For staff; raises Denied."""
    if not policies.may_decide_about_communities(actor):
        raise Denied
    rows = Community.objects.filter(status=status) if status else Community.objects.all()
    return with_my_role(rows, actor).order_by("-created_at", "-pk")


def with_my_role(rows: QuerySet[Community], actor: Actor) -> QuerySet[Community]:
    """`my_role` is the role of the actor, None for who is no member."""
    mine = CommunityMember.objects.filter(community=OuterRef("pk"), user=actor.pk, status=MemberStatus.ACTIVE)
    return rows.annotate(my_role=Subquery(mine.values("role")[:1]))


def community_row(*, actor: Actor, community_id: int) -> QuerySet[Community]:
    """The one community, if the actor may see it, with `my_role`."""
    return with_my_role(policies.communities_visible_to(actor).filter(pk=community_id), actor)


def community_visible(*, actor: Actor, community_id: int) -> Community:
    """Raises Missing."""
    community = policies.communities_visible_to(actor).filter(pk=community_id).first()
    if community is None:
        raise Missing("Community")
    return community


def membership_of(*, actor: Actor, community_id: int) -> CommunityMember | None:
    """The actor's own, whatever its status."""
    return CommunityMember.objects.filter(community=community_id, user=actor.pk).first()


class Readable(NamedTuple):
    """A community that the actor may read in, and their membership."""

    community: Community
    member: CommunityMember | None


def community_readable(*, actor: Actor, community_id: int) -> Readable:
    """Raises Missing, and Denied for a private one of others."""
    community = community_visible(actor=actor, community_id=community_id)
    member = membership_of(actor=actor, community_id=community_id)
    if not policies.may_read_community(actor, community, member):
        raise Denied
    return Readable(community, member)


# ---------------------------------------------------------------- members
def members_listed(
    *, actor: Actor, community_id: int, role: str = "", status: str = MemberStatus.ACTIVE
) -> QuerySet[CommunityMember]:
    """Admins and moderators first, then by when they joined. Those who are no members are for moderators alone.

    Raises Missing and Denied.
    """
    _community, member = community_readable(actor=actor, community_id=community_id)
    if status != MemberStatus.ACTIVE and not policies.may_moderate_community(actor, member):
        raise Denied
    rows = CommunityMember.objects.filter(community=community_id, status=status, user__is_active=True)
    if role:
        rows = rows.filter(role=role)
    return rows.order_by("rank", "joined_at", "pk")


def listening(pairs: list[tuple[int, Actor]]) -> list[bool]:
    """Of communities and people, whether the one may hear of the other now. Two queries, however many there are."""
    ids = {community_id for community_id, _actor in pairs}
    communities = Community.objects.in_bulk(ids)
    wanted = CommunityMember.objects.filter(community__in=ids, user__in={actor.pk for _id, actor in pairs})
    members = {(member.community_id, member.user_id): member for member in wanted}
    found = []
    for community_id, actor in pairs:
        community, member = communities.get(community_id), members.get((community_id, actor.pk or 0))
        found.append(
            community is not None
            and policies.may_see_community(actor, community)
            and policies.may_listen_to_community(actor, community, member)
        )
    return found


# ---------------------------------------------------------------- posts
def posts_listed(*, actor: Actor, community_id: int, chosen: str = PostFilter.RECENT) -> QuerySet[CommunityPost]:
    """What was not deleted, of people who are there, each with `my_reaction`. Raises Missing and Denied."""
    community_readable(actor=actor, community_id=community_id)
    rows = _posts().filter(community=community_id)
    if chosen == PostFilter.PINNED:
        rows = rows.filter(is_pinned=True)
    elif chosen == PostFilter.MINE:
        rows = rows.filter(author=actor.pk) if actor.pk is not None else rows.none()
    ordering = POST_ORDERINGS.get(PostFilter(chosen), POST_ORDERINGS[PostFilter.RECENT])
    return with_my_reaction(rows, actor).order_by(*ordering)


def post_row(*, actor: Actor, community_id: int, post_id: int) -> QuerySet[CommunityPost]:
    """The one post with `my_reaction`; empty where it is not there. Raises Missing and Denied for its community."""
    community_readable(actor=actor, community_id=community_id)
    return with_my_reaction(_posts().filter(pk=post_id, community=community_id), actor)


def post_readable(*, actor: Actor, community_id: int, post_id: int) -> CommunityPost:
    """Raises Missing and Denied."""
    post = post_row(actor=actor, community_id=community_id, post_id=post_id).first()
    if post is None:
        raise Missing("Post")
    return post


def with_my_reaction(rows: QuerySet[CommunityPost], actor: Actor) -> QuerySet[CommunityPost]:
    mine = PostReaction.objects.filter(post=OuterRef("pk"), user=actor.pk)
    return rows.annotate(my_reaction=Subquery(mine.values("reaction_type")[:1]))


def _posts() -> QuerySet[CommunityPost]:
    """Who was banned from the platform takes their posts along."""
    return CommunityPost.objects.filter(is_deleted=False, author__is_active=True)


# ---------------------------------------------------------------- comments
def comments_listed(
    *, actor: Actor, community_id: int, post_id: int, thread_id: int | None = None
) -> QuerySet[PostComment]:
    """Comments at the top, the newest first, each with `reply_count`; with `thread_id` all answers to one, the oldest
    first. One that was deleted, or whose author is banned, keeps its place while there are answers.

    Raises Missing and Denied.
    """
    post_readable(actor=actor, community_id=community_id, post_id=post_id)
    rows = PostComment.objects.filter(post=post_id)
    if thread_id is not None:
        return rows.filter(root=thread_id).order_by("pk")
    answers = PostComment.objects.filter(root=OuterRef("pk"))
    counted = answers.order_by().values("root").annotate(count=Count("pk")).values("count")
    there = Q(is_deleted=False, author__is_active=True) | Exists(answers)
    rows = rows.filter(there, root__isnull=True)
    return rows.annotate(reply_count=Subquery(counted, output_field=IntegerField())).order_by("-created_at", "-pk")


def comment_answers(roots: list[int]) -> QuerySet[PostComment]:
    """The oldest answers to each of these comments, at whatever depth."""
    return answers_to(PostComment.objects.all(), roots)


# ---------------------------------------------------------------- what happened since
class Missed(NamedTuple):
    posts: QuerySet[CommunityPost]
    comments: QuerySet[PostComment]
    members: QuerySet[CommunityMember]


def community_missed(*, community_id: int, since: datetime, most: int) -> Missed:
    """At most so many posts written, changed and deleted, comments, and people who came and went, the oldest first, in
    a community that the actor may read. Of posts that are gone the comments are, too."""
    posts = CommunityPost.objects.filter(community=community_id, changed_at__gte=since)
    comments = PostComment.objects.filter(
        community=community_id,
        created_at__gte=since,
        is_deleted=False,
        post__is_deleted=False,
        post__author__is_active=True,
    )
    seen = [MemberStatus.ACTIVE, MemberStatus.LEFT, MemberStatus.BANNED]
    members = CommunityMember.objects.filter(community=community_id, changed_at__gte=since, status__in=seen)
    return Missed(
        posts.order_by("changed_at", "pk")[:most],
        comments.order_by("created_at", "pk")[:most],
        members.order_by("changed_at", "pk")[:most],
    )
