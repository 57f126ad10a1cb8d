"""What the models' pages in Django's admin site share."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin

from accounts.backends import address_of
from adminpanel.services.audit import audit_record
from config.core.errors import DomainError
from config.core.money import quantise


def for_each(
    page: ModelAdmin, request: HttpRequest, rows: models.QuerySet[Any], decide: Callable[[Any], object]
) -> None:
    """Run a service for every chosen row. Says for how many it was done, and of the others why it was refused."""
    done = 0
    for row in rows.order_by("pk"):
        try:
            decide(row)
        except DomainError as refusal:
            page.message_user(request, f"{row}: {refusal.message}", messages.WARNING)
        else:
            done += 1
    page.message_user(request, f"{done} done.", messages.SUCCESS if done else messages.INFO)


def amount(name: str, description: str = "") -> Callable[[ModelAdmin, Any], str]:
    """A column or field that shows an amount of a row in the row's own currency, such as "599.99 PKR"."""

    @admin.display(description=description or name.replace("_", " "), ordering=name)
    def shown(_page: ModelAdmin, row: Any) -> str:
        return f"{quantise(getattr(row, name), row.currency)} {row.currency}"

    shown.__name__ = f"{name}_shown"
    return shown


def age(moment: datetime) -> str:
    """For how long, in one unit."""
    return "now" if timezone.now() - moment < timedelta(minutes=1) else timesince(moment, depth=1)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Looked at, never edited: what happens to these rows happens in services."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]
    """Edited in the form, with an entry in the audit trail in the same transaction. Nothing is deleted here."""

    list_per_page = 50
    show_full_result_count = False
    # Fields whose values stand in the trail; of the others it says that they changed. None is all of them.
    audited_values: ClassVar[Collection[str] | None] = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        with transaction.atomic():
            if change:  # only what was changed: the rest may have become different since the form was opened
                columns = {field.name for field in obj._meta.concrete_fields}
                obj.save(update_fields=[name for name in [*form.changed_data, "updated_at"] if name in columns])
            else:
                obj.save()
            self._record(request, obj, form, "change" if change else "add")

    def _record(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", verb: str) -> None:
        def values(of: Any) -> dict[str, str]:
            shown = self.audited_values
            return {
                name: str(of.get(name)) if shown is None or name in shown else "(not recorded)"
                for name in form.changed_data
            }

        audit_record(
            actor=request.user,
            action=f"{obj._meta.model_name}.{verb}",
            target=obj,
            before=values(form.initial) if verb == "change" else {},
            after=values(form.cleaned_data),
            address=address_of(request) or None,
        )
