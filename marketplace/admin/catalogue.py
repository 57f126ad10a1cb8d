"""Categories, equipment, appeals and what is kept of them in Django's admin site."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.forms import ActionForm

from config.adminsite.actions import for_each
from config.adminsite.records import RecordPage
from config.adminsite.rows import AuditedAdmin, ReadOnlyAdmin
from config.core.models import DiscardedFile
from marketplace import policies
from marketplace.admin.drawn import mesh_evidence
from marketplace.models import (
    Appeal,
    Category,
    Collection,
    CollectionFollower,
    CollectionItem,
    ComparedPicture,
    Equipment,
    Like,
    StatusChange,
    View,
)
from marketplace.models.pictures import picture_bytes
from marketplace.services.appeals import appeal_decide


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    list_display = ("name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description")


@admin.register(Equipment)
class EquipmentAdmin(RecordPage, AuditedAdmin):
    """Title, price and stock of what there is; what was sold of it, and what happened."""

    list_display = (*("title", "seller", "category", "price", "status", "is_available", "equipment_type", "stock"),)
    list_filter = ("equipment_type", "is_available")
    list_select_related = ("seller", "category")
    search_fields = ("title", "description")
    fields = (
        *("title", "description", "equipment_type", "category", "price", "currency", "stock", "is_available"),
        *("is_featured", "image", "status", "seller"),
    )
    readonly_fields = ("currency", "image", "status", "seller")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ComparedPicture)
class ComparedPictureAdmin(ReadOnlyAdmin):
    list_display = ("id", "picture")
    list_select_related = ("picture",)


class AnswerForm(ActionForm):  # type: ignore[misc]
    answer = forms.CharField(
        label="",
        required=False,
        max_length=2000,
        widget=forms.TextInput({"placeholder": "Answer, for the author", "aria-label": "Answer, for the author"}),
    )


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    """Of pictures and of 3-D files. Pictures are compared on the page of held duplicates, files here."""

    list_display = ("id", "about", "author", "state", "similarity", "decided_by", "created_at", "decided_at")
    list_filter = ("state", ("mesh", admin.EmptyFieldListFilter))
    list_select_related = ("picture", "mesh", "author", "decided_by")
    search_fields = ("author__username", "reason")
    fields = (
        *("about", "similarity", "sides", "author", "reason", "state", "answer", "decided_by"),
        *("decided_at", "created_at"),
    )
    readonly_fields = ("about", "similarity", "sides", "created_at")
    actions = ("accept", "decline")
    action_form = AnswerForm

    class Media:
        css = {"all": ("adminpanel/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        rows: QuerySet[Appeal] = super().get_queryset(request)
        return rows.defer(*picture_bytes("picture"), "mesh__fingerprint")

    @admin.display(description="about")
    def about(self, appeal: Appeal) -> str:
        subject = appeal.subject
        page = reverse(f"admin:marketplace_{subject._meta.model_name}_change", args=[subject.pk])
        return format_html('<a class="atelier-link" href="{}">{}</a>', page, subject)

    @admin.display(description="similarity")
    def similarity(self, appeal: Appeal) -> str:
        return f"{appeal.subject.similarity_score:.2f} of 100"

    @admin.display(description="this, and what it resembles")
    def sides(self, appeal: Appeal) -> str:
        if appeal.mesh is None:
            page = reverse("admin:marketplace_picture_review", args=[appeal.picture_id])
            return format_html('<a class="atelier-link" href="{}">Compare side by side</a>', page)
        images = [mesh.thumbnail.url for mesh in (appeal.mesh, appeal.mesh.matched) if mesh and mesh.thumbnail]
        shown = format_html_join("", '<img class="atelier-picture" src="{}" alt="">', ((image,) for image in images))
        said = format_html("<p>{}</p>", appeal.mesh.evidence.get("explanation", ""))
        return format_html("{}{}{}", shown or "No pictures are left.", mesh_evidence(appeal.mesh), said)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate(request.user)

    def _decide(self, request: HttpRequest, rows: QuerySet[Appeal], accept: bool) -> None:
        answer = request.POST.get("answer", "").strip()
        for_each(
            self,
            request,
            rows,
            lambda appeal: appeal_decide(actor=request.user, appeal_id=appeal.pk, accept=accept, answer=answer),
        )

    @admin.action(description="Accept: it is the author's own", permissions=["moderate"])
    def accept(self, request: HttpRequest, rows: QuerySet[Appeal]) -> None:
        self._decide(request, rows, accept=True)

    @admin.action(description="Decline: it is a copy", permissions=["moderate"])
    def decline(self, request: HttpRequest, rows: QuerySet[Appeal]) -> None:
        self._decide(request, rows, accept=False)


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "listing", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("listing", "actor")
    search_fields = ("listing__title",)


@admin.register(Like)
class LikeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "listing", "user")
    list_select_related = ("listing", "user")
    search_fields = ("listing__title", "user__username")


@admin.register(View)
class ViewAdmin(ReadOnlyAdmin):
    list_display = ("day", "listing")
    list_select_related = ("listing",)
    search_fields = ("listing__title",)


@admin.register(DiscardedFile)
class DiscardedFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "storage", "created_at")
    list_filter = ("storage",)
    search_fields = ("name",)


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "is_public", "models_count", "followers_count", "views_count", "created_at")
    list_filter = ("is_public",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)


@admin.register(CollectionItem)
class CollectionItemAdmin(ReadOnlyAdmin):
    list_display = ("collection", "listing", "position", "added_at")
    list_select_related = ("collection", "listing")


@admin.register(CollectionFollower)
class CollectionFollowerAdmin(ReadOnlyAdmin):
    list_display = ("collection", "user", "created_at")
    list_select_related = ("collection", "user")
