"""3-D files, their versions and what is kept of their shapes in Django's admin site."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from config.adminsite.actions import for_each
from config.adminsite.rows import ReadOnlyAdmin
from marketplace import policies
from marketplace.admin.drawn import mesh_evidence, mesh_figures, mesh_picture, mesh_thumbnail
from marketplace.models import MeshFile, ModelVersion, ShapeDescription
from marketplace.services.models_3d.analyses import mesh_analyse_again

ANALYSIS_COLOURS = {"waiting": "info", "running": "info", "done": "success", "failed": "danger"}


@admin.register(MeshFile)
class MeshFileAdmin(ReadOnlyAdmin):
    list_display = ("file", "owner", "format", "analysis", "verdict", "similarity_score", "figures", "created_at")
    list_display_links = ("file",)
    list_filter = ("state", "verdict", "format", "is_watertight")
    list_select_related = ("owner",)
    search_fields = ("file_name", "owner__username", "=sha256")
    ordering = ("-created_at", "-pk")
    actions = ("analyse_again",)
    exclude = ("fingerprint", "claim", "original", "evidence_picture")
    readonly_fields = ("picture", "agreeing", "printing")

    class Media:
        css = {"all": ("adminpanel/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MeshFile]:
        rows: QuerySet[MeshFile] = super().get_queryset(request)
        return rows.defer("fingerprint")

    @admin.display(description="file", ordering="file_name")
    def file(self, mesh: MeshFile) -> str:
        return format_html(
            '<span class="atelier-work">{}<span><strong>{}</strong></span></span>', mesh_thumbnail(mesh), mesh.file_name
        )

    @display(description="analysis", ordering="state", label=ANALYSIS_COLOURS)
    def analysis(self, mesh: MeshFile) -> str:
        return mesh.state

    @admin.display(description="figures")
    def figures(self, mesh: MeshFile) -> str:
        return mesh_figures(mesh)

    @admin.display(description="picture")
    def picture(self, mesh: MeshFile) -> str:
        return mesh_picture(mesh)

    @admin.display(description="what agrees with the other one")
    def agreeing(self, mesh: MeshFile) -> str:
        return mesh_evidence(mesh) or "Nothing is marked."

    @admin.display(description="about printing it")
    def printing(self, mesh: MeshFile) -> str:
        return format_html_join("", "<p>{}</p>", ((note["text"],) for note in mesh.notes)) or "Nothing to note."

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate(request.user)

    @admin.action(description="Analyse again", permissions=["moderate"])
    def analyse_again(self, request: HttpRequest, rows: QuerySet[MeshFile]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda mesh: mesh_analyse_again(actor=request.user, mesh_id=mesh.pk),
        )


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("model", "number", "mesh", "created_at")
    list_select_related = ("model", "mesh")
    search_fields = ("model__title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        rows: QuerySet[ModelVersion] = super().get_queryset(request)
        return rows.defer("mesh__fingerprint")


@admin.register(ShapeDescription)
class ShapeDescriptionAdmin(ReadOnlyAdmin):
    list_display = ("mesh", "kind", "is_common", "reason")
    list_select_related = ("mesh",)
    search_fields = ("mesh__file_name",)
    exclude = ("codes", "data")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShapeDescription]:
        rows: QuerySet[ShapeDescription] = super().get_queryset(request)
        return rows.defer("codes", "data", "mesh__fingerprint")

    @admin.display(description="kind")
    def kind(self, row: ShapeDescription) -> str:
        return str(row.character.get("kind", ""))

    @admin.display(description="has little of its own", boolean=True)
    def is_common(self, row: ShapeDescription) -> bool:
        return bool(row.character.get("is_common"))

    @admin.display(description="because")
    def reason(self, row: ShapeDescription) -> str:
        return str(row.character.get("reason", ""))
