"""Nexus's blog, help, courses, campaigns and pages of staff: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from community.models import BlogComment, BlogPost, Course, DocSection, EmailCampaign, Testimonial, Tutorial
from community.services.blog import post_comment, post_create, post_publish
from community.services.campaigns import campaign_create
from community.services.courses import course_create
from community.services.testimonials import testimonial_create
from community.services.tutorials import tutorial_create
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World


COURSE: Any = {
    "title": "Blender in a day",
    "description": "From cube to scene",
    "thumbnail_url": "https://assets.example/31.png",
    "video_url": "https://assets.example/31.mp4",
    "duration": 95,
    "difficulty": "beginner",
}
TUTORIAL: Any = {"title": "UV unwrapping", "content": "# UV unwrapping", "category": "Beginner"}

LETTER: Any = {"subject": "What is new in March", "content": "<h1>Hello</h1>", "segment": "all"}
CAMPAIGN: Any = LETTER | {"name": "March news"}


class Things:
    """staff wrote a post and a draft, documentation and tutorials; bob commented; alice teaches a course."""

    def __init__(self, people: dict[str, User]) -> None:
        self.staff, self.bob = people["staff"], people["buyer"]
        self.post: BlogPost = self.published(0)
        self.draft: BlogPost = post_create(actor=self.staff, title="Soon", content="# Soon", category="news")
        self.comment: BlogComment = post_comment(actor=self.bob, post_id=self.post.pk, content="Helpful.")
        self.section: DocSection = DocSection.objects.create(slug="start", title="Start", content="# Start")
        self.course: Course = course_create(actor=people["artist"], **COURSE)
        self.tutorial: Tutorial = tutorial_create(actor=self.staff, **TUTORIAL, is_published=True)
        self.unpublished: Tutorial = tutorial_create(actor=self.staff, **TUTORIAL)
        self.testimonial: Testimonial = testimonial_create(actor=self.staff, author="Sam Lee", text="Great assets")
        self.campaign: EmailCampaign = campaign_create(actor=people["admin"], **CAMPAIGN)

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
    course_create(actor=world.people["artist"], **COURSE)
    tutorial_create(actor=things.staff, **TUTORIAL, is_published=True)
    testimonial_create(actor=things.staff, author="Sam Lee", text="Great assets")
    campaign_create(actor=world.people["admin"], **CAMPAIGN)


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
    "blog.posts.comments.delete": Request(
        lambda world: {"id": world.pages.post.pk, "comment_id": world.pages.comment.pk}
    ),
    "blog.posts.share": Request(of("pages.post"), fixed(platform="twitter")),
    "help.faqs": Request(),
    "help.categories": Request(),
    "docs.sections": Request(),
    "docs.section": Request(lambda _world: {"section": "start"}),  # type: ignore[dict-item]
    "testimonials.list": Request(),
    "testimonials.create": Request(body=fixed(author="Sam Lee", text="Great assets", rating=5, featured=True)),
    "testimonials.retrieve": Request(of("pages.testimonial")),
    "testimonials.update": Request(of("pages.testimonial"), fixed(featured=True)),
    "testimonials.delete": Request(of("pages.testimonial")),
    "courses.list": Request(),
    "courses.create": Request(body=fixed(**COURSE)),
    "courses.retrieve": Request(of("pages.course")),
    "courses.update": Request(of("pages.course"), fixed(difficulty="intermediate")),
    "courses.delete": Request(of("pages.course")),
    "tutorials.list": Request(),
    "tutorials.create": Request(body=fixed(**TUTORIAL, published=True)),
    "tutorials.retrieve": Request(of("pages.tutorial")),
    "tutorials.retrieve (not published)": Request(of("pages.unpublished")),
    "tutorials.update": Request(of("pages.tutorial"), fixed(published=True)),
    "tutorials.delete": Request(of("pages.tutorial")),
    "admin.emails.send": Request(body=fixed(**LETTER)),
    "admin.campaigns.list": Request(),
    "admin.campaigns.create": Request(body=fixed(**CAMPAIGN, scheduled_at="2099-12-31T09:00:00Z")),
    "admin.campaigns.retrieve": Request(of("pages.campaign")),
    "admin.campaigns.update": Request(of("pages.campaign"), fixed(segment="buyers")),
    "admin.campaigns.delete": Request(of("pages.campaign")),
    "admin.campaigns.send": Request(of("pages.campaign")),
    "stats.homepage": Request(),
    "admin.stats": Request(),
    "admin.homepage.retrieve": Request(),
    "admin.homepage.update": Request(body=fixed(hero={"title": "Premium 3D models"}, sections=[{"key": "featured"}])),
    "admin.slider.retrieve": Request(),
    "admin.slider.update": Request(body=lambda world, _role: {"model_ids": [world.design.pk]}),
    "admin.revenue": Request(),
    "admin.analytics": Request(),
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
    "blog.posts.comments.delete":                  "401  200  403  403   403  200  200   200   200",
    "blog.posts.share":                            "200  200  200  200   200  200  200   200   200",
    "help.faqs":                                   "200  200  200  200   200  200  200   200   200",
    "help.categories":                             "200  200  200  200   200  200  200   200   200",
    "docs.sections":                               "200  200  200  200   200  200  200   200   200",
    "docs.section":                                "200  200  200  200   200  200  200   200   200",
    "testimonials.list":                           "200  200  200  200   200  200  200   200   200",
    "testimonials.create":                         "401  403  403  403   403  403  201   201   201",
    "testimonials.retrieve":                       "200  200  200  200   200  200  200   200   200",
    "testimonials.update":                         "401  403  403  403   403  403  200   200   200",
    "testimonials.delete":                         "401  403  403  403   403  403  200   200   200",
    "courses.list":                                "200  200  200  200   200  200  200   200   200",
    "courses.create":                              "401  403  403  201   201  403  403   201   201",
    "courses.retrieve":                            "200  200  200  200   200  200  200   200   200",
    "courses.update":                              "401  403  403  200   403  403  200   200   200",
    "courses.delete":                              "401  403  403  200   403  403  200   200   200",
    "tutorials.list":                              "200  200  200  200   200  200  200   200   200",
    "tutorials.create":                            "401  403  403  403   403  403  201   201   201",
    "tutorials.retrieve":                          "200  200  200  200   200  200  200   200   200",
    "tutorials.retrieve (not published)":          "404  404  404  404   404  404  200   200   200",
    "tutorials.update":                            "401  403  403  403   403  403  200   200   200",
    "tutorials.delete":                            "401  403  403  403   403  403  200   200   200",
    "admin.emails.send":                           "401  403  403  403   403  403  403   200   200",
    "admin.campaigns.list":                        "401  403  403  403   403  403  200   200   200",
    "admin.campaigns.create":                      "401  403  403  403   403  403  403   201   201",
    "admin.campaigns.retrieve":                    "401  403  403  403   403  403  200   200   200",
    "admin.campaigns.update":                      "401  403  403  403   403  403  403   200   200",
    "admin.campaigns.delete":                      "401  403  403  403   403  403  403   200   200",
    "admin.campaigns.send":                        "401  403  403  403   403  403  403   200   200",
    "stats.homepage":                              "200  200  200  200   200  200  200   200   200",
    "admin.stats":                                 "401  403  403  403   403  403  200   200   200",
    "admin.homepage.retrieve":                     "401  403  403  403   403  403  200   200   200",
    "admin.homepage.update":                       "401  403  403  403   403  403  200   200   200",
    "admin.slider.retrieve":                       "401  403  403  403   403  403  200   200   200",
    "admin.slider.update":                         "401  403  403  403   403  403  200   200   200",
    "admin.revenue":                               "401  403  403  403   403  403  200   200   200",
    "admin.analytics":                             "401  403  403  403   403  403  200   200   200",
}
# fmt: on
