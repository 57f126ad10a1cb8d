"""Nexus's courses, tutorials and testimonials."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from community import policies
from community.choices import Difficulty, TutorialCategory
from community.models import Course, Testimonial, Tutorial
from community.selectors import pages
from community.services import courses, testimonials, tutorials
from community.services.page_views import page_view_count
from community.services.texts import LONGEST_LINK
from config.core.markup import MOST_MARKDOWN, markdown_html
from config.core.money import ZERO
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import AmountIn, AmountOut, MessageOut, NexusView
from config.dialects.nexus_objects import PersonOut, person
from config.dialects.permissions import asking


# ---------------------------------------------------------------- courses
class CoursesQuery(serializers.Serializer[Any]):
    difficulty = serializers.ChoiceField(Difficulty.choices, required=False)
    is_free = serializers.BooleanField(required=False)
    search = serializers.CharField(max_length=200, required=False)


class CourseChangesIn(serializers.Serializer[Any]):
    """`duration` in minutes. A course that is free has no price; one that is not must have one."""

    title = serializers.CharField(max_length=courses.LONGEST_TITLE, required=False)
    description = serializers.CharField(max_length=courses.LONGEST_TEXT, required=False)
    thumbnail_url = serializers.CharField(max_length=LONGEST_LINK, required=False)
    video_url = serializers.CharField(max_length=LONGEST_LINK, required=False)
    duration = serializers.IntegerField(min_value=1, max_value=courses.LONGEST, required=False)
    difficulty = serializers.ChoiceField(Difficulty.choices, required=False)
    is_free = serializers.BooleanField(required=False)
    price = AmountIn(min_value=ZERO, required=False)


class CourseIn(CourseChangesIn):
    title = serializers.CharField(max_length=courses.LONGEST_TITLE)
    description = serializers.CharField(max_length=courses.LONGEST_TEXT)
    thumbnail_url = serializers.CharField(max_length=LONGEST_LINK)
    video_url = serializers.CharField(max_length=LONGEST_LINK)
    duration = serializers.IntegerField(min_value=1, max_value=courses.LONGEST)
    difficulty = serializers.ChoiceField(Difficulty.choices)


class CourseOut(serializers.Serializer[Course]):
    """`video_url` of a course that is not free is empty for all but its instructor and staff."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    instructor_id = serializers.IntegerField()
    instructor = serializers.SerializerMethodField()
    thumbnail_url = serializers.URLField()
    video_url = serializers.SerializerMethodField()
    duration = serializers.IntegerField(help_text="Minutes.")
    difficulty = serializers.ChoiceField(Difficulty.choices)
    is_free = serializers.BooleanField()
    price = AmountOut()
    currency = serializers.CharField()
    views = serializers.IntegerField(source="views_count")
    created_at = serializers.DateTimeField()

    @extend_schema_field(PersonOut)
    def get_instructor(self, course: Course) -> dict[str, Any]:
        return person(course.instructor, self.context["files"])

    def get_video_url(self, course: Course) -> str:
        return course.video_url if pages.may_watch(actor=self.context["request"].user, course=course) else ""


