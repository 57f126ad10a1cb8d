"""What all may read: documentation, courses, tutorials, testimonials; and who read it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.choices import Difficulty, PageKind, TutorialCategory
from config.core.fields import MoneyField
from config.core.text_search import Searched, SearchKey


class DocSection(models.Model):
    """A page of the documentation (Markdown). Staff write them in the Django admin."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=500, blank=True)
    content = models.TextField()
    position = models.IntegerField(default=0)
    is_published = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["position", "id"], name="docs_in_order", condition=Q(is_published=True))]

    def __str__(self) -> str:
        return self.title


class Course(Searched):
    """A video that somebody teaches by. What is not free has a price, in its currency."""

    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="courses")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=10_000)
    title_key = SearchKey("title")
    description_key = SearchKey("description")
    thumbnail_url = models.URLField(max_length=500)
    video_url = models.URLField(max_length=500)
    duration = models.PositiveIntegerField(validators=[MinValueValidator(1)], help_text="Minutes.")
    difficulty = models.CharField(max_length=15, choices=Difficulty)
    is_free = models.BooleanField(default=True)
    price = MoneyField(default=0)
    currency = models.CharField(max_length=3)
    views_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_free=True, price=0) | Q(is_free=False, price__gt=0), name="course_free_or_priced"
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="courses_newest"),
            models.Index(fields=["difficulty", "-created_at", "-id"], name="courses_by_difficulty"),
            models.Index(fields=["is_free", "-created_at", "-id"], name="courses_by_price"),
        ]

    def __str__(self) -> str:
        return self.title


class Tutorial(Searched):
    """A text to learn from (Markdown), written by staff."""

    title = models.CharField(max_length=200)
    content = models.TextField()
    title_key = SearchKey("title")
    content_key = SearchKey("content")
    category = models.CharField(max_length=15, choices=TutorialCategory)
    views_count = models.PositiveIntegerField(default=0, editable=False)
    is_published = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="tutorials_newest"),
            models.Index(fields=["category", "-created_at", "-id"], name="tutorials_by_category"),
            models.Index(fields=["-created_at", "-id"], name="tutorials_published", condition=Q(is_published=True)),
        ]

    def __str__(self) -> str:
        return self.title


class Testimonial(models.Model):
    """What somebody says about the platform, as staff enter it."""

    author = models.CharField(max_length=120)
    company = models.CharField(max_length=120, blank=True)
    text = models.TextField(max_length=5000)
    rating = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1), MaxValueValidator(5)])
    is_verified = models.BooleanField(default=False)
    is_featured = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="testimonial_rating_1_to_5")
        ]
        indexes = [
            models.Index(fields=["-is_featured", "-created_at", "-id"], name="testimonials_in_order"),
            models.Index(fields=["is_verified", "-is_featured", "-created_at", "-id"], name="testimonials_by_verified"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:50]}"


class PageView(models.Model):
    """One visitor of a post, tutorial or course on one day; forgotten after it. A visitor is a keyed digest."""

    kind = models.CharField(max_length=10, choices=PageKind)
    page_id = models.PositiveBigIntegerField()
    visitor = models.CharField(max_length=32)
    day = models.DateField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "page_id", "day", "visitor"], name="page_view_once_a_day")
        ]

    def __str__(self) -> str:
        return f"View of {self.kind} {self.page_id} on {self.day}"
