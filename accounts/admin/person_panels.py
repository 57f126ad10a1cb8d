"""What accounts know of a person, on their page."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from django.http import HttpRequest

from accounts.models import AccountDeletion, DataExport, EmailChange, SocialAccount, User, WebhookEndpoint
from accounts.policies import may_see_sign_ins
from accounts.selectors.sign_ins import api_keys_of, sessions_of
from accounts.services.twofactor import is_enabled
from accounts.services.webhook_endpoints import host_of
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link

SHOWN: Final = 20


def filled(*panels: Iterable[Panel]) -> Iterator[Panel]:
    """Those that have rows, and at the end the names of those that have none."""
    empty = []
    for panel in chain(*panels):
        if panel.rows:
            yield panel
        else:
            empty.append(panel.title)
    if empty:
        yield Panel("Nothing here", (), (), empty=f"{', '.join(empty)}.")


def panels_of(request: HttpRequest, row: User) -> Iterator[Panel]:
    if may_see_sign_ins(request.user, row):
        yield sessions_panel(request, row)
        yield keys_panel(request, row)
        yield ways_in_panel(row)
    yield webhooks_panel(request, row)
    yield own_data_panel(request, row)


def sessions_panel(request: HttpRequest, row: User) -> Panel:
    """Where they are signed in. One query."""
    return Panel(
        "Sessions",
        ("Session", "Network", "Program", "Since", "Seen", "Ends"),
        [
            (
                link(session.get_kind_display(), row_address(request, "accounts.Session", session.pk)),
                session.network,
                session.agent,
                session.created_at,
                session.seen_at,
                session.ends_at,  # type: ignore[attr-defined]
            )
            for session in sessions_of(actor=request.user, user=row)[:SHOWN]
        ],
        empty="They are signed in nowhere.",
    )


def keys_panel(request: HttpRequest, row: User) -> Panel:
    """One query."""
    return Panel(
        "API keys",
        ("Key", "Begins with", "For", "Made", "Last used", "Expires", "Ended"),
        [
            (
                link(key.name, row_address(request, "accounts.ApiKey", key.pk)),
                key.prefix,
                ", ".join(key.scopes),
                key.created_at,
                key.last_used_at,
                key.expires_at,
                key.ended_at,
            )
            for key in api_keys_of(actor=request.user, user=row)[:SHOWN]
        ],
    )


def ways_in_panel(row: User) -> Panel:
    """How they sign in, and changes of their address. Three queries."""
    rows: list[tuple[object, object, object]] = [
        ("Password", "set" if row.has_usable_password() else "none", ""),
        ("Two-factor authentication", "on" if is_enabled(row) else "off", ""),
    ]
    rows += [
        (account.get_provider_display(), account.email, account.created_at)
        for account in SocialAccount.objects.filter(user=row).order_by("provider")
    ]
    rows += [
        (
            "Address " + ("changed" if change.confirmed_at else "to be confirmed"),
            f"{change.old_email} → {change.new_email}",
            change.confirmed_at or change.requested_at,
        )
        for change in EmailChange.objects.filter(user=row).order_by("-pk")[:SHOWN]
    ]
    return Panel("How they sign in", ("What", "", "When"), rows)


def webhooks_panel(request: HttpRequest, row: User) -> Panel:
    """One query."""
    endpoints = WebhookEndpoint.objects.filter(target__owner=row, target__ended_at=None).select_related("target")
    return Panel(
        "Webhooks",
        ("Endpoint", "For", "Host", "State", "Failing since"),
        [
            (
                link(f"#{endpoint.pk}", row_address(request, "accounts.WebhookEndpoint", endpoint.pk)),
                endpoint.description,
                host_of(endpoint.target.url),
                endpoint.target.get_state_display(),
                endpoint.target.failing_since,
            )
            for endpoint in endpoints.order_by("-pk")[:SHOWN]
        ],
    )


def own_data_panel(request: HttpRequest, row: User) -> Panel:
    """Exports of their data, and deletions that were asked for. Two queries."""
    rows: list[tuple[object, ...]] = [
        (
            link("Export", row_address(request, "accounts.DataExport", export.pk)),
            f"{export.get_state_display()}, {export.progress} %",
            str(export.asked_by or ""),
            export.created_at,
            export.ended_at,
            "",
        )
        for export in DataExport.objects.filter(user=row).select_related("asked_by").order_by("-pk")[:SHOWN]
    ]
    deletions = AccountDeletion.objects.filter(user=row).select_related("asked_by").order_by("-pk")
    rows += [
        (
            link("Deletion", row_address(request, "accounts.AccountDeletion", deletion.pk)),
            f"{deletion.get_state_display()}, due {deletion.due_at:%d %B %Y}",
            str(deletion.asked_by or ""),
            deletion.created_at,
            deletion.ended_at,
            " ".join(deletion.in_the_way or ()),
        )
        for deletion in deletions[:SHOWN]
    ]
    return Panel("Their data", ("What", "State", "Asked by", "Asked", "Ended", "In the way"), rows)
