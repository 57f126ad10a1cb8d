"""What the models' pages in Django's admin site share."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from config.adminsite.amounts import shown_amounts
from config.adminsite.lines import LineField
from config.adminsite.ranges import DateRange
from config.adminsite.timeline import Happening, about, in_order
from config.adminsite.typed import typed_or
from config.core.audit import audit_record
from config.core.errors import DomainError
from config.core.names import LONGEST_LINE
from config.core.text_search import searched_as


@contextmanager
def _of_the_address() -> Iterator[None]:
    try:
        yield
    except (DataError, OverflowError, ValueError) as error:
        raise IncorrectLookupParameters(error) from error


class RowList(ChangeList):  # type: ignore[misc]
    """A parameter of the address that can be no date, or that the database cannot read, is a wrong one, not a fault."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> "models.QuerySet[Any]":
        with _of_the_address():
            rows: models.QuerySet[Any] = super().get_queryset(*args, **kwargs)
            return rows

    def get_results(self, request: HttpRequest) -> None:
        with _of_the_address():
            super().get_results(request)


class RowsAdmin(ModelAdmin):  # type: ignore[misc]
    """A model's pages, whatever ids and parameters they are asked with.

    A form is saved in one transaction; a service's refusal takes it back and is told.
    """

    list_filter: Sequence[Any] = ()
    date_hierarchy: str | None = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each of them counts the whole table
    list_before_template = "admin/list_tools.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("adminpanel/pages.css",)}

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)
        filters = [typed_or(model, each) for each in self.list_filter]
        if self.date_hierarchy:  # its years, months and days are read from every row at each view
            by_date = (self.date_hierarchy, DateRange)
            filters += [by_date] if by_date not in filters else []
            self.date_hierarchy = None
        self.list_filter = filters
        self.list_filter_submit = any(isinstance(each, tuple) for each in filters)  # what is typed needs a button

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of an address that is typed without one, https is the scheme; names are one line."""
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        elif type(db_field) is models.CharField and (db_field.max_length or 0) <= LONGEST_LINE and not db_field.choices:
            kwargs.setdefault("form_class", LineField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RowList]:
        return RowList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return shown_amounts(self.opts, super().get_list_display(request))

    def get_fieldsets(self, request: Any, obj: Any = None) -> list[Any]:
        """Amounts of a row that is only looked at stand with their currency's decimals and its name, as in lists."""
        sets: list[Any] = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return sets
        return [(title, {**options, "fields": shown_amounts(self.opts, options["fields"])}) for title, options in sets]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """An address may ask (`?email__startswith=a`) for what the pages show alone. Else what they hide, a password's
        hash for one, is found out letter by letter."""
        shown = self._shown(request)
        hidden = [field for field in self.opts.get_fields() if field.name not in shown]
        names = {name for field in hidden for name in (field.name, getattr(field, "attname", field.name))}
        return lookup.partition("__")[0] not in names and bool(super().lookup_allowed(lookup, value, request))

    def _shown(self, request: HttpRequest | None) -> set[str]:
        """The names of what is in the list, its filters and search, and in the page of a row."""
        filters = [each[0] if isinstance(each, tuple) else each for each in self.list_filter]
        own = [getattr(each, "parameter_name", each) for each in filters]
        fields = flatten_fieldsets(self.get_fieldsets(request))
        names = [*self.list_display, *own, *self.search_fields, *fields]
        columns = {name.lstrip("=^@").partition("__")[0] for name in names if isinstance(name, str)}
        return columns | {"id", "pk", self.opts.pk.name}

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """By their keys where columns have one, so that how a word is written makes no difference."""
        return list(dict.fromkeys(searched_as(self.model, name) for name in super().get_search_fields(request)))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def response_action(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> HttpResponseBase | None:
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            if not self._is_id(chosen):
                self.message_user(request, "What was chosen is none of these rows.", messages.WARNING)
                return None
        answer: HttpResponseBase | None = super().response_action(request, queryset)
        return answer

    def _is_id(self, text: str) -> bool:
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return "\0" not in text

    # ------------------------------------------------------------ what happened to a row
    def happened(self, request: HttpRequest, row: Any) -> Iterable[Happening]:
        """What happened to a row beside what every thing has: payments, mails and the like."""
        return ()

    def timeline(self, request: HttpRequest, row: Any) -> list[Happening]:
        return in_order(about(row), self.happened(request, row))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Changes of the row's status, the audit trail's entries about it, notes; the newest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {row}",
            "timeline": self.timeline(request, row),
            "opts": self.opts,
            "original": row,
        }
        return TemplateResponse(request, "admin/history.html", context | (extra_context or {}))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.path)


class ReadOnlyAdmin(RowsAdmin):
    """Looked at, never edited: what happens to these rows happens in services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(RowsAdmin):
    """Edited in the form, with an entry in the audit trail in the same transaction. Nothing is deleted here."""

    # Fields whose values stand in the trail; of the others it says that they changed. None is all of them.
    audited_values: ClassVar[Collection[str] | None] = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def saved_fields(self, form: "ModelForm[Any]") -> list[str]:
        """What was changed and is saved here, not by a service."""
        return form.changed_data

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        changed = self.saved_fields(form)
        if change and not changed:
            return
        with transaction.atomic():
            if change:  # only what was changed: the rest may have become different since the form was opened
                columns = {field.name for field in obj._meta.concrete_fields}
                obj.save(update_fields=[name for name in [*changed, "updated_at"] if name in columns])
            else:
                obj.save()
            self._record(request, obj, form, "change" if change else "add")

    def _record(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", verb: str) -> None:
        def values(of: Any) -> dict[str, str]:
            shown = self.audited_values
            return {
                name: str(of.get(name)) if shown is None or name in shown else "(not recorded)"
                for name in self.saved_fields(form)
            }

        audit_record(
            actor=request.user,
            action=f"{obj._meta.model_name}.{verb}",
            target=obj,
            before=values(form.initial) if verb == "change" else {},
            after=values(form.cleaned_data),
        )
