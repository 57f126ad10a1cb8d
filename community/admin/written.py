"""What staff write in Django's admin site: forms whose values go to services, and previews of what readers will see."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.adminsite.actions import for_each
from config.adminsite.rows import RowsAdmin


def preview_of(html: str) -> SafeString:
    """HTML in a frame in which nothing runs and from which nothing is sent."""
    style = "width:100%;height:32rem;border:1px solid #d0d0d0;border-radius:6px;background:#fff"
    return format_html('<iframe sandbox title="Preview" style="{}" srcdoc="{}"></iframe>', style, html)


class Previewed:
    """Pages with a `preview` of what was saved last."""

    def preview_html(self, row: Any) -> str:
        raise NotImplementedError

    @admin.display(description="preview (of what is saved)")
    def preview(self, row: Any) -> SafeString | str:
        return preview_of(self.preview_html(row)) if row.pk else "Save it to see it."


class WrittenAdmin(RowsAdmin):
    """Created, changed and deleted by the services named here. `key` is how they call the row's id."""

    create: ClassVar[Callable[..., Any] | None] = None
    update: ClassVar[Callable[..., Any]]
    remove: ClassVar[Callable[..., Any]]
    key: ClassVar[str]
    written: ClassVar[tuple[str, ...]]
    """The fields that the services take."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.create is not None and bool(super().has_add_permission(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {
            name: form.cleaned_data[name]
            for name in self.written
            if name in form.cleaned_data and (not change or name in form.changed_data)
        }
        if change:
            self.update(actor=request.user, **{self.key: obj.pk}, **values)
        elif self.create is not None:
            obj.pk = self.create(actor=request.user, **values).pk
            obj._state.adding = False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(actor=request.user, **{self.key: obj.pk})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, lambda row: self.remove(actor=request.user, **{self.key: row.pk}))
