"""Nexus's posts of communities, with their reactions and comments."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from community import nexus_shapes
from community.choices import PostFilter, Reaction
from community.models import CommunityPost, PostComment
from community.selectors.communities import comment_answers, comments_listed, post_row, posts_listed
from community.services import posts as services
from community.services.attachments import Stored
from config.core.errors import Missing
from config.core.references import LARGEST_ID
from config.core.trees import nested
from config.dialects.base import operation
from config.dialects.fields import LinkIn, OfItsKind
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import PersonOut


# ---------------------------------------------------------------- input
class PostsQuery(serializers.Serializer[Any]):
    filter = serializers.ChoiceField(PostFilter.choices, default=PostFilter.RECENT.value)


class CommunityPostIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=services.LONGEST_POST, trim_whitespace=False)
    image_url = LinkIn(required=False)
    model_url = LinkIn(required=False)


class CommunityPostChangeIn(serializers.Serializer[Any]):
    """The author's own, but `is_pinned`, which is for moderators of the community."""

    content = serializers.CharField(max_length=services.LONGEST_POST, trim_whitespace=False, required=False)
    image_url = LinkIn(required=False)
    model_url = LinkIn(required=False)
    is_pinned = serializers.BooleanField(required=False)


class ReactionIn(serializers.Serializer[Any]):
    reaction_type = serializers.ChoiceField(Reaction.choices)


class CommentsQuery(serializers.Serializer[Any]):
    """`thread_id`, an addition of ours: all answers to that comment, flat, the oldest first."""

    thread_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class PostCommentIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=services.LONGEST_COMMENT, trim_whitespace=False)
    parent_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True)


# ---------------------------------------------------------------- output
class ReactionsOut(serializers.Serializer[Any]):
    like = serializers.IntegerField()
    love = serializers.IntegerField()
    wow = serializers.IntegerField()
    fire = serializers.IntegerField()


class CommunityPostOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    community_id = serializers.IntegerField()
    author_id = serializers.IntegerField()
    author = PersonOut()
    content = serializers.CharField()
    image_url = serializers.CharField(allow_null=True)
    model_url = serializers.CharField(allow_null=True)
    reactions = ReactionsOut()
    my_reaction = serializers.ChoiceField(Reaction.choices, allow_null=True)
    comment_count = serializers.IntegerField(help_text="With all answers.")
    share_count = serializers.IntegerField()
    is_pinned = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ReactedOut(serializers.Serializer[Any]):
    reactions = ReactionsOut()
    my_reaction = serializers.ChoiceField(Reaction.choices, allow_null=True)


class PostCommentOut(serializers.Serializer[Any]):
    """`replies` has the 200 oldest answers, nested 20 deep; what is deeper stands beside what it answers. All of them:
    `?thread_id=`. A comment without words was deleted, and is there for its answers."""

    id = serializers.IntegerField()
    post_id = serializers.IntegerField()
    author_id = serializers.IntegerField()
    author = PersonOut()
    content = serializers.CharField(allow_blank=True)
    parent_id = serializers.IntegerField(allow_null=True)
    likes = serializers.IntegerField()
    replies = OfItsKind()
    reply_count = serializers.IntegerField(
        required=False, help_text="All answers to a comment at the top, in lists (an addition of ours)."
    )
    created_at = serializers.DateTimeField()


class PostSharedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    share_count = serializers.IntegerField()
    share_url = serializers.CharField()


