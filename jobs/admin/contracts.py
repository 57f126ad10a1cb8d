"""Contracts in the admin site: what the two sides agreed on, who signed it when, and whether it still reads so."""

from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.timeline import mails_about
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening, status_changes
from jobs.models import Contract, ContractChange
from jobs.services.contracts import terms_digest


@admin.register(Contract)
class ContractAdmin(RecordAdmin):
    """Nothing is decided here: it ends with its job."""

    list_display = (
        *("id", "job", "buyer", "artist", "rights_type", "amount", "status"),
        *("artist_signed_at", "buyer_signed_at", "deadline", "created_at"),
    )
    list_filter = ("status", "rights_type", "currency")
    list_select_related = ("job", "buyer", "artist")
    search_fields = ("=id", "=job__id", "job__title", "buyer__username", "artist__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("job", "status"), ("buyer", "artist"), ("amount", "rights_type"), ("deadline", "created_at")),
                    "terms",
                )
            },
        ),
    )
    readonly_fields = ("status", "created_at")

    def panels(self, request: HttpRequest, row: Contract) -> Iterator[Panel]:
        yield Panel(
            "Signatures",
            ("Side", "Who", "Signed"),
            [
                (side, link(who, row_address(request, "accounts.User", who.pk)), at or "not yet")
                for side, who, at in (
                    ("Buyer", row.buyer, row.buyer_signed_at),
                    ("Artist", row.artist, row.artist_signed_at),
                )
            ],
            note=as_signed(row),
        )
        others = row.job.contracts.exclude(pk=row.pk).order_by("-pk")
        yield Panel(
            "Other contracts for this job",
            ("Contract", "State", "Made"),
            [
                (
                    link(f"Contract {other.pk}", row_address(request, "jobs.Contract", other.pk)),
                    other.get_status_display(),
                    other.created_at,
                )
                for other in others[:50]
            ],
        )

    def happened(self, request: HttpRequest, row: Contract) -> Iterator[Happening]:
        for change in status_changes(row.job):
            yield Happening(change.at, f"{row.job}: {change.what}", change.who, change.note, "work")
        for who, at in ((row.buyer, row.buyer_signed_at), (row.artist, row.artist_signed_at)):
            if at is not None:
                yield Happening(at, "Signed", who.username, icon="ink_pen")
        yield from mails_about({"contract_id": row.pk}, people=(row.buyer_id, row.artist_id), since=row.created_at)


def as_signed(contract: Contract) -> str:
    if not contract.terms_digest:
        return "Nobody has signed it yet; its buyer may still change it."
    if contract.terms_digest == terms_digest(contract):
        return f"It reads as it was signed: SHA-256 {contract.terms_digest}."
    return f"It no longer reads as it was signed: SHA-256 {contract.terms_digest} does not match."


@admin.register(ContractChange)
class ContractChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "contract", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("contract", "actor")
    search_fields = ("=contract__id",)
