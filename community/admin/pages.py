"""What all may read, in Django's admin site: blog, help, documentation, tutorials, courses, testimonials."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from community import policies
from community.admin.written import Previewed, WrittenAdmin
from community.models import (
    BlogComment,
    BlogLike,
    BlogPost,
    BlogShare,
    Course,
    DocSection,
    HelpArticle,
    HelpCategory,
    PageView,
    Testimonial,
    Tutorial,
)
from community.services import blog, courses, testimonials, tutorials
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import AuditedAdmin, ReadOnlyAdmin
from config.core.markup import markdown_html


@admin.register(BlogPost)
class BlogPostAdmin(Previewed, WrittenAdmin):
    """A draft until it is published by the action of that name. Content is Markdown."""

    create = staticmethod(blog.post_create)
    update = staticmethod(blog.post_update)
    remove = staticmethod(blog.post_delete)
    key = "post_id"
    written = ("title", "category", "excerpt", "content", "tags", "is_featured")
    list_display = (
        "title",
        "category",
        "status",
        "is_featured",
        "author",
        "published_at",
        "views_count",
        "likes_count",
    )
    list_filter = ("status", "category", "is_featured")
    list_select_related = ("author",)
    search_fields = ("title",)
    ordering = ("-created_at", "-pk")
    fields = (
        *("title", "category", "tags", "excerpt", "featured_image", "content", "preview", "is_featured", "status"),
        *("author", "read_time", "published_at", "views_count", "likes_count", "comments_count", "shares_count"),
    )
    readonly_fields = (
        *("preview", "status", "author", "read_time", "published_at"),
        *("views_count", "likes_count", "comments_count", "shares_count"),
    )
    actions = ("publish", "withdraw")

    def preview_html(self, row: BlogPost) -> str:
        return markdown_html(row.content)

    def save_model(self, request: HttpRequest, obj: BlogPost, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "featured_image" in form.changed_data:
            upload = form.cleaned_data["featured_image"] or None
            blog.post_picture_set(actor=request.user, post_id=obj.pk, upload=upload)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, rows: QuerySet[BlogPost]) -> None:
        for_each(self, request, rows, lambda row: blog.post_publish(actor=request.user, post_id=row.pk))

    @admin.action(description="Take back (a draft again)", permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[BlogPost]) -> None:
        for_each(self, request, rows, lambda row: blog.post_withdraw(actor=request.user, post_id=row.pk))


@admin.register(BlogComment)
class BlogCommentAdmin(ReadOnlyAdmin):
    list_display = ("id", "post", "author", "content", "removed_at", "created_at")
    list_filter = (("removed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("post", "author")
    search_fields = ("=author__username", "content")
    ordering = ("-created_at", "-pk")
    actions = ("remove",)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate_comments(request.user)

    @admin.action(description="Remove", permissions=["moderate"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[BlogComment]) -> None:
        me: Any = request.user
        for_each(self, request, rows, lambda row: blog.comment_remove(actor=me, comment_id=row.pk))


@admin.register(BlogLike)
class BlogLikeAdmin(ReadOnlyAdmin):
    list_display = ("post", "user", "created_at")
    list_select_related = ("post", "user")


@admin.register(BlogShare)
class BlogShareAdmin(ReadOnlyAdmin):
    list_display = ("post", "platform", "count")
    list_filter = ("platform",)
    list_select_related = ("post",)


@admin.register(HelpCategory)
class HelpCategoryAdmin(AuditedAdmin):
    list_display = ("name", "slug", "icon", "position")
    ordering = ("position", "pk")
    prepopulated_fields: ClassVar = {"slug": ("name",)}


@admin.register(HelpArticle)
class HelpArticleAdmin(Previewed, AuditedAdmin):
    """What the assistant and the help pages answer from. An article that is not published answers nobody."""

    list_display = ("title", "category", "is_published", "position", "updated_at")
    list_filter = ("category", "is_published")
    list_select_related = ("category",)
    search_fields = ("title", "body")
    ordering = ("category", "position", "pk")
    fields = ("title", "slug", "category", "position", "is_published", "body", "preview")
    readonly_fields = ("preview",)
    prepopulated_fields: ClassVar = {"slug": ("title",)}
    audited_values = ("title", "slug", "category", "position", "is_published")

    def preview_html(self, row: HelpArticle) -> str:
        return markdown_html(row.body)


@admin.register(DocSection)
class DocSectionAdmin(Previewed, AuditedAdmin):
    """A page of the documentation. Content is Markdown."""

    list_display = ("title", "slug", "position", "is_published", "updated_at")
    list_filter = ("is_published",)
    search_fields = ("title", "content")
    ordering = ("position", "pk")
    fields = ("title", "slug", "description", "position", "is_published", "content", "preview")
    readonly_fields = ("preview",)
    prepopulated_fields: ClassVar = {"slug": ("title",)}
    audited_values = ("title", "slug", "description", "position", "is_published")

    def preview_html(self, row: DocSection) -> str:
        return markdown_html(row.content)


@admin.register(Tutorial)
class TutorialAdmin(Previewed, WrittenAdmin):
    create = staticmethod(tutorials.tutorial_create)
    update = staticmethod(tutorials.tutorial_update)
    remove = staticmethod(tutorials.tutorial_delete)
    key = "tutorial_id"
    written = ("title", "category", "content", "is_published")
    list_display = ("title", "category", "is_published", "views_count", "created_at")
    list_filter = ("category", "is_published")
    search_fields = ("title",)
    ordering = ("-created_at", "-pk")
    fields = ("title", "category", "is_published", "content", "preview", "views_count")
    readonly_fields = ("preview", "views_count")

    def preview_html(self, row: Tutorial) -> str:
        return markdown_html(row.content)


@admin.register(Course)
class CourseAdmin(WrittenAdmin):
    """Whoever sells makes them; staff may change and remove them."""

    update = staticmethod(courses.course_update)
    remove = staticmethod(courses.course_delete)
    key = "course_id"
    written = (*("title", "description", "thumbnail_url", "video_url", "duration", "difficulty", "is_free", "price"),)
    list_display = ("title", "instructor", "difficulty", "is_free", "price", "views_count", "created_at")
    list_filter = ("difficulty", "is_free")
    list_select_related = ("instructor",)
    search_fields = ("title", "instructor__username")
    ordering = ("-created_at", "-pk")
    fields = (
        *("title", "instructor", "description", "thumbnail_url", "video_url", "duration", "difficulty"),
        *("is_free", "price", "currency", "views_count"),
    )
    readonly_fields = ("instructor", "currency", "views_count")


@admin.register(Testimonial)
class TestimonialAdmin(WrittenAdmin):
    create = staticmethod(testimonials.testimonial_create)
    update = staticmethod(testimonials.testimonial_update)
    remove = staticmethod(testimonials.testimonial_delete)
    key = "testimonial_id"
    written = ("author", "company", "text", "rating", "is_verified", "is_featured")
    list_display = ("author", "company", "rating", "is_verified", "is_featured", "created_at")
    list_filter = ("is_verified", "is_featured")
    search_fields = ("author", "company", "text")
    ordering = ("-is_featured", "-created_at", "-pk")
    fields = written


@admin.register(PageView)
class PageViewAdmin(ReadOnlyAdmin):
    """How many came today. Who they are is not kept."""

    list_display = ("kind", "page_id", "day")
    list_filter = ("kind",)
    fields = ("kind", "page_id", "day")
    ordering = ("-pk",)
