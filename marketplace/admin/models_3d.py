"""3-D models and their labels in Django's admin site."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link, thumbnail
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.rows import ReadOnlyAdmin
from marketplace import policies
from marketplace.admin.artworks import RISK_COLOURS, ReasonForm
from marketplace.admin.drawn import mesh_figures, mesh_original, mesh_picture, mesh_resemblance, mesh_thumbnail
from marketplace.admin.works import SHOWN, WorkAdmin
from marketplace.choices import Kind, MeshState, Status, Verdict
from marketplace.duplicates.detector import risk
from marketplace.models import (
    Appeal,
    MeshFile,
    Model3D,
    ModelLabel,
)
from marketplace.selectors.uploads import files_beside
from marketplace.services.labels.labels import label_remove
from marketplace.services.models_3d import moderation
from marketplace.services.models_3d.analyses import mesh_analyse_again
from marketplace.services.uploads.files import upload_url

STATE_COLOURS = {
    "held": "warning",
    "pending": "info",
    "being analysed": "info",
    "approved": "success",
    "rejected": "danger",
}


SERVICES: dict[str, Any] = {
    "approve": moderation.model_approve,
    "reject": moderation.model_reject,
    "feature": moderation.model_feature,
    "hold": moderation.model_hold,
    "trend": moderation.model_trend,
}


@admin.register(Model3D)
class Model3DAdmin(WorkAdmin):
    list_per_page = 25
    list_display = ("work", "state", "similarity", "figures", "asked", "channel", "created_at")
    list_display_links = ("work",)
    list_filter = (
        *("status", "mesh__verdict", "mesh__state", "channel", "is_featured", "is_available", "category"),
        *(("created_at", DateRange), ("price", NumberRange)),
    )
    list_select_related = ("seller", "category", "mesh")
    search_fields = ("title", "description", "seller__username")
    ordering = ("-created_at", "-pk")
    actions = ("approve", "reject", "hold", "feature", "unfeature", "trend", "trend_by_figures", "analyse_again")
    action_form = ReasonForm
    readonly_fields = ("picture", "asked", "tag_words", "figures", "similarity", "beside")
    asked = amount("price")
    fieldsets = (
        (None, {"fields": ("picture", "title", "description", "seller", "category", "tag_words")}),
        ("Files", {"fields": ("mesh", "figures", "beside")}),
        ("Sale", {"fields": ("asked", "is_available", "licence", "original")}),
        ("Moderation", {"fields": ("status", "similarity", "approved_at", "is_featured")}),
        (
            "As its maker says",
            {
                "fields": (
                    *("file_origin", "is_own_work", "is_quality_assured", "technical_specs", "instructions"),
                    *("subcategory", "project_name", "designer", "is_pinned"),
                )
            },
        ),
        ("Counts and dates", {"fields": ("views_count", "likes_count", "channel", "created_at", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model3D]:
        rows: QuerySet[Model3D] = super().get_queryset(request)
        return rows.filter(kind=Kind.MODEL).defer("mesh__fingerprint")  # said again for the index, which begins with it

    @admin.display(description="model", ordering="title")
    def work(self, model: Model3D) -> str:
        return format_html(
            '<span class="atelier-work">{}<span><strong>{}</strong><small>{}</small></span></span>',
            mesh_thumbnail(model.mesh),
            model.title,
            model.seller.username,
        )

    @display(description="state", label=STATE_COLOURS)
    def state(self, model: Model3D) -> str:
        mesh = model.mesh
        if model.status == Status.PENDING and mesh is not None:
            if mesh.state in (MeshState.WAITING, MeshState.RUNNING):
                return "being analysed"
            if mesh.verdict == Verdict.HELD:
                return "held"
        return model.status

    @display(description="similarity", ordering="mesh__similarity_score", label=RISK_COLOURS)
    def similarity(self, model: Model3D) -> str | tuple[str, str]:
        if model.mesh is None:
            return "no file"
        if not model.mesh.is_analysed:
            return "not compared"
        level = risk(model.mesh.similarity_score)
        return level, f"{level} {model.mesh.similarity_score:.0f}"

    @admin.display(description="figures")
    def figures(self, model: Model3D) -> str:
        return mesh_figures(model.mesh) if model.mesh is not None else "no file"

    @admin.display(description="picture")
    def picture(self, model: Model3D) -> str:
        return mesh_picture(model.mesh)

    @admin.display(description="further files")
    def beside(self, model: Model3D) -> str:
        """To be looked at with other programs: nothing of them is shown here."""
        found = [(upload_url(upload), upload.file_name) for upload in files_beside([model.pk])]
        return format_html_join("", '<p><a href="{}">{}</a></p>', found) or "None."

    # ------------------------------------------------------------ what belongs to it
    def files(self, request: HttpRequest, row: Any) -> Iterator[Panel]:
        shown = row.mesh_id
        meshes = MeshFile.objects.filter(Q(pk=shown) | Q(versions__model=row.pk)).distinct().order_by("-pk")
        meshes = meshes.select_related("matched").defer("fingerprint", "matched__fingerprint")
        found = list(meshes[:SHOWN])
        yield Panel(
            "Files",
            ("", "File", "Analysis", "Figures", "Further views", "For viewers", "Uploaded"),
            [
                (
                    mesh_thumbnail(mesh),
                    mesh_original(request, mesh),
                    f"{mesh.get_state_display()}{'' if mesh.pk == shown else ', an older version'}",
                    mesh_figures(mesh),
                    format_html_join("", "{}", ((thumbnail(default_storage.url(name)),) for name in mesh.views)),
                    link("Reduced GLB", str(mesh.preview.url) if mesh.preview else ""),
                    mesh.created_at,
                )
                for mesh in found
            ],
            empty="It has no file yet.",
            note="Originals are given by links that expire.",
        )
        yield Panel(
            "What its files resemble",
            ("", "File", "Check", "Similarity", "Resembles", "What was found"),
            [mesh_resemblance(request, mesh) for mesh in found],
            note="The file that one resembles leads to the models that show it.",
            numeric=(3,),
        )
        yield Panel(
            "About printing it",
            ("How grave", "What"),
            [(note["level"], note["text"]) for mesh in found if mesh.pk == shown for note in mesh.notes],
            empty="Nothing to note.",
        )
        labels = ModelLabel.objects.filter(model=row.pk).select_related("author")
        yield Panel(
            "Labels",
            ("Label", "Category", "By", "When"),
            [
                (
                    link(label.text, row_address(request, "marketplace.ModelLabel", label.pk)),
                    label.category or "",
                    str(label.author),
                    label.created_at,
                )
                for label in labels.order_by("-created_at", "-pk")[:SHOWN]
            ],
        )

    def appeals(self, row: Any) -> QuerySet[Appeal]:
        return Appeal.objects.filter(mesh=row.mesh_id) if row.mesh_id else Appeal.objects.none()

    # ------------------------------------------------------------ decisions
    def seen(self, row: Any) -> str:
        return f"{row.mesh_id or 0}"

    def moderated(self, request: HttpRequest, row: Any, verb: str, **options: Any) -> Any:
        return SERVICES[verb](actor=request.user, model_id=row.pk, **options)

    @admin.action(description="Take off sale until looked at again", permissions=["moderate"])
    def hold(self, request: HttpRequest, rows: QuerySet[Model3D]) -> None:
        self._decide(request, rows, "hold")

    @admin.action(description="Show as trending", permissions=["moderate"])
    def trend(self, request: HttpRequest, rows: QuerySet[Model3D]) -> None:
        self._decide(request, rows, "trend", words="trending", trending=True)

    @admin.action(description="Trending as the figures say", permissions=["moderate"])
    def trend_by_figures(self, request: HttpRequest, rows: QuerySet[Model3D]) -> None:
        self._decide(request, rows, "trend", words="trending as the figures say", trending=None)

    @admin.action(description="Analyse the file again", permissions=["moderate"])
    def analyse_again(self, request: HttpRequest, rows: QuerySet[Model3D]) -> None:
        meshes = MeshFile.objects.filter(shown_by__in=rows.values("pk")).distinct()
        for_each(
            self,
            request,
            meshes,
            lambda mesh: mesh_analyse_again(actor=request.user, mesh_id=mesh.pk),
        )


@admin.register(ModelLabel)
class ModelLabelAdmin(ReadOnlyAdmin):
    list_display = ("text", "category", "model", "author", "created_at")
    list_filter = ("category",)
    list_select_related = ("model", "author")
    search_fields = ("text", "model__title", "author__username")
    ordering = ("-created_at", "-pk")
    actions = ("remove",)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate(request.user)

    @admin.action(description="Remove: it breaks the rules", permissions=["moderate"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[ModelLabel]) -> None:
        for_each(self, request, rows, lambda row: label_remove(actor=request.user, label_id=row.pk))
