"""What all may read: documentation, tutorials, courses and testimonials."""

from typing import Any, Final

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.policies import STAFF, level
from community import policies
from community.models import Course, DocSection, Testimonial, Tutorial
from config.core.errors import Missing
from config.core.text_search import Found, TextIndex, best_matches, words_of

_TUTORIALS: Final = TextIndex(short=("title_key",), long=("content_key",))
_COURSES: Final = TextIndex(short=("title_key",), long=("description_key",))


def _found(rows: QuerySet[Any], search: str, index: TextIndex) -> QuerySet[Any]:
    """Those in which every word is found."""
    words = words_of(search)
    if search and not words:
        return rows.none()
    for word in words:
        rows = rows.filter(index.matches(word))
    return rows


# ---------------------------------------------------------------- documentation
def doc_sections() -> QuerySet[DocSection]:
    """Published ones in their order."""
    return DocSection.objects.filter(is_published=True).order_by("position", "pk")


def doc_section(*, slug: str) -> DocSection:
    """Raises Missing."""
    section = doc_sections().filter(slug=slug).first() if "\0" not in slug else None
    if section is None:
        raise Missing("Section")
    return section


def doc_neighbours(*, section: DocSection) -> tuple[DocSection | None, DocSection | None]:
    """The published ones before and after it."""
    at = {"position": section.position}
    before = Q(position__lt=section.position) | Q(**at, pk__lt=section.pk)
    after = Q(position__gt=section.position) | Q(**at, pk__gt=section.pk)
    return doc_sections().filter(before).reverse().first(), doc_sections().filter(after).first()


# ---------------------------------------------------------------- tutorials
def tutorials_listed(*, actor: Actor, search: str = "", **filters: Any) -> QuerySet[Tutorial]:
    """Published ones, the newest first; staff see all. Every word of `search` must be found."""
    rows = policies.tutorials_visible_to(actor).filter(**filters)
    return _found(rows, search, _TUTORIALS).order_by("-created_at", "-pk")


def tutorial_visible(*, actor: Actor, tutorial_id: int) -> Tutorial:
    """Raises Missing."""
    tutorial = policies.tutorials_visible_to(actor).filter(pk=tutorial_id).first()
    if tutorial is None:
        raise Missing("Tutorial")
    return tutorial


# ---------------------------------------------------------------- courses
def courses_listed(*, actor: Actor, search: str = "", **filters: Any) -> QuerySet[Course]:
    """The newest first, each with its instructor. Every word of `search` must be found in title or description."""
    rows = policies.courses_visible_to(actor).select_related("instructor").filter(**filters)
    return _found(rows, search, _COURSES).order_by("-created_at", "-pk")


def courses_found(*, actor: Actor, text: str, shown: int, skip: int = 0) -> Found:
    """The best for these words, each with its instructor, and how many there are."""
    rows = policies.courses_visible_to(actor).select_related("instructor")
    return best_matches(rows, text, matches=_COURSES.matches, rank=_COURSES.rank, shown=shown, skip=skip)


def course_visible(*, actor: Actor, course_id: int) -> Course:
    """With its instructor. Raises Missing."""
    course = policies.courses_visible_to(actor).select_related("instructor").filter(pk=course_id).first()
    if course is None:
        raise Missing("Course")
    return course


def may_watch(*, actor: Actor, course: Course) -> bool:
    """The video of a course that is not free is its instructor's and staff's: nothing sells it yet."""
    return course.is_free or actor.pk == course.instructor_id or level(actor) >= STAFF


# ---------------------------------------------------------------- testimonials
def testimonials_listed(**filters: Any) -> QuerySet[Testimonial]:
    """Featured ones first, then the newest."""
    return Testimonial.objects.filter(**filters).order_by("-is_featured", "-created_at", "-pk")


def testimonial_of(*, testimonial_id: int) -> Testimonial:
    """Raises Missing."""
    testimonial = Testimonial.objects.filter(pk=testimonial_id).first()
    if testimonial is None:
        raise Missing("Testimonial")
    return testimonial
