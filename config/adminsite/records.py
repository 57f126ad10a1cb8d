"""The page of a thing that staff look after: what it is, what belongs to it, what happened, and what can be decided."""

from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.module_loading import import_string
from unfold.admin import ModelAdmin
from unfold.decorators import display

from config.adminsite.decisions import ANOTHER_SINCE, NoteForm, decision
from config.adminsite.panels import Panel
from config.adminsite.rows import ReadOnlyAdmin, RowsAdmin
from config.adminsite.timeline import Happening, about, in_order
from config.core.errors import Conflict
from config.core.idempotency import Once
from config.core.notes import note_write


class RecordPage(RowsAdmin):
    """Subclasses name their decisions (methods made by `decision`, in the order of their buttons), and give `panels`
    and what else `happened`. A page costs the same number of queries however much belongs to the thing: each panel
    shows its newest rows.
    """

    change_form_outer_before_template = "admin/record_title.html"
    change_form_outer_after_template = "admin/record.html"
    decisions: ClassVar[tuple[Any, ...]] = ()

    def __init__(self, model: Any, admin_site: Any) -> None:
        names = settings.ADMIN_DECISIONS.get(model._meta.label, ())
        self.decisions_from_above = {name.rpartition(".")[2]: name for name in names}
        self.actions_detail = (*self.decisions, *self.decisions_from_above, "note")
        super().__init__(model, admin_site)

    def panels(self, request: HttpRequest, row: Any) -> Iterable[Panel]:
        """What belongs to the thing, as tables."""
        return ()

    def panels_from_above(self, request: HttpRequest, row: Any) -> Iterable[Panel]:
        """Those of the apps that stand above the thing's own, by the table in config/adminpanels.py."""
        for name in settings.ADMIN_PANELS.get(self.model._meta.label, ()):
            yield from import_string(name)(request, row)

    def timeline(self, request: HttpRequest, row: Any) -> list[Happening]:
        names = settings.ADMIN_TIMELINES.get(self.model._meta.label, ())
        above = (import_string(name)(request, row) for name in names)
        return in_order(about(row), self.happened(request, row), *above)

    # ------------------------------------------------------------ decisions
    def seen(self, row: Any) -> str:
        """What is decided about and may be replaced by its owner, such as a picture: the buttons of a page, and the
        actions of a list, are about the one that it showed."""
        return ""

    @display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Any) -> str:
        box: str = super().action_checkbox(obj)
        seen = self.seen(obj)
        return format_html('{}<input type="hidden" name="seen" value="{}:{}">', box, obj.pk, seen) if seen else box

    def refuse_unseen(self, request: HttpRequest, row: Any) -> None:
        """That the row of a list is still about what it showed. Of rows that were chosen without being shown, as all
        of several pages, nothing is known. Raises Conflict."""
        shown = dict(sent.split(":", 1) for sent in request.POST.getlist("seen") if ":" in sent)
        seen = shown.get(str(row.pk))
        if seen is None:
            return
        now = self.get_queryset(request).filter(pk=row.pk).first()  # those before it have taken their time
        if now is not None and self.seen(now) != seen:
            raise Conflict(ANOTHER_SINCE)

    def may_press(self, request: HttpRequest, row: Any, button: Any) -> bool:
        """Whether the row is in a state in which the decision can be taken, and by this caller."""
        may, when = getattr(button, "may", None), getattr(button, "when", None)
        return (may is None or bool(may(request.user))) and (when is None or bool(when(row)))

    def _get_instance_method(self, method_name: str) -> Callable[..., Any]:
        """Buttons of the apps above are functions there, imported when all apps are loaded."""
        above = self.decisions_from_above.get(method_name)
        found: Callable[..., Any] = super()._get_instance_method(method_name) if above is None else import_string(above)
        return found if above is None else MethodType(found, self)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, object_id)
        found: list[Any] = super().get_actions_detail(request, object_id)
        return [each for each in found if row is not None and self.may_press(request, row, each.method)]

    def has_note_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    @decision("Write a note", form=NoteForm, permissions=["note"], icon="sticky_note_2")
    def note(self, request: HttpRequest, row: Any, sent: dict[str, Any], once: Once) -> str:
        note_write(actor=request.user, target=row, text=sent["text"], once=once)
        return "Noted."

    # ------------------------------------------------------------ the page
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Once a request: buttons, panels and the page itself ask for it."""
        found = getattr(request, "record_found", None)
        if found is None or found[0] != (self.model, str(object_id), from_field):
            found = ((self.model, str(object_id), from_field), super().get_object(request, object_id, from_field))
            request.record_found = found  # type: ignore[attr-defined]
        return found[1]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        extra = dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            extra |= {
                "panels": [*self.panels(request, row), *self.panels_from_above(request, row)],
                "timeline": self.timeline(request, row),
                "note_form": NoteForm(row=row),
                "note_once": str(uuid4()),
            }
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            # In a row of their own under the title: the head of the page has no room for so many.
            decisions = answer.context_data.pop("actions_detail", ())
            if row is not None and (seen := self.seen(row)):
                decisions = [{**each, "path": f"{each['path']}?seen={seen}"} for each in decisions]
            answer.context_data["decisions"] = decisions
        return answer


class RecordAdmin(RecordPage, ReadOnlyAdmin):
    """The page of a thing that is looked at, and changed by its decisions alone."""
