"""Nexus's communities, messages, support tickets and search: requests, answers, and what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from accounts.tests.factories import BuyerFactory
from community.models import Community, CommunityMember, CommunityPost, PostComment
from community.services.communities import community_join
from community.services.posts import comment_create, post_create
from community.tests.factories import CommunityFactory
from tests.roles.requests.request import Request, fixed, of, person

if TYPE_CHECKING:
    from tests.roles.world import World


class Things:
    """alice made a community in which she and bob write, a private one of hers, and one that waits for approval."""

    def __init__(self, people: dict[str, User]) -> None:
        alice, bob = people["artist"], people["buyer"]
        self.community: Community = CommunityFactory.create(name="Low Poly Lovers", creator=alice)
        self.private: Community = CommunityFactory.create(name="Behind doors", creator=alice, is_private=True)
        self.waiting: Community = CommunityFactory.create(name="To come", creator=alice, status="pending")
        community_join(actor=bob, community_id=self.community.pk)
        self.asking: User = BuyerFactory.create(username="asking")
        self.asked: CommunityMember = community_join(actor=self.asking, community_id=self.private.pk)
        self.hidden: CommunityPost = post_create(actor=alice, community_id=self.private.pk, content="For us alone")
        self.post: CommunityPost = post_create(actor=bob, community_id=self.community.pk, content="WIP of my new drone")
        self.comment: PostComment = comment_create(
            actor=alice, community_id=self.community.pk, post_id=self.post.pk, content="Looks sharp"
        )


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    alice, things = world.people["artist"], world.communities
    newcomer = BuyerFactory.create(username=f"fan{number}")
    CommunityFactory.create(creator=newcomer)
    CommunityMember.objects.create(community=things.community, user=newcomer)
    CommunityPost.objects.create(community=things.community, author=newcomer, content=f"Post {number}")
    on_post = {"community": things.community, "post": things.post}
    top = PostComment.objects.create(author=newcomer, content=f"Comment {number}", **on_post)
    PostComment.objects.create(author=alice, content="Thank you", parent=top, root=top, **on_post)


def post_in(name: str, post: str):  # type: ignore[no-untyped-def]
    return lambda world: of(name)(world) | of(post, "post_id")(world)


def member_of(name: str, role: str):  # type: ignore[no-untyped-def]
    return lambda world: of(name)(world) | person(role, "user_id")(world)


COMMUNITY, PRIVATE = of("communities.community"), of("communities.private")
POST = post_in("communities.community", "communities.post")
HIDDEN = post_in("communities.private", "communities.hidden")
ASKING = lambda world: PRIVATE(world) | {"user_id": world.communities.asking.pk}  # noqa: E731

REQUESTS: dict[str, Request] = {
    "communities.list": Request(query={"search": "poly"}),
    "communities.create": Request(
        body=fixed(name="Voxels", description="All of cubes", category="Art", rules=["Be kind"])
    ),
    "communities.retrieve": Request(path=COMMUNITY),
    "communities.retrieve (waiting)": Request(path=of("communities.waiting")),
    "communities.join": Request(path=COMMUNITY),
    "communities.join (waiting)": Request(path=of("communities.waiting")),
    "communities.leave": Request(path=COMMUNITY),
    "communities.members.list": Request(path=COMMUNITY),
    "communities.members.list (private)": Request(path=PRIVATE),
    "communities.members.list (pending)": Request(path=PRIVATE, query={"status": "pending"}),
    "communities.members.invite": Request(path=PRIVATE, body=lambda world, _role: {"user_id": world.bystander.pk}),
    "communities.members.update": Request(
        path=member_of("communities.community", "buyer"), body=fixed(role="moderator")
    ),
    "communities.members.update (accept)": Request(path=ASKING, body=fixed(status="active")),
    "communities.members.remove": Request(path=member_of("communities.community", "buyer")),
    "communities.posts.list": Request(path=COMMUNITY),
    "communities.posts.list (private)": Request(path=PRIVATE),
    "communities.posts.create": Request(path=COMMUNITY, body=fixed(content="WIP of my new drone")),
    "communities.posts.create (private)": Request(path=PRIVATE, body=fixed(content="WIP of my new drone")),
    "communities.posts.retrieve": Request(path=POST),
    "communities.posts.retrieve (private)": Request(path=HIDDEN),
    "communities.posts.update": Request(path=POST, body=fixed(content="It flies")),
    "communities.posts.update (pin)": Request(path=POST, body=fixed(is_pinned=True)),
    "communities.posts.delete": Request(path=POST),
    "communities.posts.react": Request(path=POST, body=fixed(reaction_type="fire")),
    "communities.posts.unreact": Request(path=POST),
    "communities.posts.comments.list": Request(path=POST),
    "communities.posts.comments.list (private)": Request(path=HIDDEN),
    "communities.posts.comments.create": Request(path=POST, body=fixed(content="Looks sharp")),
    "communities.posts.share": Request(path=POST),
    "communities.posts.share (private)": Request(path=HIDDEN),
    "messages.conversations": Request(),
    "messages.start": Request(body=lambda world, _role: {"recipient_id": world.bystander.pk, "content": "Hi"}),
    "messages.retrieve": Request(path=of("message.conversation", "conversation_id")),
    "messages.send": Request(path=of("message.conversation", "conversation_id"), body=fixed(content="In silver?")),
    "support.tickets.list": Request(),
    "support.tickets.create": Request(
        body=fixed(subject="Payment failed", category="Payment", message="My payment failed twice")
    ),
    "support.tickets.retrieve": Request(path=of("ticket")),
    "support.tickets.messages.create": Request(path=of("ticket"), body=fixed(content="It worked now")),
    "reports.create": Request(
        body=lambda world, _role: {"kind": "post", "target_id": world.communities.post.pk, "reason": "spam"}
    ),
    "reports.create (private)": Request(
        body=lambda world, _role: {"kind": "post", "target_id": world.communities.hidden.pk, "reason": "spam"}
    ),
    "search": Request(query={"q": "poly"}),
    "dashboard.activity": Request(),
    "search (communities)": Request(query={"q": "poly", "type": "communities"}),
    "admin.support.tickets.list": Request(),
    "admin.support.tickets.assign": Request(path=of("ticket"), body=fixed(assigned_to="support_anna", status="active")),
    "admin.communities.list": Request(),
    "admin.communities.approve": Request(path=of("communities.waiting"), body=fixed(status="active")),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "communities.list":                            "200  200  200  200   200  200  200   200   200",
    "communities.create":                          "401  201  201  201   201  201  201   201   201",
    "communities.retrieve":                        "200  200  200  200   200  200  200   200   200",
    "communities.retrieve (waiting)":              "404  404  404  200   404  200  200   200   200",
    "communities.join":                            "401  200  200  200   200  200  200   200   200",
    "communities.join (waiting)":                  "401  404  404  200   404  404  404   404   404",
    "communities.leave":                           "401  200  404  400   404  404  404   404   404",
    "communities.members.list":                    "200  200  200  200   200  200  200   200   200",
    "communities.members.list (private)":          "403  403  403  200   403  200  200   200   200",
    "communities.members.list (pending)":          "403  403  403  200   403  403  200   200   200",
    "communities.members.invite":                  "401  403  403  201   403  403  201   201   201",
    "communities.members.update":                  "401  403  403  200   403  403  200   200   200",
    "communities.members.update (accept)":         "401  403  403  200   403  403  200   200   200",
    "communities.members.remove":                  "401  403  403  200   403  403  200   200   200",
    "communities.posts.list":                      "200  200  200  200   200  200  200   200   200",
    "communities.posts.list (private)":            "403  403  403  200   403  200  200   200   200",
    "communities.posts.create":                    "401  201  403  201   403  403  403   403   403",
    "communities.posts.create (private)":          "401  403  403  201   403  403  403   403   403",
    "communities.posts.retrieve":                  "200  200  200  200   200  200  200   200   200",
    "communities.posts.retrieve (private)":        "403  403  403  200   403  200  200   200   200",
    "communities.posts.update":                    "401  200  403  403   403  403  403   403   403",
    "communities.posts.update (pin)":              "401  403  403  200   403  403  200   200   200",
    "communities.posts.delete":                    "401  200  403  200   403  200  200   200   200",
    "communities.posts.react":                     "401  200  403  200   403  403  403   403   403",
    "communities.posts.unreact":                   "401  200  200  200   200  200  200   200   200",
    "communities.posts.comments.list":             "200  200  200  200   200  200  200   200   200",
    "communities.posts.comments.list (private)":   "403  403  403  200   403  200  200   200   200",
    "communities.posts.comments.create":           "401  201  403  201   403  403  403   403   403",
    "communities.posts.share":                     "200  200  200  200   200  200  200   200   200",
    "communities.posts.share (private)":           "403  403  403  200   403  200  200   200   200",
    "messages.conversations":                      "401  200  200  200   200  200  200   200   200",
    "messages.start":                              "401  201  201  201   201  201  201   201   201",
    "messages.retrieve":                           "401  200  404  200   404  404  404   404   404",
    "messages.send":                               "401  201  404  201   404  404  404   404   404",
    "support.tickets.list":                        "401  200  200  200   200  200  200   200   200",
    "support.tickets.create":                      "401  201  201  201   201  201  201   201   201",
    "support.tickets.retrieve":                    "401  200  404  404   404  404  200   200   200",
    "support.tickets.messages.create":             "401  201  404  404   404  404  201   201   201",
    "reports.create":                              "401  422  201  201   201  201  201   201   201",
    "reports.create (private)":                    "401  403  403  422   403  201  201   201   201",
    "search":                                      "200  200  200  200   200  200  200   200   200",
    "dashboard.activity":                          "401  200  200  200   200  200  200   200   200",
    "search (communities)":                        "200  200  200  200   200  200  200   200   200",
    "admin.support.tickets.list":                  "401  403  403  403   403  403  200   200   200",
    "admin.support.tickets.assign":                "401  403  403  403   403  403  200   200   200",
    "admin.communities.list":                      "401  403  403  403   403  403  200   200   200",
    "admin.communities.approve":                   "401  403  403  403   403  403  200   200   200",
}
# fmt: on
