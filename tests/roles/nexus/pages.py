"""Nexus's blog, help, courses, campaigns and pages of staff: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from community.models import BlogComment, BlogPost
from community.services.blog import post_comment, post_create, post_publish
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World


class Things:
    """staff wrote a post and a draft; bob commented."""

    def __init__(self, people: dict[str, User]) -> None:
        self.staff, self.bob = people["staff"], people["buyer"]
        self.post: BlogPost = self.published(0)
        self.draft: BlogPost = post_create(actor=self.staff, title="Soon", content="# Soon", category="news")
        self.comment: BlogComment = post_comment(actor=self.bob, post_id=self.post.pk, content="Helpful.")

    def published(self, number: int) -> BlogPost:
        post = post_create(
            actor=self.staff, title=f"Retopology {number}", content="# Clean meshes", category="news", is_featured=True
        )
        return post_publish(actor=self.staff, post_id=post.pk)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    things: Any = world.pages
    things.published(number)
    comment = post_comment(actor=things.bob, post_id=things.post.pk, content=f"Number {number}.")
    post_comment(actor=things.bob, post_id=things.post.pk, content="Indeed.", parent_id=comment.pk)


REQUESTS: dict[str, Request] = {
    "blog.posts.list": Request(),
    "blog.categories": Request(),
    "blog.featured": Request(),
    "blog.posts.retrieve": Request(of("pages.post")),
    "blog.posts.retrieve (a draft)": Request(of("pages.draft")),
    "blog.posts.like": Request(of("pages.post")),
    "blog.posts.unlike": Request(of("pages.post")),
    "blog.posts.comments.create": Request(of("pages.post"), fixed(content="Thank you.", parent_id=None)),
    "blog.posts.comments.list": Request(of("pages.post")),
    "blog.posts.share": Request(of("pages.post"), fixed(platform="twitter")),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "blog.posts.list":                             "200  200  200  200   200  200  200   200   200",
    "blog.categories":                             "200  200  200  200   200  200  200   200   200",
    "blog.featured":                               "200  200  200  200   200  200  200   200   200",
    "blog.posts.retrieve":                         "200  200  200  200   200  200  200   200   200",
    "blog.posts.retrieve (a draft)":               "404  404  404  404   404  404  200   200   200",
    "blog.posts.like":                             "401  200  200  200   200  200  200   200   200",
    "blog.posts.unlike":                           "401  200  200  200   200  200  200   200   200",
    "blog.posts.comments.create":                  "401  201  201  201   201  201  201   201   201",
    "blog.posts.comments.list":                    "200  200  200  200   200  200  200   200   200",
    "blog.posts.share":                            "200  200  200  200   200  200  200   200   200",
}
# fmt: on
