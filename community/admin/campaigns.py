"""E-mail campaigns in Django's admin site: administrators write and send them, staff look on."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from community import policies
from community.admin.written import Previewed, WrittenAdmin
from community.choices import CampaignStatus
from community.models import CampaignRecipient, EmailCampaign
from community.services import campaigns
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(EmailCampaign)
class EmailCampaignAdmin(Previewed, WrittenAdmin):
    """Content is HTML; scripts, forms and the like are left out when it is saved."""

    create = staticmethod(campaigns.campaign_create)
    update = staticmethod(campaigns.campaign_update)
    remove = staticmethod(campaigns.campaign_delete)
    key = "campaign_id"
    written = ("name", "subject", "segment", "content", "scheduled_at")
    list_display = (
        *("name", "segment", "status", "scheduled_at", "sent_at", "recipients_count", "opened_count"),
        *("clicked_count", "bounced_count", "unsubscribed_count"),
    )
    list_filter = ("status", "segment")
    search_fields = ("name", "subject")
    ordering = ("-created_at", "-pk")
    fields = (
        *("name", "subject", "segment", "scheduled_at", "content", "preview", "status", "sent_at", "finished_at"),
        *("recipients_count", "opened_count", "clicked_count", "bounced_count", "unsubscribed_count"),
    )
    readonly_fields = (
        *("preview", "status", "sent_at", "finished_at"),
        *("recipients_count", "opened_count", "clicked_count", "bounced_count", "unsubscribed_count"),
    )
    actions = ("send",)

    def preview_html(self, row: EmailCampaign) -> str:
        context = {"subject": row.subject, "letter": row.content, "unsubscribe_url": "#", "site": "#"}
        return render_to_string("email/campaign.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return policies.may_send_campaigns(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.status != CampaignStatus.SENT
        return is_open and policies.may_send_campaigns(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.may_send_campaigns(request.user)

    @admin.action(description="Send now", permissions=["change"])
    @confirmed
    def send(self, request: HttpRequest, rows: QuerySet[EmailCampaign]) -> None:
        for_each(self, request, rows, lambda row: campaigns.campaign_send(actor=request.user, campaign_id=row.pk))


@admin.register(CampaignRecipient)
class CampaignRecipientAdmin(ReadOnlyAdmin):
    list_display = ("campaign", "user", "created_at", "opened_at", "clicked_at", "bounced_at")
    list_select_related = ("campaign", "user")
    search_fields = ("=user__username",)
    ordering = ("-pk",)
    fields = ("campaign", "user", "created_at", "opened_at", "clicked_at", "bounced_at")
