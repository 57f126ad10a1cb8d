"""Communities in Django's admin site. Staff approve, suspend and remove by the same services as the API."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from community import policies
from community.choices import CommunityStatus
from community.models import (
    Community,
    CommunityChange,
    CommunityMember,
    CommunityPost,
    PostComment,
)
from community.services.communities import community_decide
from community.services.posts import comment_delete, post_delete
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Community)
class CommunityAdmin(ReadOnlyAdmin):
    list_display = ("name", "creator", "category", "status", "is_private", "member_count", "post_count", "created_at")
    list_filter = ("status", "is_private", "category")
    list_select_related = ("creator",)
    search_fields = ("name", "description")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = ("approve", "suspend")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return policies.may_decide_about_communities(request.user)

    def _decide(self, request: HttpRequest, rows: QuerySet[Community], status: CommunityStatus) -> None:
        for_each(
            self,
            request,
            rows,
            lambda row: community_decide(actor=request.user, community_id=row.pk, status=status),
        )

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: HttpRequest, rows: QuerySet[Community]) -> None:
        self._decide(request, rows, CommunityStatus.ACTIVE)

    @admin.action(description="Suspend", permissions=["decide"])
    @confirmed
    def suspend(self, request: HttpRequest, rows: QuerySet[Community]) -> None:
        self._decide(request, rows, CommunityStatus.SUSPENDED)


@admin.register(CommunityChange)
class CommunityChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "community", "before", "after", "actor")
    list_filter = ("after",)
    list_select_related = ("community", "actor")
    search_fields = ("community__name",)


@admin.register(CommunityMember)
class CommunityMemberAdmin(ReadOnlyAdmin):
    list_display = ("community", "user", "role", "status", "joined_at", "changed_at")
    list_filter = ("status", "role")
    list_select_related = ("community", "user")
    search_fields = ("community__name", "user__username")
    ordering = ("-pk",)


class Removable(ReadOnlyAdmin):
    """What moderators take away, for good."""

    list_filter: Any = ("is_deleted",)
    list_select_related: Any = ("community", "author")
    search_fields: Any = ("community__name", "author__username")
    ordering = ("-pk",)
    actions = ("remove",)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return policies.may_oversee_communities(request.user)

    def decide(self, request: HttpRequest, row: Any) -> object:
        raise NotImplementedError

    @admin.action(description="Remove", permissions=["decide"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        for_each(self, request, rows, lambda row: self.decide(request, row))


@admin.register(CommunityPost)
class CommunityPostAdmin(Removable):
    list_display = ("id", "community", "author", "is_pinned", "is_deleted", "popularity", "created_at")
    list_filter = ("is_deleted", "is_pinned")

    def decide(self, request: HttpRequest, row: CommunityPost) -> object:
        return post_delete(actor=request.user, community_id=row.community_id, post_id=row.pk)


@admin.register(PostComment)
class PostCommentAdmin(Removable):
    list_display = ("id", "community", "post", "author", "is_deleted", "created_at")
    raw_id_fields = ("post", "parent", "root")

    def decide(self, request: HttpRequest, row: PostComment) -> object:
        return comment_delete(actor=request.user, comment_id=row.pk)
