"""Buttons on a thing's page: each is one decision of staff, with a form where it needs one, done by a service."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordInput,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from config.adminsite.actions import once_for
from config.adminsite.presses import Press, answered_again
from config.core.audit import MOST_REASON
from config.core.errors import DomainError, Kind

ANOTHER_SINCE: Final = "It is another one since: look at it first."

# By the kind of field, so that forms say only what is asked.
WIDGETS: Sequence[tuple[type[forms.Field], type[forms.Widget]]] = (
    (forms.EmailField, UnfoldAdminEmailInputWidget),
    (forms.DecimalField, UnfoldAdminDecimalFieldWidget),
    (forms.BooleanField, UnfoldBooleanWidget),
    (forms.CharField, UnfoldAdminTextInputWidget),
)


class DecisionForm(forms.Form):
    """What a decision asks for. A form is made for a row, as `self.row`, and may set limits and words by it."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        for name, asked in self.fields.items():
            widget = _widget(asked)
            if widget is not None:
                attrs = asked.widget.attrs
                asked.widget = widget
                asked.widget.attrs |= {key: value for key, value in attrs.items() if key != "class"}
                asked.widget.is_required = asked.required
            self.fields[name] = asked


def choose(field: forms.Field, choices: Sequence[tuple[Any, str]]) -> None:
    """What a ChoiceField of a form offers for its row."""
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 (its class says so)
    field.choices = choices


def _widget(asked: forms.Field) -> forms.Widget | None:
    if isinstance(asked.widget, forms.Textarea):
        return UnfoldAdminTextareaWidget()
    if isinstance(asked.widget, forms.PasswordInput):
        return UnfoldAdminPasswordInput(attrs={"autocomplete": "off"})
    if isinstance(asked, forms.ChoiceField) and not isinstance(asked, forms.MultipleChoiceField):
        return UnfoldAdminSelectWidget(choices=asked.choices)
    if type(asked.widget) not in {forms.TextInput, forms.NumberInput, forms.EmailInput, forms.CheckboxInput}:
        return None
    return next((widget() for kind, widget in WIDGETS if isinstance(asked, kind)), None)


class ReasonForm(DecisionForm):
    """Words for whom it concerns, and for the trail. Histories of states and refunds keep as many letters."""

    reason = forms.CharField(max_length=200, help_text="Is told to those whom it concerns.")


class TrailForm(DecisionForm):
    """Words for the trail alone."""

    reason = forms.CharField(max_length=MOST_REASON, help_text="Stands in the audit trail, for colleagues alone.")


class NoteForm(DecisionForm):
    text = forms.CharField(label="Note", max_length=2000, widget=forms.Textarea, help_text="For staff alone.")


Decide = Callable[..., str | HttpResponseBase]


def decision(
    description: str,
    *,
    form: type[DecisionForm] = DecisionForm,
    permissions: Sequence[str],
    may: Callable[[Any], bool] | None = None,
    when: Callable[[Any], bool] | None = None,
    warning: str = "",
    icon: str | None = None,
    danger: bool = False,
) -> Callable[[Decide], Any]:
    """A method of a RecordAdmin named in its `actions_detail`: `(self, request, row, sent, once) -> str`.

    `sent` is the form's cleaned data, `once` the same for a button that was pressed twice. The method calls one service
    and gives the words that are told, or a response of its own. A refusal is shown at the field that it names.
    `permissions` are `has_<name>_permission(request, object_id)`; `may` is a policy that is asked of the caller beside
    them, for buttons of the apps above, which name `view` there; `when` says in which states of a row the button is
    there; `warning` says what follows.
    """

    def decorate(decide: Decide) -> Any:
        @wraps(decide)
        def asked(page: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            row = page.get_object(request, unquote(str(object_id)))
            if row is None or not page.has_view_permission(request, row):
                raise Http404
            press: Press = request.press  # type: ignore[attr-defined]
            if not page.may_press(request, row, asked):
                if press.is_second:
                    return press.instead(_address(page, row))
                page.message_user(request, f"“{description}” is not possible now.", messages.WARNING)
                return back_to(page, row)
            if request.GET.get("seen", page.seen(row)) != page.seen(row):
                if press.is_second:
                    return press.instead(_address(page, row))
                page.message_user(request, ANOTHER_SINCE, messages.WARNING)
                return back_to(page, row)
            sent = form(request.POST if request.method == "POST" else None, row=row)
            again = request.POST.get("once", "")
            if sent.is_valid():
                try:
                    told = decide(page, request, row, sent.cleaned_data, once_for(request, row))
                except DomainError as refusal:
                    if press.is_second:
                        return press.instead(_address(page, row))
                    sent.add_error(refusal.field if refusal.field in sent.fields else None, refusal.message)
                    if refusal.kind == Kind.INVALID:  # a gateway's refusal is kept: the next press asks anew
                        again = ""
                else:
                    response = told if isinstance(told, HttpResponseBase) else back_to(page, row)
                    if isinstance(told, str):
                        page.message_user(request, told, messages.SUCCESS)
                    press.done(told if isinstance(told, str) else "Done.", response)
                    return response
            return _page(page, request, row, sent, description, warning, danger, again or str(uuid4()))

        made = answered_again(
            action(
                method_decorator(sensitive_post_parameters())(asked),
                description=description,
                permissions=permissions,
                url_path=decide.__name__.replace("_", "-"),
                icon=icon,
                variant=ActionVariant.DANGER if danger else ActionVariant.DEFAULT,
            )
        )
        for button in (made, asked):
            vars(button).update(may=may, when=when)
        return made

    return decorate


def back_to(page: Any, row: models.Model) -> HttpResponse:
    """To the thing's page."""
    return HttpResponseRedirect(_address(page, row))


def _address(page: Any, row: models.Model) -> str:
    names = (page.admin_site.name, row._meta.app_label, row._meta.model_name)
    return reverse("{}:{}_{}_change".format(*names), args=(quote(row.pk),))


def _page(
    page: Any,
    request: HttpRequest,
    row: models.Model,
    sent: forms.Form,
    description: str,
    warning: str,
    danger: bool,
    once: str,
) -> HttpResponse:
    if not page.has_view_permission(request, row):
        raise PermissionDenied
    request.current_app = page.admin_site.name  # type: ignore[attr-defined]
    for name in [*(wrong for wrong in sent.fields if wrong in sent.errors), *sent.fields][:1]:
        sent.fields[name].widget.attrs["autofocus"] = True
    context = {
        **page.admin_site.each_context(request),
        "title": f"{description}: {row}",
        "opts": page.opts,
        "original": row,
        "form": sent,
        "warning": warning,
        "description": description,
        "danger": danger,
        "once": once,
        "back": back_to(page, row).headers["Location"],
    }
    return TemplateResponse(request, "admin/decision.html", context)