class Courses(NexusView):
    always_envelope = True

    def serializer_context(self) -> dict[str, Any]:
        return super().serializer_context() | {"files": Files(self.request)}

    @operation(query=CoursesQuery, answer=CourseOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(pages.courses_listed(actor=request.user, **self.query()))

    @operation(body=CourseIn, answer=CourseOut, status=201, who=asking(policies.may_teach))
    def create(self, request: Request) -> Response:
        return self.answer(courses.course_create(actor=self.caller, **self.body()))

    @operation(answer=CourseOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        course = pages.course_visible(actor=request.user, course_id=id)
        agent = request.headers.get("User-Agent", "")
        page_view_count(actor=request.user, page=course, address=self.address, agent=agent)
        return self.answer(course)

    @operation(body=CourseChangesIn, answer=CourseOut)
    def update(self, request: Request, id: int) -> Response:
        return self.answer(courses.course_update(actor=self.caller, course_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        courses.course_delete(actor=self.caller, course_id=id)
        return self.answer({"message": "Course deleted"})


# ---------------------------------------------------------------- tutorials
class TutorialsQuery(serializers.Serializer[Any]):
    category = serializers.ChoiceField(TutorialCategory.choices, required=False)
    search = serializers.CharField(max_length=200, required=False)


class TutorialChangesIn(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=tutorials.LONGEST_TITLE, required=False)
    content = serializers.CharField(max_length=MOST_MARKDOWN, required=False, help_text="Markdown.")
    category = serializers.ChoiceField(TutorialCategory.choices, required=False)
    published = serializers.BooleanField(source="is_published", required=False)


class TutorialIn(TutorialChangesIn):
    title = serializers.CharField(max_length=tutorials.LONGEST_TITLE)
    content = serializers.CharField(max_length=MOST_MARKDOWN, help_text="Markdown.")
    category = serializers.ChoiceField(TutorialCategory.choices)


class TutorialOut(serializers.Serializer[Tutorial]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    content = serializers.CharField(help_text="Markdown.")
    category = serializers.ChoiceField(TutorialCategory.choices)
    views = serializers.IntegerField(source="views_count")
    published = serializers.BooleanField(source="is_published")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WholeTutorialOut(TutorialOut):
    """`content_html` is safe HTML of the Markdown."""

    content_html = serializers.SerializerMethodField()

    def get_content_html(self, tutorial: Tutorial) -> str:
        return markdown_html(tutorial.content)


class Tutorials(NexusView):
    @operation(query=TutorialsQuery, answer=TutorialOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(pages.tutorials_listed(actor=request.user, **self.query()))

    @operation(body=TutorialIn, answer=WholeTutorialOut, status=201, who=asking(policies.may_write_pages))
    def create(self, request: Request) -> Response:
        return self.answer(tutorials.tutorial_create(actor=self.caller, **self.body()))

    @operation(answer=WholeTutorialOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        tutorial = pages.tutorial_visible(actor=request.user, tutorial_id=id)
        agent = request.headers.get("User-Agent", "")
        page_view_count(actor=request.user, page=tutorial, address=self.address, agent=agent)
        return self.answer(tutorial)

    @operation(body=TutorialChangesIn, answer=WholeTutorialOut, who=asking(policies.may_write_pages))
    def update(self, request: Request, id: int) -> Response:
        return self.answer(tutorials.tutorial_update(actor=self.caller, tutorial_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        tutorials.tutorial_delete(actor=self.caller, tutorial_id=id)
        return self.answer({"message": "Tutorial deleted"})


# ---------------------------------------------------------------- testimonials
class TestimonialsQuery(serializers.Serializer[Any]):
    featured = serializers.BooleanField(source="is_featured", required=False)
    verified = serializers.BooleanField(source="is_verified", required=False)


class TestimonialChangesIn(serializers.Serializer[Any]):
    author = serializers.CharField(max_length=testimonials.LONGEST_NAME, required=False)
    company = serializers.CharField(
        max_length=testimonials.LONGEST_NAME, required=False, allow_null=True, allow_blank=True
    )
    text = serializers.CharField(max_length=testimonials.LONGEST_TEXT, required=False)
    rating = serializers.IntegerField(min_value=1, max_value=5, required=False)
    verified = serializers.BooleanField(source="is_verified", required=False)
    featured = serializers.BooleanField(source="is_featured", required=False)


class TestimonialIn(TestimonialChangesIn):
    author = serializers.CharField(max_length=testimonials.LONGEST_NAME)
    text = serializers.CharField(max_length=testimonials.LONGEST_TEXT)


class TestimonialOut(serializers.Serializer[Testimonial]):
    id = serializers.IntegerField()
    author = serializers.CharField()
    company = serializers.SerializerMethodField()
    text = serializers.CharField()
    rating = serializers.IntegerField()
    verified = serializers.BooleanField(source="is_verified")
    featured = serializers.BooleanField(source="is_featured")
    created_at = serializers.DateTimeField()

    def get_company(self, testimonial: Testimonial) -> str | None:
        return testimonial.company or None


class Testimonials(NexusView):
    @operation(query=TestimonialsQuery, answer=TestimonialOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(pages.testimonials_listed(**self.query()))

    @operation(body=TestimonialIn, answer=TestimonialOut, status=201, who=asking(policies.may_write_pages))
    def create(self, request: Request) -> Response:
        return self.answer(testimonials.testimonial_create(actor=self.caller, **self.body()))

    @operation(answer=TestimonialOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(pages.testimonial_of(testimonial_id=id))

    @operation(body=TestimonialChangesIn, answer=TestimonialOut, who=asking(policies.may_write_pages))
    def update(self, request: Request, id: int) -> Response:
        return self.answer(testimonials.testimonial_update(actor=self.caller, testimonial_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        testimonials.testimonial_delete(actor=self.caller, testimonial_id=id)
        return self.answer({"message": "Testimonial deleted"})
