"""The live socket of a community. It only forwards: what happens there happens over REST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

from channels.db import database_sync_to_async

from accounts.actors import Actor
from accounts.authentication import users_of
from accounts.models import User
from accounts.sockets import FORBIDDEN, NO_SUCH_SOCKET, Together
from community import nexus_shapes, policies
from community.choices import MemberStatus
from community.consumers.live import MOST_MISSED, OVERLAP, LiveConsumer, moment_of
from community.models import Community, CommunityPost, PostComment
from community.selectors.communities import community_missed, community_visible, listening, membership_of
from community.services.live import community_group
from config.core.errors import Missing
from config.dialects.files import Files
from config.dialects.nexus_objects import person_columns, person_of

POST: Final = tuple(name for name in nexus_shapes.POST if name != "my_reaction")
Event = tuple[tuple[str, Any], ...]


class CommunityConsumer(LiveConsumer):
    """`/ws/community/{community_id}`: `post_created`, `post_updated`, `post_deleted`, `reaction_updated`,
    `comment_created`, `member_joined`, `member_left`. A post's `my_reaction` is null: it goes to all.

    Closed with 4404 where there is no such community, or it is not active (any more), 4403 for whom it is private, or
    who was shut out. `since` is a moment.
    """

    @property
    def community_id(self) -> int:
        return int(self.scope["url_route"]["kwargs"]["community_id"])

    async def joined(self) -> None:
        if (code := await self.still_allowed()) is not None:
            await self.leave(code)
            return
        await self.join(community_group(self.community_id))
        await self.come_back()

    async def still_allowed(self) -> int | None:
        assert self.user is not None  # noqa: S101
        if await _listening.ask((self.community_id, self.user)):
            return None
        return await database_sync_to_async(_refusal)(self.user, self.community_id) or FORBIDDEN

    async def community_event(self, event: dict[str, Any]) -> None:
        if event["kind"] == "closed":
            await self._still_welcome()
            return
        about = tuple(sorted((name, value) for name, value in event.items() if name != "type"))
        heard = await _heard.ask((self.credential, self.community_id, self.origin, about))
        if not heard.allowed:
            await self._still_welcome()  # which closes it with the right code
        elif heard.message is not None and self.is_open:
            await self.send_json(heard.message)

    async def since(self, since: Any) -> None:
        moment = moment_of(since)
        if moment is None:
            await self.refuse("Send a moment, as in 2026-03-05T12:00:00Z")
            return
        messages, complete = await _missed_by.ask((self.community_id, self.origin, moment))
        await self.caught_up(messages, complete=complete)


class Heard(NamedTuple):
    """`allowed`: the credential still stands, and its person may listen."""

    allowed: bool
    message: dict[str, Any] | None


def _hear(asked: list[tuple[str, int, str, Event]]) -> list[Heard]:
    """All that the sockets which got an event ask about it, in a few queries for all of them: who they are still, what
    they may hear, and what it stands for."""
    people = users_of([credential for credential, *_rest in asked], keys=True)
    there = [(community_id, user) for (_c, community_id, *_rest), user in zip(asked, people, strict=True) if user]
    allowed = iter(listening([(community_id, user) for community_id, user in there]))
    events = {key[1:] for key in asked}
    known = {event: _present(event[0], Files(origin=event[1]), dict(event[2])) for event in events}
    return [Heard(user is not None and next(allowed), known[key[1:]]) for key, user in zip(asked, people, strict=True)]


_heard = Together(_hear)


def _refusal(user: User, community_id: int) -> int | None:
    try:
        community = community_visible(actor=user, community_id=community_id)
    except Missing:
        return NO_SUCH_SOCKET
    member = membership_of(actor=user, community_id=community_id)
    return None if policies.may_listen_to_community(user, community, member) else FORBIDDEN


def _are_listening(pairs: list[tuple[int, Actor]]) -> list[bool]:
    return listening(pairs)


_listening = Together(_are_listening)


# ---------------------------------------------------------------- what events stand for
def _present(community_id: int, files: Files, event: dict[str, Any]) -> dict[str, Any] | None:
    """The message; None where what it is about is there no more."""
    present = PRESENTED.get(event["kind"])
    return present(community_id, files, event) if present is not None else None


def _post(community_id: int, files: Files, event: dict[str, Any]) -> dict[str, Any] | None:
    row = _posts(community_id, event["post_id"]).values(*POST).first()
    return {"type": event["kind"], "post": nexus_shapes.post(row, files)} if row else None


def _post_deleted(_community_id: int, _files: Files, event: dict[str, Any]) -> dict[str, Any]:
    return {"type": "post_deleted", "post_id": event["post_id"]}


def _reactions(community_id: int, _files: Files, event: dict[str, Any]) -> dict[str, Any] | None:
    row = _posts(community_id, event["post_id"]).values(*POST).first()
    if row is None:
        return None
    return {"type": "reaction_updated", "post_id": row["id"], "reactions": nexus_shapes.reactions(row)}


def _comment(community_id: int, files: Files, event: dict[str, Any]) -> dict[str, Any] | None:
    comments = PostComment.objects.filter(pk=event["comment_id"], community=community_id)
    row = comments.values(*nexus_shapes.COMMENT, "post__comment_count").first()
    return _comment_message(row, files) if row else None


def _comment_message(row: dict[str, Any], files: Files) -> dict[str, Any]:
    return {
        "type": "comment_created",
        "post_id": row["post_id"],
        "comment": nexus_shapes.comment(row, files),
        "comment_count": row["post__comment_count"],
    }


def _member(community_id: int, files: Files, event: dict[str, Any]) -> dict[str, Any] | None:
    count = Community.objects.filter(pk=community_id).values_list("member_count", flat=True).first()
    if event["kind"] == "member_left":
        return {"type": "member_left", "user_id": event["user_id"], "member_count": count}
    row = User.objects.filter(pk=event["user_id"]).values(*person_columns()).first()
    return {"type": "member_joined", "user": person_of(row, "", files), "member_count": count} if row else None


PRESENTED: Final[dict[str, Callable[[int, Files, dict[str, Any]], dict[str, Any] | None]]] = {
    "post_created": _post,
    "post_updated": _post,
    "post_deleted": _post_deleted,
    "reaction_updated": _reactions,
    "comment_created": _comment,
    "member_joined": _member,
    "member_left": _member,
}


def _posts(community_id: int, post_id: int) -> Any:
    return CommunityPost.objects.filter(pk=post_id, community=community_id, is_deleted=False, author__is_active=True)


def _missed(community_id: int, origin: str, moment: datetime) -> tuple[list[dict[str, Any]], bool]:
    """What happened since, and whether that is all: those who came and went, posts as they are now, comments."""
    files = Files(origin=origin)
    missed = community_missed(community_id=community_id, since=moment - OVERLAP, most=MOST_MISSED + 1)
    count = Community.objects.filter(pk=community_id).values_list("member_count", flat=True).first()
    kinds = (
        list(missed.members.values("status", "user_id", *person_columns("user__"))),
        list(missed.posts.values(*POST, "is_deleted", "author__is_active")),
        list(missed.comments.values(*nexus_shapes.COMMENT, "post__comment_count")),
    )
    members, posts, comments = (rows[:MOST_MISSED] for rows in kinds)
    messages: list[dict[str, Any]] = []
    for member in members:
        if member["status"] == MemberStatus.ACTIVE:
            about = {"type": "member_joined", "user": person_of(member, "user__", files)}
        else:
            about = {"type": "member_left", "user_id": member["user_id"]}
        messages.append(about | {"member_count": count})
    for post in posts:
        if post["is_deleted"] or not post["author__is_active"]:
            messages.append({"type": "post_deleted", "post_id": post["id"]})
        else:
            kind = "post_created" if post["created_at"] >= moment - OVERLAP else "post_updated"
            messages.append({"type": kind, "post": nexus_shapes.post(post, files)})
    messages += [_comment_message(row, files) for row in comments]
    return messages, all(len(rows) <= MOST_MISSED for rows in kinds)


def _missed_by_all(
    asked: list[tuple[int, str, datetime]],
) -> list[tuple[list[dict[str, Any]], bool]]:
    """Those who were cut off by the same thing come back at the same moment, and have missed the same."""
    known = {key: _missed(*key) for key in set(asked)}
    return [known[key] for key in asked]


_missed_by = Together(_missed_by_all)
