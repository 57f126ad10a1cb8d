"""Nexus's communities and members over HTTP."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, BuyerFactory, StaffFactory, UserFactory
from accounts.tests.people import as_bearer
from community.choices import CommunityRole, MemberStatus
from community.models import Community, CommunityMember
from community.services.communities import community_join
from community.tests.factories import CommunityFactory

pytestmark = pytest.mark.django_db
PERSON = {"id", "username", "full_name", "avatar_url", "is_verified", "creator_level"}
COMMUNITY = {
    *("id", "name", "description", "icon", "banner_gradient", "category", "creator_id", "creator", "member_count"),
    *("post_count", "status", "is_private", "require_approval", "rules", "is_member", "member_role"),
    *("created_at", "updated_at"),
}
MEMBER = {"id", "community_id", "user_id", "user", "role", "status", "joined_at"}


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def community(alice):
    return CommunityFactory(creator=alice, name="Low Poly Lovers", rules=["Be kind"])


@pytest.mark.operation("nexus.communities.list")
def test_the_list_has_active_ones_the_largest_first(alice, bob, community, django_assert_num_queries):
    CommunityFactory(name="Voxels", category="Games", description="Little boxes")
    CommunityFactory(name="Behind doors", is_private=True)
    CommunityFactory(name="To come", status="pending", creator=bob)
    CommunityFactory(name="Gone", status="suspended")
    community_join(actor=bob, community_id=community.pk)
    body = as_bearer(bob).get("/api/communities").json()
    assert (body["total"], body["page"], body["limit"], body["pages"]) == (3, 1, 20, 1)
    names = [row["name"] for row in body["items"]]
    assert names[0] == "Low Poly Lovers"
    assert set(names) == {"Low Poly Lovers", "Voxels", "Behind doors"}
    first = body["items"][0]
    assert set(first) == COMMUNITY
    assert set(first["creator"]) == PERSON
    assert (first["is_member"], first["member_role"], first["member_count"]) == (True, "member", 2)
    assert first["created_at"].endswith("Z")
    everybody = APIClient()
    assert not any(row["is_member"] for row in everybody.get("/api/communities").json()["items"])
    for query, found in (
        ("category=Games", ["Voxels"]),
        ("search=LOVERS", ["Low Poly Lovers"]),
        ("search=little%20box", ["Voxels"]),
        ("search=nothing", []),
        ("page=10000", []),
    ):
        assert [row["name"] for row in everybody.get(f"/api/communities?{query}").json()["items"]] == found, query
    with django_assert_num_queries(2):
        everybody.get("/api/communities")


@pytest.mark.operation("nexus.communities.create")
def test_one_is_made(alice):
    sent = {"name": " Лоуполи 🧊 ", "description": "All things low poly", "category": "Art", "rules": ["Be kind"]}
    answer = as_bearer(alice).post("/api/communities", sent, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == COMMUNITY
    assert (body["name"], body["status"], body["member_count"], body["post_count"]) == ("Лоуполи 🧊", "pending", 1, 0)
    assert (body["icon"], body["banner_gradient"]) == ("👥", "from-purple-600 to-blue-500")
    assert (body["is_member"], body["member_role"], body["rules"]) == (True, "admin", ["Be kind"])
    again = as_bearer(alice).post("/api/communities", sent | {"name": "лоуполи 🧊"}, format="json")
    assert (again.status_code, again.json()) == (409, {"detail": "Community name already exists"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"description": ""}, "description"),
        ({"category": None}, "category"),
        ({"is_private": "perhaps"}, "is_private"),
        ({"rules": [1]}, "rules"),
        ({"rules": ["x"] * 51}, "rules"),
    ],
)
def test_what_is_no_community(alice, change, field):
    sent = {"name": "Voxels", "description": "Boxes", "category": "Art"} | change
    answer = as_bearer(alice).post("/api/communities", sent, format="json")
    assert (answer.status_code, answer.json()["detail"][0]["loc"][:2]) == (422, ["body", field])
    assert Community.objects.count() == 0


@pytest.mark.operation("nexus.communities.retrieve")
def test_one_is_shown(alice, bob, community):
    assert APIClient().get(f"/api/communities/{community.pk}").json()["name"] == "Low Poly Lovers"
    waiting = CommunityFactory(creator=alice, status="pending")
    assert as_bearer(alice).get(f"/api/communities/{waiting.pk}").json()["member_role"] == "admin"
    for number in (waiting.pk, 10**30):
        answer = as_bearer(bob).get(f"/api/communities/{number}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Community not found"})


@pytest.mark.operation("nexus.communities.join")
def test_joining(bob, community):
    address = f"/api/communities/{community.pk}/join"
    for _again in range(2):
        assert as_bearer(bob).post(address).json() == {
            "message": "Joined community",
            "is_member": True,
            "status": "active",
            "role": "member",
            "member_count": 2,
        }


def test_joining_where_members_are_accepted(bob):
    for about in ({"require_approval": True}, {"is_private": True}):
        community = CommunityFactory(**about)
        for _again in range(2):
            body = as_bearer(bob).post(f"/api/communities/{community.pk}/join").json()
            assert (body["is_member"], body["status"], body["member_count"]) == (False, "pending", 1)


@pytest.mark.operation("nexus.communities.leave")
def test_leaving(alice, bob, community):
    address = f"/api/communities/{community.pk}/leave"
    community_join(actor=bob, community_id=community.pk)
    assert as_bearer(bob).delete(address).json() == {
        "message": "Left community",
        "is_member": False,
        "member_count": 1,
    }
    again = as_bearer(bob).delete(address)
    assert (again.status_code, again.json()) == (404, {"detail": "Community not found"})
    creator = as_bearer(alice).delete(address)
    assert (creator.status_code, creator.json()) == (400, {"detail": "The creator cannot leave the community"})


@pytest.mark.operation("nexus.communities.members.list")
def test_members_in_order(alice, bob, community):
    community_join(actor=bob, community_id=community.pk)
    community_join(actor=UserFactory(username="dora"), community_id=community.pk)
    CommunityMember.objects.filter(user__username="dora").update(role="moderator", rank=1)
    address = f"/api/communities/{community.pk}/members"
    body = APIClient().get(address).json()
    assert [row["user"]["username"] for row in body] == ["alice", "dora", "bob"]
    assert set(body[0]) == MEMBER
    assert [row["role"] for row in APIClient().get(address, {"role": "member"}).json()] == ["member"]
    assert APIClient().get(address, {"page": 1, "limit": 2}).json()["pages"] == 2
    assert as_bearer(bob).get(address, {"status": "pending"}).status_code == 403
    assert as_bearer(alice).get(address, {"status": "pending"}).json() == []
    assert APIClient().get(address, {"status": "left"}).status_code == 422
    assert APIClient().get("/api/communities/999999/members").status_code == 404


@pytest.mark.operation("nexus.communities.members.update")
def test_a_member_becomes_a_moderator(alice, bob, community):
    community_join(actor=bob, community_id=community.pk)
    address = f"/api/communities/{community.pk}/members/{bob.pk}"
    body = as_bearer(alice).put(address, {"role": "moderator"}, format="json").json()
    assert set(body) == MEMBER
    assert (body["user_id"], body["role"], body["status"]) == (bob.pk, "moderator", "active")
    assert as_bearer(bob).put(address, {"role": "admin"}, format="json").status_code == 403
    nobody = as_bearer(alice).put(f"/api/communities/{community.pk}/members/999999", {"role": "admin"}, format="json")
    assert (nobody.status_code, nobody.json()) == (404, {"detail": "Member not found"})
    assert as_bearer(alice).put(address, {"status": "left"}, format="json").status_code == 422


@pytest.mark.operation("nexus.communities.members.invite")
def test_somebody_is_invited_and_joins(alice, bob):
    community = CommunityFactory(creator=alice, is_private=True)
    address = f"/api/communities/{community.pk}/members"
    answer = as_bearer(alice).post(address, {"username": "BOB"}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (201, "invited")
    assert as_bearer(bob).post(f"/api/communities/{community.pk}/join").json()["is_member"]
    for sent in ({}, {"user_id": "x"}):
        assert as_bearer(alice).post(address, sent, format="json").status_code == 422
    missing = as_bearer(alice).post(address, {"user_id": 999999}, format="json")
    assert (missing.status_code, missing.json()) == (404, {"detail": "User not found"})


@pytest.mark.operation("nexus.communities.members.remove")
def test_a_member_is_sent_away(alice, bob, community):
    community_join(actor=bob, community_id=community.pk)
    address = f"/api/communities/{community.pk}/members/{bob.pk}"
    assert as_bearer(bob).delete(address).status_code == 403
    assert as_bearer(alice).delete(address).json() == {"message": "Member removed"}
    assert as_bearer(alice).delete(address).status_code == 404
    member = CommunityMember.objects.get(community=community, user=bob)
    community.refresh_from_db()
    assert (member.status, member.role, community.member_count) == (MemberStatus.LEFT, CommunityRole.MEMBER, 1)


@pytest.mark.operation("nexus.admin.communities.list")
def test_staff_list_every_status(alice):
    for status in ("pending", "active", "suspended"):
        CommunityFactory(creator=alice, name=status, status=status)
    client = as_bearer(StaffFactory())
    assert [row["name"] for row in client.get("/api/admin/communities").json()] == ["suspended", "active", "pending"]
    assert [row["name"] for row in client.get("/api/admin/communities?status=pending").json()] == ["pending"]
    assert client.get("/api/admin/communities?page=1").json()["total"] == 3
    assert client.get("/api/admin/communities?status=gone").status_code == 422
    assert as_bearer(alice).get("/api/admin/communities").json() == {"detail": "Not enough permissions"}


@pytest.mark.operation("nexus.admin.communities.approve")
def test_an_administrator_approves_and_suspends(alice):
    community = CommunityFactory(creator=alice, status="pending")
    client, address = as_bearer(AdminFactory()), f"/api/admin/communities/{community.pk}/approve"
    body = client.put(address).json()
    assert (body["message"], body["community"]["status"]) == ("Community approved successfully", "active")
    assert set(body["community"]) == COMMUNITY
    body = client.put(address, {"status": "suspended"}, format="json").json()
    assert (body["message"], body["community"]["status"]) == ("Community suspended", "suspended")
    assert client.put("/api/admin/communities/999999/approve").json() == {"detail": "Community not found"}
    assert client.put(address, {"status": "pending"}, format="json").status_code == 422
