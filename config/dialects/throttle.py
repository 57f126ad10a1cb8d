"""Requests an hour and a minute, counted in the cache that all processes share: one increment a request."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.core.rates import counted

if TYPE_CHECKING:
    from config.dialects.base import DialectView


class HourlyThrottle(BaseThrottle):
    """Limits come from the view's `limits`: {"anonymous": 100, "user": 1000}; administrators may have none.

    Views of one `limit_group` are counted together, those of a dialect without one too.
    """

    seconds = 3600

    def allow_request(self, request: Request, view: "DialectView") -> bool:  # type: ignore[override]
        if settings.RATE_LIMITS == "off":
            return True
        user = request.user
        if user.is_authenticated:
            if view.administrators_unlimited and user.is_administrator:
                return True
            group, who = "user", str(user.pk)
        else:
            group, who = "anonymous", str(self.get_ident(request))
        self.limit, together = self.limit_of(view, group)
        if self.limit is None:
            return True
        count = counted(f"throttle:{view.dialect}:{together}{group}:{who}", seconds=self.seconds)
        self.left = max(0, self.limit - count.number)
        self.reset = count.reset
        return count.number <= self.limit

    def limit_of(self, view: "DialectView", group: str) -> tuple[int | None, str]:
        """How many requests, and the name of those that are counted together."""
        return view.limits.get(group), view.limit_group

    def wait(self) -> float:
        return self.seconds - time.time() % self.seconds


class MinuteThrottle(HourlyThrottle):
    """For operations that cost more than others, beside the hour's: a view's `minute_limits` are {action: (name, 5)}.
    Actions of one name are counted together. They bind those who are signed in."""

    seconds = 60

    def limit_of(self, view: "DialectView", group: str) -> tuple[int | None, str]:
        name, limit = view.minute_limits.get(view.action, ("", None))
        return (limit if group == "user" else None), f"{name}:"
