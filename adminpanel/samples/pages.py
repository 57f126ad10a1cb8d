"""Pages to read on a fresh platform: blog, documentation, tutorials, a course, testimonials, the homepage."""

from collections.abc import Callable
from typing import Any, Final

from accounts.models import User
from accounts.selectors.people import account_named
from adminpanel.models import HomepageContent
from adminpanel.services.homepage import homepage_write, slider_write
from community.models import BlogPost, Course, DocSection, Testimonial, Tutorial
from community.services.blog import post_create, post_publish
from community.services.courses import course_create
from community.services.testimonials import testimonial_create
from community.services.tutorials import tutorial_create
from marketplace.models import Model3D

WRITER: Final = "admin_manager"
RETOPOLOGY: Final = """\
# Retopology in five steps

1. **Decide** what the mesh is for: a print needs closed walls, a game few faces.
2. Mark the edges that must stay sharp.
3. Draw the large loops first, around holes and joints.
4. Fill what lies between with quads.
5. Check it: our analysis says how many triangles it has, whether it is closed, and where walls are thin.

| use | triangles |
|---|---|
| print | up to 500,000 |
| game | 25,000 |
"""
LICENCES: Final = """\
Every model says under which licence it is sold. *Personal use* is for you alone; *commercial use* lets you sell what
you print; with *attribution* you name its maker.

> When in doubt, ask the maker before you buy.
"""
ANALYSIS: Final = """\
Uploads are measured as soon as they arrive: size, volume, parts, thin walls. The result is on the model's page, and
buyers see it too.
"""
POSTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "title": "Retopology in five steps",
        "category": "tutorials",
        "excerpt": "From a dense scan to a mesh that prints and renders well.",
        "tags": ["retopology", "meshes"],
        "is_featured": True,
        "content": RETOPOLOGY,
    },
    {
        "title": "What a licence says",
        "category": "news",
        "excerpt": "Four licences, and what buyers may do with a model under each.",
        "tags": ["licences"],
        "content": LICENCES,
    },
    {
        "title": "Uploads are measured at once",
        "category": "updates",
        "excerpt": "What the analysis says of a file.",
        "tags": ["platform"],
        "content": ANALYSIS,
    },
)
SECTIONS: Final = {
    "getting-started": (
        *("Getting started", "First steps"),
        "Make an account, verify your address, look around. What you like can be kept in collections.",
    ),
    "uploading": (
        *("Uploading", "Files, formats, limits"),
        "GLB, GLTF, STL, OBJ, PLY and 3MF, up to 200 MB. Large files may be sent in parts.",
    ),
    "selling": (
        *("Selling", "Prices, fees, payouts"),
        "Set a price and a licence. When something is sold, the fee is taken off and the rest is on your balance.",
    ),
    "api": (
        *("The API", "For programs"),
        "Sign in with `POST /api/auth/login`, and send the token as `Authorization: Bearer …`.",
    ),
}
TUTORIALS: Final = (
    {"title": "UV unwrapping", "category": "Beginner", "content": "# UV unwrapping\n\nCut where nobody looks.\n"},
    {"title": "Baking normals", "category": "Intermediate", "content": "# Baking normals\n\nMatch the cage first.\n"},
)
COURSE: Final[dict[str, Any]] = {
    "title": "From cube to vase",
    "description": "A first model, from an empty scene to the finished print.",
    "thumbnail_url": "https://example.com/courses/vase.png",
    "video_url": "https://example.com/courses/vase.mp4",
    "duration": 95,
    "difficulty": "beginner",
}
TESTIMONIALS: Final = (
    {"author": "Sam Lee", "company": "Indie Forge", "text": "The analysis found a hole that we had missed for weeks."},
    {"author": "Nadia Rahman", "company": "", "text": "My first sale came on the second day."},
)
HOMEPAGE: Final[dict[str, Any]] = {
    "hero": {
        "title": "Premium 3D models",
        "subtitle": "For games, film and print",
        "cta_label": "Explore",
        "cta_link": "/marketplace",
    },
    "announcement": {"enabled": False, "text": ""},
    "sections": [{"key": "featured", "title": "Featured models", "enabled": True}],
}
MOST_SLIDES: Final = 3


def sample_pages_write(*, maker: User, tell: Callable[[str], None]) -> None:
    """What is missing of them, by the manager; without one there are none."""
    writer = account_named(WRITER)
    if writer is None:
        return
    for post in POSTS:
        if not BlogPost.objects.filter(title=post["title"]).exists():
            post_publish(actor=writer, post_id=post_create(actor=writer, **post).pk)
    for position, (slug, (title, description, text)) in enumerate(SECTIONS.items()):
        values = {"title": title, "description": description, "content": f"# {title}\n\n{text}\n", "position": position}
        DocSection.objects.get_or_create(slug=slug, defaults=values)
    for tutorial in TUTORIALS:
        if not Tutorial.objects.filter(title=tutorial["title"]).exists():
            tutorial_create(actor=writer, **tutorial, is_published=True)
    for testimonial in TESTIMONIALS:
        if not Testimonial.objects.filter(author=testimonial["author"]).exists():
            testimonial_create(actor=writer, **testimonial, is_verified=True, is_featured=True)
    if not Course.objects.filter(title=COURSE["title"]).exists():
        course_create(actor=maker, **COURSE)
    if not HomepageContent.objects.exists():
        homepage_write(actor=writer, content=HOMEPAGE)
        models = Model3D.objects.listed().filter(seller=maker).order_by("pk")
        slider_write(actor=writer, model_ids=models.values_list("pk", flat=True)[:MOST_SLIDES])
    tell(f"{len(POSTS)} posts, {len(SECTIONS)} sections of documentation, {len(TUTORIALS)} tutorials, a course")