# ---------------------------------------------------------------- views
class Posts(NexusView):
    @operation(query=PostsQuery, answer=CommunityPostOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int) -> Response:
        rows = posts_listed(actor=request.user, community_id=id, chosen=self.query()["filter"])
        return self.page(rows.values(*nexus_shapes.POST), self._posts)

    @operation(body=CommunityPostIn, answer=CommunityPostOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        sent = self.body()
        return self._one(services.post_create(actor=self.caller, community_id=id, shown=self._shown(sent), **sent))

    @operation(answer=CommunityPostOut, who=AllowAny)
    def retrieve(self, request: Request, id: int, post_id: int) -> Response:
        rows = post_row(actor=request.user, community_id=id, post_id=post_id).values(*nexus_shapes.POST)
        found = rows.first()
        if found is None:
            raise Missing("Post")
        return self.answer(nexus_shapes.post(found, Files(request)))

    @operation(body=CommunityPostChangeIn, answer=CommunityPostOut)
    def update(self, request: Request, id: int, post_id: int) -> Response:
        changes = self.body()
        changed = services.post_update(
            actor=self.caller, community_id=id, post_id=post_id, changes=changes, shown=self._shown(changes)
        )
        return self._one(changed)

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int, post_id: int) -> Response:
        services.post_delete(actor=self.caller, community_id=id, post_id=post_id)
        return self.answer({"message": "Post deleted"})

    @operation(body=ReactionIn, answer=ReactedOut)
    def react(self, request: Request, id: int, post_id: int) -> Response:
        reaction = Reaction(self.body()["reaction_type"])
        return self._reacted(
            services.post_react(actor=self.caller, community_id=id, post_id=post_id, reaction=reaction)
        )

    @operation(answer=ReactedOut)
    def unreact(self, request: Request, id: int, post_id: int) -> Response:
        return self._reacted(services.post_unreact(actor=self.caller, community_id=id, post_id=post_id))

    @operation(answer=PostSharedOut, who=AllowAny)
    def share(self, request: Request, id: int, post_id: int) -> Response:
        post = services.post_share(actor=request.user, community_id=id, post_id=post_id)
        return self.answer(
            {"message": "Post shared", "share_count": post.share_count, "share_url": services.post_link(post)}
        )

    def _shown(self, sent: dict[str, Any]) -> dict[str, Stored]:
        """The stored files that addresses of a post lead to."""
        files = Files(self.request)
        stored = {name: files.stored_of(sent[name]) for name in services.SHOWN if sent.get(name)}
        return {name: file for name, file in stored.items() if file is not None}

    def _posts(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.post(row, files) for row in rows]

    def _one(self, post: CommunityPost) -> Response:
        rows = post_row(actor=self.caller, community_id=post.community_id, post_id=post.pk)
        return self.answer(self._posts(rows.values(*nexus_shapes.POST))[0])

    def _reacted(self, post: CommunityPost) -> Response:
        counts = nexus_shapes.reactions(vars(post))
        return self.answer({"reactions": counts, "my_reaction": vars(post)["my_reaction"]})


class Comments(NexusView):
    @operation(query=CommentsQuery, answer=PostCommentOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int, post_id: int) -> Response:
        wanted = self.query()
        rows = comments_listed(actor=request.user, community_id=id, post_id=post_id, **wanted)
        if "thread_id" in wanted:
            return self.page(rows.values(*nexus_shapes.COMMENT), self._flat)
        return self.page(rows.values(*nexus_shapes.COMMENT, "reply_count"), self._with_answers)

    @operation(body=PostCommentIn, answer=PostCommentOut, status=201)
    def create(self, request: Request, id: int, post_id: int) -> Response:
        made = services.comment_create(actor=self.caller, community_id=id, post_id=post_id, **self.body())
        return self.answer(self._flat(PostComment.objects.filter(pk=made.pk).values(*nexus_shapes.COMMENT))[0])

    def _flat(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.comment(row, files) for row in rows]

    def _with_answers(self, rows: Any) -> Any:
        """Two queries for a page, however deep its trees are."""
        files = Files(self.request)
        tops = [nexus_shapes.comment(row, files) | {"reply_count": row["reply_count"] or 0} for row in rows]
        answers = comment_answers([top["id"] for top in tops]).values(*nexus_shapes.COMMENT)
        return nested(tops, (nexus_shapes.comment(row, files) for row in answers))
