"""Addresses of other programs, and what was sent to them. Of an address the host alone is shown: what stands behind it
is often a secret of its own."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import policies
from accounts.choices import EVERY_EVENT, WebhookEvent, WebhookState
from accounts.gateways.webhook_addresses import LONGEST
from accounts.models import WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.services import webhook_platform as services
from accounts.services.webhook_endpoints import host_of
from config.adminsite.actions import once_for
from config.adminsite.decisions import DecisionForm, decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.core.errors import DomainError
from config.core.idempotency import Once

SHOWN = 50


class EndpointForm(DecisionForm):
    """The fields of `platform_endpoint_create`."""

    url = forms.CharField(label="Address", max_length=LONGEST, help_text="https, and public.")
    description = forms.CharField(max_length=200, required=False)
    events = forms.MultipleChoiceField(
        choices=[
            (EVERY_EVENT, "all, and what is added"),
            *((name, name) for name in WebhookEvent.values),
        ],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


def is_of_platform(endpoint: WebhookEndpoint) -> bool:
    return endpoint.target.owner_id is None


def is_heard(endpoint: WebhookEndpoint) -> bool:
    return endpoint.target.state == WebhookState.ACTIVE


def is_tested(endpoint: WebhookEndpoint) -> bool:
    return is_of_platform(endpoint) and is_heard(endpoint)


class LookedAfter(RecordAdmin):
    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_manage_webhooks(request.user)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookedAfter):
    """Those of people are made by themselves, through the API; the platform's are made here."""

    list_display = ("id", "whose", "host", "description", "told_of", "state", "failing_since", "created_at")
    list_filter = ("target__state",)
    list_select_related = ("target__owner",)
    search_fields = ("target__owner__username", "target__name", "description")
    ordering = ("-pk",)
    fields = (
        *("whose", "host", "description", "told_of", "state", "failing_since", "paused_until", "old_secret_until"),
        "created_at",
    )
    readonly_fields = (
        *("whose", "host", "told_of", "state", "failing_since", "paused_until", "old_secret_until"),
        "created_at",
    )
    decisions = ("send_test", "replace_secret", "pause", "enable", "remove")

    # ------------------------------------------------------------ what is shown
    @admin.display(description="whose")
    def whose(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint.target.owner or "the platform")

    @admin.display(description="host")
    def host(self, endpoint: WebhookEndpoint) -> str:
        return host_of(endpoint.target.url)

    @admin.display(description="events")
    def told_of(self, endpoint: WebhookEndpoint) -> str:
        return "all" if EVERY_EVENT in endpoint.events else ", ".join(endpoint.events)

    @admin.display(description="state", ordering="target__state")
    def state(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.target.get_state_display()

    @admin.display(description="failing since", ordering="target__failing_since")
    def failing_since(self, endpoint: WebhookEndpoint) -> Any:
        return endpoint.target.failing_since

    @admin.display(description="left alone until")
    def paused_until(self, endpoint: WebhookEndpoint) -> Any:
        return endpoint.target.paused_until

    @admin.display(description="a replaced secret signs until")
    def old_secret_until(self, endpoint: WebhookEndpoint) -> Any:
        return endpoint.target.old_secret_until

    @admin.display(description="made", ordering="target__created_at")
    def created_at(self, endpoint: WebhookEndpoint) -> Any:
        return endpoint.target.created_at

    def panels(self, request: HttpRequest, row: WebhookEndpoint) -> Iterator[Panel]:
        yield Panel(
            "Messages",
            ("Message", "Event", "About", "State", "Tries", "Last answer", "Next try", "Sent"),
            [
                (
                    link(message.webhook_id, row_address(request, "accounts.WebhookMessage", message.pk)),
                    message.event_type,
                    message.about,
                    message.get_state_display(),
                    message.attempts,
                    message.answer_status or message.error,
                    message.next_try_at if message.sent_at is None else "",
                    message.sent_at,
                )
                for message in WebhookMessage.objects.filter(target=row.target_id).order_by("-pk")[:SHOWN]
            ],
            numeric=(4,),
            note="What ended is forgotten in time.",
        )

    # ------------------------------------------------------------ making one of the platform's
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.may_manage_webhooks(request.user)

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        blank = WebhookEndpoint()
        form = EndpointForm(request.POST if request.method == "POST" else None, row=blank)
        if form.is_valid():
            try:
                made = services.platform_endpoint_create(
                    actor=request.user, once=once_for(request, blank), **form.cleaned_data
                )
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                return self._secret(request, made)
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": "Make a webhook of the platform",
            "opts": self.opts,
            "original": "of the platform",
            "form": form,
            "warning": "It is told of what happens in everybody's accounts.",
            "description": "Make a webhook",
            "once": request.POST.get("once") or str(uuid4()),
            "back": reverse("admin:accounts_webhookendpoint_changelist"),
        }
        return TemplateResponse(request, "admin/decision.html", context)

    def _secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        """The one page that shows it."""
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": f"The secret of {endpoint}",
            "opts": self.opts,
            "original": endpoint,
            "secret": endpoint.target.secret,
            "back": reverse("admin:accounts_webhookendpoint_change", args=(endpoint.pk,)),
        }
        return TemplateResponse(request, "admin/accounts/webhook_secret.html", context)

    # ------------------------------------------------------------ decisions
    @decision("Send a test", permissions=["manage"], when=is_tested, icon="send")
    def send_test(self, request: HttpRequest, row: WebhookEndpoint, sent: dict[str, Any], once: Once) -> str:
        services.platform_endpoint_test(actor=request.user, endpoint_id=row.pk)
        return "A test is on its way."

    @decision(
        "Replace the secret",
        permissions=["manage"],
        when=is_of_platform,
        icon="key",
        warning="The new one is shown on the next page and never again. For 24 hours the old one signs beside it.",
    )
    def replace_secret(
        self, request: HttpRequest, row: WebhookEndpoint, sent: dict[str, Any], once: Once
    ) -> HttpResponse:
        made = services.platform_secret_replace(actor=request.user, endpoint_id=row.pk, once=once)
        return self._secret(request, made)

    @decision(
        "Pause",
        permissions=["manage"],
        when=is_heard,
        icon="pause",
        warning="What happens meanwhile is not told; what waits goes on waiting.",
    )
    def pause(self, request: HttpRequest, row: WebhookEndpoint, sent: dict[str, Any], once: Once) -> str:
        services.endpoint_pause(actor=request.user, endpoint_id=row.pk)
        return "Paused."

    @decision(
        "Enable",
        permissions=["manage"],
        when=lambda row: not is_heard(row),
        icon="play_arrow",
        warning="What waits is sent.",
    )
    def enable(self, request: HttpRequest, row: WebhookEndpoint, sent: dict[str, Any], once: Once) -> str:
        services.endpoint_enable(actor=request.user, endpoint_id=row.pk)
        return "Enabled."

    @decision(
        "Remove",
        permissions=["manage"],
        when=is_of_platform,
        icon="delete",
        danger=True,
        warning="Nothing more is sent, also not what waits.",
    )
    def remove(self, request: HttpRequest, row: WebhookEndpoint, sent: dict[str, Any], once: Once) -> HttpResponse:
        services.platform_endpoint_remove(actor=request.user, endpoint_id=row.pk)
        self.message_user(request, "Removed.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_webhookendpoint_changelist"))


@admin.register(WebhookTarget)
class WebhookTargetAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "owner", "name", "host", "state", "failing_since", "paused_until", "ended_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "owner__email", "name")
    exclude = ("url", "secret", "old_secrets", "claim", "claimed_until")
    readonly_fields = ("host", "state")

    @admin.display(description="host")
    def host(self, target: WebhookTarget) -> str:
        return host_of(target.url)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(LookedAfter):
    list_display = (
        *("created_at", "target", "event_type", "about", "state", "attempts", "answer_status", "next_try_at"),
        "sent_at",
    )
    list_filter = ("state", "event_type")
    list_select_related = ("target",)
    search_fields = ("target__owner__username", "target__name", "event_type", "=about", "uuid")
    readonly_fields = ("body",)
    decisions = ("replay",)

    @decision(
        "Send once more",
        permissions=["manage"],
        when=lambda row: row.target.state == WebhookState.ACTIVE and row.target.ended_at is None,
        icon="replay",
        warning="The same message, with the same id; what waits is tried at once.",
    )
    def replay(self, request: HttpRequest, row: WebhookMessage, sent: dict[str, Any], once: Once) -> str:
        services.message_replay_by_staff(actor=request.user, message_id=row.pk)
        return "It is on its way."
