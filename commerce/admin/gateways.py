"""What payment gateways told, calls that are done once, and the sandbox's own books, in the admin site."""

from django.contrib import admin

from commerce.models import GatewayEvent, SandboxIntent, SandboxRefund
from config.adminsite.rows import ReadOnlyAdmin
from config.core.models import IdempotentCall
from config.core.money import from_minor_units


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "gateway", "event_type", "reference", "applied_at", "attempts", "error")
    list_filter = ("gateway", "event_type")
    search_fields = ("=event_id", "=reference", "=object_reference")


@admin.register(IdempotentCall)
class IdempotentCallAdmin(ReadOnlyAdmin):
    """Without the answers, which are their callers' alone."""

    list_display = fields = ("user", "key", "operation", "made_label", "made_id", "status", "created_at", "answered_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "=key")


@admin.register(SandboxIntent)
class SandboxIntentAdmin(ReadOnlyAdmin):
    """Without the client secret and the address of the 3-D Secure page, which are the payer's."""

    list_display = fields = ("reference", "asked", "status", "failure_code", "given_back", "created_at")
    readonly_fields = ("asked", "given_back")
    list_filter = ("status", "currency")
    search_fields = ("=reference",)

    @admin.display(description="amount", ordering="amount")
    def asked(self, intent: SandboxIntent) -> str:
        return _of_units(intent.amount, intent.currency)

    @admin.display(description="refunded", ordering="refunded")
    def given_back(self, intent: SandboxIntent) -> str:
        return _of_units(intent.refunded, intent.currency)


@admin.register(SandboxRefund)
class SandboxRefundAdmin(ReadOnlyAdmin):
    list_display = fields = ("reference", "intent", "given_back", "created_at")
    readonly_fields = ("given_back",)
    list_select_related = ("intent",)
    search_fields = ("=reference",)

    @admin.display(description="amount", ordering="amount")
    def given_back(self, refund: SandboxRefund) -> str:
        return _of_units(refund.amount, refund.intent.currency)


def _of_units(units: int, currency: str) -> str:
    return f"{from_minor_units(units, currency)} {currency}"
