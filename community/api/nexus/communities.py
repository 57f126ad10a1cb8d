"""Nexus's communities and their members."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from community import nexus_shapes, policies
from community.choices import CommunityRole, CommunityStatus, MemberStatus
from community.models import CommunityMember
from community.selectors.communities import (
    communities_listed,
    communities_overseen,
    community_row,
    community_visible,
    members_listed,
)
from community.services import communities as services
from config.core.errors import Missing
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.fields import TextsField
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import PersonOut
from config.dialects.permissions import asking


# ---------------------------------------------------------------- input
class CommunitiesQuery(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=50, required=False)
    search = serializers.CharField(max_length=200, required=False)


class CommunityIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=services.LONGEST_DESCRIPTION)
    icon = serializers.CharField(max_length=300, default=services.ICON, help_text="An emoji or an address.")
    banner_gradient = serializers.CharField(max_length=200, default=services.GRADIENT)
    category = serializers.CharField(max_length=50)
    is_private = serializers.BooleanField(default=False)
    require_approval = serializers.BooleanField(default=False)
    rules = TextsField(required=False)


class MembersQuery(serializers.Serializer[Any]):
    role = serializers.ChoiceField(CommunityRole.choices, required=False)
    status = serializers.ChoiceField(
        [status.value for status in MemberStatus if status != MemberStatus.LEFT], default=MemberStatus.ACTIVE.value
    )


class MemberChangeIn(serializers.Serializer[Any]):
    """`status` active accepts who asks and lets in again who was shut out; banned shuts out (an addition of ours)."""

    role = serializers.ChoiceField(CommunityRole.choices, required=False)
    status = serializers.ChoiceField([MemberStatus.ACTIVE.value, MemberStatus.BANNED.value], required=False)


class InvitedIn(serializers.Serializer[Any]):
    """One of the two."""

    user_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    username = serializers.CharField(max_length=150, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"user_id": serializers.ErrorDetail("Field required", code="required")})
        return attrs


class AdminCommunitiesQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(CommunityStatus.choices, required=False)


class DecisionIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        [CommunityStatus.ACTIVE.value, CommunityStatus.SUSPENDED.value], default=CommunityStatus.ACTIVE.value
    )


# ---------------------------------------------------------------- output
class CommunityOut(serializers.Serializer[Any]):
    """`is_member` and `member_role` are the caller's."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    icon = serializers.CharField()
    banner_gradient = serializers.CharField()
    category = serializers.CharField()
    creator_id = serializers.IntegerField()
    creator = PersonOut()
    member_count = serializers.IntegerField()
    post_count = serializers.IntegerField()
    status = serializers.ChoiceField(CommunityStatus.choices)
    is_private = serializers.BooleanField()
    require_approval = serializers.BooleanField()
    rules = serializers.ListField(child=serializers.CharField())
    is_member = serializers.BooleanField()
    member_role = serializers.ChoiceField(CommunityRole.choices, allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class MemberOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    community_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()
    role = serializers.ChoiceField(CommunityRole.choices)
    status = serializers.ChoiceField(MemberStatus.choices)
    joined_at = serializers.DateTimeField()


class JoinedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    is_member = serializers.BooleanField()
    status = serializers.ChoiceField(MemberStatus.choices)
    role = serializers.ChoiceField(CommunityRole.choices)
    member_count = serializers.IntegerField()


class LeftOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    is_member = serializers.BooleanField()
    member_count = serializers.IntegerField()


class DecidedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    community = CommunityOut()


# ---------------------------------------------------------------- views
class CommunityView(NexusView):
    """What shows communities."""

    def communities(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.community(row, files) for row in rows]

    def community(self, community_id: int) -> dict[str, Any]:
        rows = community_row(actor=self.request.user, community_id=community_id)
        found = rows.values(*nexus_shapes.COMMUNITY).first()
        if found is None:
            raise Missing("Community")
        return nexus_shapes.community(found, Files(self.request))


class Communities(CommunityView):
    always_envelope: ClassVar = True

    @operation(query=CommunitiesQuery, answer=CommunityOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        rows = communities_listed(actor=request.user, **self.query())
        return self.page(rows.values(*nexus_shapes.COMMUNITY), self.communities)

    @operation(body=CommunityIn, answer=CommunityOut, status=201)
    def create(self, request: Request) -> Response:
        made = services.community_create(actor=self.caller, **self.body())
        return self.answer(self.community(made.pk))

    @operation(answer=CommunityOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(self.community(id))

    @operation(answer=JoinedOut)
    def join(self, request: Request, id: int) -> Response:
        member = services.community_join(actor=self.caller, community_id=id)
        joined = member.status == MemberStatus.ACTIVE
        return self.answer(
            {
                "message": "Joined community" if joined else "Request to join sent",
                "is_member": joined,
                "status": member.status,
                "role": member.role,
                "member_count": community_visible(actor=self.caller, community_id=id).member_count,
            }
        )

    @operation(answer=LeftOut)
    def leave(self, request: Request, id: int) -> Response:
        left = services.community_leave(actor=self.caller, community_id=id)
        return self.answer({"message": "Left community", "is_member": False, "member_count": left.member_count})


class Members(NexusView):
    @operation(query=MembersQuery, answer=MemberOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int) -> Response:
        rows = members_listed(actor=request.user, community_id=id, **self.query())
        return self.page(rows.values(*nexus_shapes.MEMBER), self._members)

    @operation(body=InvitedIn, answer=MemberOut, status=201)
    def invite(self, request: Request, id: int) -> Response:
        return self._one(services.member_invite(actor=self.caller, community_id=id, **self.body()))

    @operation(body=MemberChangeIn, answer=MemberOut)
    def update(self, request: Request, id: int, user_id: int) -> Response:
        sent = self.body()
        role = CommunityRole(sent["role"]) if "role" in sent else None
        status = MemberStatus(sent["status"]) if "status" in sent else None
        changed = services.member_update(actor=self.caller, community_id=id, user_id=user_id, role=role, status=status)
        return self._one(changed)

    @operation(answer=MessageOut)
    def remove(self, request: Request, id: int, user_id: int) -> Response:
        services.member_remove(actor=self.caller, community_id=id, user_id=user_id)
        return self.answer({"message": "Member removed"})

    def _members(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.member(row, files) for row in rows]

    def _one(self, member: CommunityMember) -> Response:
        rows = CommunityMember.objects.filter(pk=member.pk).values(*nexus_shapes.MEMBER)
        return self.answer(self._members(rows)[0])


class AdminCommunities(CommunityView):
    @operation(
        query=AdminCommunitiesQuery, answer=CommunityOut, rows="page", who=asking(policies.may_decide_about_communities)
    )
    def list(self, request: Request) -> Response:
        rows = communities_overseen(actor=self.caller, **self.query())
        return self.page(rows.values(*nexus_shapes.COMMUNITY), self.communities)

    @operation(body=DecisionIn, answer=DecidedOut, who=asking(policies.may_decide_about_communities))
    def approve(self, request: Request, id: int) -> Response:
        status = CommunityStatus(self.body()["status"])
        services.community_decide(actor=self.caller, community_id=id, status=status)
        said = "Community suspended" if status == CommunityStatus.SUSPENDED else "Community approved successfully"
        return self.answer({"message": said, "community": self.community(id)})
