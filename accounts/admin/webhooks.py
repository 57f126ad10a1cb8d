"""Addresses of other programs, and what was sent to them."""

from urllib.parse import urlsplit

from django.contrib import admin

from accounts.models import WebhookMessage, WebhookTarget
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(WebhookTarget)
class WebhookTargetAdmin(ReadOnlyAdmin):
    """Of the address the host alone: what stands behind it is often a secret of its own."""

    list_display = ("created_at", "owner", "name", "host", "failing_since", "paused_until", "ended_at")
    list_select_related = ("owner",)
    search_fields = ("owner__username", "owner__email", "name")
    exclude = ("url", "secret", "claim", "claimed_until")
    readonly_fields = ("host",)

    @admin.display(description="host")
    def host(self, target: WebhookTarget) -> str:
        return urlsplit(target.url).netloc


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "target",
        "event_type",
        "state",
        "attempts",
        "answer_status",
        "next_try_at",
        "sent_at",
    )
    list_filter = ("state", "event_type")
    list_select_related = ("target",)
    search_fields = ("target__owner__username", "target__name", "event_type", "=about", "uuid")
    readonly_fields = ("body",)
