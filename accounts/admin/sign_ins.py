"""What people are signed in with and their API keys, in Django's admin site: looked at and ended, never the secrets."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import ApiKey, Session
from accounts.policies import may_decide_about_people, sign_ins_visible_to
from accounts.services.api_keys import api_key_end
from accounts.services.signed_in import session_end
from config.adminsite.actions import confirmed, for_each
from config.adminsite.decisions import decision
from config.adminsite.records import RecordAdmin
from config.core.idempotency import Once


class SignInRows:
    """How people sign in: of nobody above who looks."""

    person: ClassVar[str] = "user"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.filter(sign_ins_visible_to(request.user, self.person))


class SignInAdmin(SignInRows, RecordAdmin):
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    ordering = ("-pk",)
    actions = ("end",)
    decisions = ("end_one",)

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_decide_about_people(request.user)


@admin.register(Session)
class SessionAdmin(SignInAdmin):
    list_display = fields = ("created_at", "user", "kind", "network", "agent", "seen_at", "expires_at")
    list_filter = ("kind",)

    @decision("End", permissions=["end"], icon="logout", warning="They are signed out there.")
    def end_one(self, request: HttpRequest, row: Session, sent: dict[str, Any], once: Once) -> HttpResponse:
        session_end(actor=request.user, user_id=row.user_id, session_id=row.pk)
        self.message_user(request, "Ended.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=(row.user_id,)))

    @admin.action(description="End: sign out there", permissions=["end"])
    @confirmed
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        for_each(
            self,
            request,
            sessions,
            lambda session: session_end(actor=request.user, user_id=session.user_id, session_id=session.pk),
        )


@admin.register(ApiKey)
class ApiKeyAdmin(SignInAdmin):
    list_display = ("created_at", "user", "name", "prefix", "allowed", "expires_at", "last_used_at", "ended_at")
    fields = readonly_fields = list_display

    @admin.display(description="scopes")
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @decision(
        "End",
        permissions=["end"],
        when=lambda row: row.ended_at is None,
        icon="key_off",
        warning="Its programs are refused, and its person is told.",
    )
    def end_one(self, request: HttpRequest, row: ApiKey, sent: dict[str, Any], once: Once) -> str:
        api_key_end(actor=request.user, user_id=row.user_id, key_id=row.pk)
        return "Ended; its person is told."

    @admin.action(description="End: its programs are refused, its person is told", permissions=["end"])
    @confirmed
    def end(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for_each(self, request, keys, lambda key: api_key_end(actor=request.user, user_id=key.user_id, key_id=key.pk))
