"""People in Django's admin site. What is decided about them goes through accounts' own services."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action as page_action
from unfold.widgets import INPUT_CLASSES, UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.person_decisions import InvitationForm, PersonDecisions
from accounts.admin.person_panels import filled, panels_of
from accounts.admin.timeline import mails_about
from accounts.models import User
from accounts.policies import is_above, may_decide_about_people
from accounts.services import people
from accounts.services.invitations import staff_invite
from accounts.services.signed_in import sessions_end_all
from config.addresses import address_of
from config.adminsite.actions import confirmed, for_each, once_for
from config.adminsite.amounts import amount
from config.adminsite.panels import Panel
from config.adminsite.ranges import DateRange
from config.adminsite.records import RecordPage
from config.adminsite.rows import AuditedAdmin
from config.adminsite.timeline import Happening
from config.core.errors import DomainError

LEVEL_FIELDS = ("user_type", "is_staff", "is_superuser", "groups")
STATE_FIELDS = (
    "is_active",
    "is_banned",
    "identity_verified",
    "creator_level",
    "email_verified_at",
    "pending_email",
    "last_login",
    "created_at",
)


class PasswordForm(forms.Form):
    """The fields of `people.user_set_password`."""

    own_password = forms.CharField(label="Your own password", max_length=1000, strip=False)
    new_password = forms.CharField(label="Their new password", max_length=1000, strip=False)
    again = forms.CharField(label="The new password again", max_length=1000, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            complete = "current-password" if name == "own_password" else "new-password"
            attrs = {"class": " ".join(INPUT_CLASSES), "autocomplete": complete}
            field.widget = forms.PasswordInput(attrs=attrs)

    def clean(self) -> dict[str, str]:
        sent: dict[str, str] = super().clean() or {}
        if not self.errors and sent["new_password"] != sent["again"]:
            self.add_error("again", "The two passwords are not the same.")
        return sent


admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(PersonDecisions, RecordPage, AuditedAdmin):
    """Names are administrators' to correct, levels superusers' alone. Flags change by the actions."""

    list_display = (
        *("username", "email", "user_type", "identity_verified", "is_active", "is_banned", "is_staff", "created_at"),
    )
    list_filter = (
        *("user_type", "identity_verified", "is_active", "is_banned", "is_staff", "is_superuser"),
        *(("created_at", DateRange), ("last_login", DateRange)),
    )
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("username", "email"), ("first_name", "last_name"), ("phone_number", "profile_image")),
                    *(("is_active", "is_banned"), ("identity_verified", "creator_level"), ("created_at", "last_login")),
                    *(("email_verified_at", "pending_email"), ("paid", "credited"), ("sold", "revenue")),
                )
            },
        ),
        ("Level", {"classes": ("collapse",), "fields": LEVEL_FIELDS}),
    )
    always_shown = ("username", "email", "profile_image", *STATE_FIELDS, "paid", "credited", "sold", "revenue")
    paid, credited = amount("spent", "spent"), amount("earned", "earned")
    sold, revenue = amount("sales_total", "sales of models"), amount("revenue_total", "earned by them")
    audited_values = ()  # names and addresses are private
    actions_list = ("invite",)
    decisions = (*PersonDecisions.decisions, "set_password")
    actions = (
        "verify",
        "unverify",
        "activate",
        "deactivate",
        "ban",
        "unban",
        "end_sessions",
        "make_staff",
        "remove_staff",
        "level_by_sales",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not may_decide_about_people(request.user):
            return False
        return obj is None or (obj.erased_at is None and not is_above(obj, request.user))

    # ------------------------------------------------------------ what belongs to them
    def panels_from_above(self, request: HttpRequest, row: User) -> Iterator[Panel]:
        """What they did comes before how they sign in; of many there is nothing of most kinds."""
        yield from filled(super().panels_from_above(request, row), panels_of(request, row))

    def happened(self, request: HttpRequest, row: User) -> Iterator[Happening]:
        yield from mails_about({}, people=(row.pk,), since=row.created_at)

    # ------------------------------------------------------------ the form
    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody changes their own level."""
        may_set_levels = request.user.is_superuser and obj is not None and obj.pk != request.user.pk
        return self.always_shown if may_set_levels else (*self.always_shown, *LEVEL_FIELDS)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":  # there are few
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def saved_fields(self, form: "ModelForm[User]") -> list[str]:
        return [name for name in form.changed_data if name not in LEVEL_FIELDS]

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if set(form.changed_data) & set(LEVEL_FIELDS):
            chosen = {name: form.cleaned_data[name] for name in LEVEL_FIELDS}
            people.user_set_level(actor=request.user, user_id=obj.pk, **chosen)

    # ------------------------------------------------------------ somebody new
    def has_invite_permission(self, request: HttpRequest) -> bool:
        return may_decide_about_people(request.user)

    @page_action(description="Invite to the staff", permissions=["invite"], icon="person_add")
    def invite(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounts_user_invite"))

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_invite_permission(request):
            raise PermissionDenied
        blank = User()
        form = InvitationForm(request.POST if request.method == "POST" else None, row=blank, actor=request.user)
        if form.is_valid():
            try:
                user = staff_invite(actor=request.user, once=once_for(request, blank), **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                self.message_user(request, f"{user.email} is invited, as {user}.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:accounts_user_change", args=(user.pk,)))
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": "Invite to the staff",
            "opts": self.opts,
            "original": "somebody without an account",
            "form": form,
            "warning": "They get a link that opens their account, good for a week. Who has an account is given a level "
            "on their page.",
            "description": "Invite",
            "once": request.POST.get("once") or str(uuid4()),
            "back": reverse("admin:accounts_user_changelist"),
        }
        return TemplateResponse(request, "admin/decision.html", context)

    # ------------------------------------------------------------ their password
    def has_set_password_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.is_superuser) and str(object_id) != str(request.user.pk)

    def get_urls(self) -> list[URLPattern]:
        password, invite = (self.admin_site.admin_view(view) for view in (self.password_view, self.invite_view))
        own = [
            path("<number:user_id>/password/", password, name="accounts_user_password"),
            path("invite/", invite, name="accounts_user_invite"),
        ]
        return [*own, *super().get_urls()]

    @page_action(description="Set a new password", permissions=["set_password"], icon="password")
    def set_password(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounts_user_password", args=(object_id,)))

    @method_decorator(sensitive_post_parameters())
    def password_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """A new password for somebody else; one's own is changed by the page of the menu."""
        if not self.has_set_password_permission(request, user_id):
            raise PermissionDenied
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise Http404
        assert isinstance(request.user, User)  # noqa: S101 (a superuser, as has_set_password_permission says)
        form = PasswordForm(request.POST or None)
        if form.is_valid():
            sent = {name: form.cleaned_data[name] for name in ("own_password", "new_password")}
            try:
                people.user_set_password(actor=request.user, user_id=user.pk, address=address_of(request), **sent)
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                told = f"{user} has a new password, is signed out everywhere, and is told."
                self.message_user(request, told, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:accounts_user_change", args=(user.pk,)))
        context = {**self.admin_site.each_context(request), "title": f"A new password for {user}", "opts": self.opts}
        return TemplateResponse(
            request, "admin/accounts/user/password.html", {**context, "form": form, "original": user}
        )

    # ------------------------------------------------------------ over the people of the list
    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_decide_about_people(request.user)

    def _decide(self, request: HttpRequest, users: QuerySet[User], service: Any) -> None:
        for_each(self, request, users, lambda user: service(actor=request.user, user_id=user.pk))

    @admin.action(description="Verify", permissions=["decide"])
    def verify(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_verify)

    @admin.action(description="Take the verification back", permissions=["decide"])
    def unverify(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_unverify)

    @admin.action(description="Activate", permissions=["decide"])
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_activate)

    @admin.action(description="Deactivate, and end all sessions", permissions=["decide"])
    @confirmed
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_deactivate)

    @admin.action(description="Ban: end all sessions, hide page and listings", permissions=["decide"])
    @confirmed
    def ban(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_ban)

    @admin.action(description="Lift the ban", permissions=["decide"])
    def unban(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_unban)

    @admin.action(description="End all sessions and API keys", permissions=["decide"])
    @confirmed
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, sessions_end_all)

    @admin.action(description="Let sales decide the creator level again", permissions=["decide"])
    def level_by_sales(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, partial(people.creator_level_set, level=""))

    @admin.action(description="Make staff", permissions=["decide"])
    def make_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_make_staff)

    @admin.action(description="Remove from staff", permissions=["decide"])
    @confirmed
    def remove_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._decide(request, users, people.user_remove_staff)


@admin.register(Group)
class LevelGroupAdmin(GroupAdmin, AuditedAdmin):  # type: ignore[misc]
    """The groups behind the levels keep their names, by which they are known."""

    audited_values = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("name",) if obj is not None and obj.name in people.LEVEL_GROUPS else ()
