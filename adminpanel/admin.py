"""The audit trail and the daily figures in Django's admin site, looked at, never edited; and the homepage."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from adminpanel import policies
from adminpanel.models import DailyFigures, HomepageContent, SavedFilter, SliderModel
from adminpanel.services.homepage import homepage_write, slider_write
from config.adminsite.ranges import DateRange
from config.adminsite.rows import ReadOnlyAdmin, RowsAdmin
from config.core.models import AuditEntry, StaffNote


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "target_type", "target_id", "address")
    list_filter = ("action", "target_type", ("created_at", DateRange))
    list_select_related = ("actor",)
    search_fields = ("=target_id", "actor__username")
    date_hierarchy = "created_at"


@admin.register(StaffNote)
class StaffNoteAdmin(ReadOnlyAdmin):
    """Notes are written on the pages of what they are about."""

    list_display = ("created_at", "author", "target_type", "target_id", "text")
    list_select_related = ("author",)
    search_fields = ("=target_id", "author__username")
    date_hierarchy = "created_at"


@admin.register(DailyFigures)
class DailyFiguresAdmin(ReadOnlyAdmin):
    list_display = (
        *("date", "total_users", "total_artists", "total_buyers", "total_artworks", "total_jobs", "total_orders"),
        *("total_revenue", "updated_at"),
    )
    ordering = ("-date",)
    date_hierarchy = "date"


class HomepageForm(forms.ModelForm):  # type: ignore[type-arg]
    slider = forms.CharField(
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextInputWidget,
        help_text="Ids of the 3-D models in the slider, in their order, with commas in between.",
    )

    class Meta:
        model = HomepageContent
        fields = ("content",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = SliderModel.objects.values_list("model", flat=True)
        self.initial["slider"] = ", ".join(map(str, shown))

    def clean_slider(self) -> list[int]:
        sent = [part.strip() for part in self.cleaned_data["slider"].split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in sent):
            raise forms.ValidationError("Numbers with commas in between.")
        return [int(part) for part in sent]


@admin.register(HomepageContent)
class HomepageContentAdmin(RowsAdmin):
    """One JSON object, in whatever form the front-end understands, and the slider."""

    form = HomepageForm
    list_display = ("__str__", "updated_at")
    fields = ("content", "slider")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not HomepageContent.objects.exists() and policies.may_write_homepage(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.may_write_homepage(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: HomepageContent, form: Any, change: bool) -> None:
        obj.pk = 1
        if "content" in form.changed_data or not change:
            homepage_write(actor=request.user, content=form.cleaned_data["content"])
        if "slider" in form.changed_data:
            slider_write(actor=request.user, model_ids=form.cleaned_data["slider"])


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    """They are kept and removed above the lists that they are of; others' own are nobody's business."""

    list_display = ("name", "list", "owner", "is_shared", "query", "created_at")
    list_filter = ("is_shared",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedFilter]:
        return policies.saved_filters_visible_to(request.user)


@admin.register(SliderModel)
class SliderModelAdmin(ReadOnlyAdmin):
    """The models of the homepage's slider, in their order; they are chosen on the homepage's page."""

    list_display = ("position", "model")
    list_select_related = ("model",)
    ordering = ("position",)
