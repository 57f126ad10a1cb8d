"""What stands above every list of the admin site."""

from dataclasses import dataclass
from typing import Any

from django.template import Context, Library

from adminpanel import policies
from adminpanel.services.saved_filters import query_kept

register = Library()


@dataclass(frozen=True)
class Shown:
    row: Any
    is_current: bool
    may_remove: bool


@register.simple_tag(takes_context=True)
def list_tools(context: Context) -> dict[str, Any]:
    """Saved filters of the list, and whether what is shown now can be saved."""
    request, label = context["request"], context["opts"].label
    now = query_kept(request.GET.urlencode())
    rows = policies.saved_filters_visible_to(request.user).filter(list=label).order_by("name", "pk")
    return {
        "saved": [Shown(row, row.query == now, policies.may_remove_filter(request.user, row)) for row in rows],
        "query": now,
        "may_share": policies.may_share_filters(request.user),
    }
