"""Requests an hour, counted in the cache that all processes share. Counting is atomic: one increment a request."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

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
        self.limit = view.limits.get(group)
        if self.limit is None:
            return True
        window = int(time.time()) // self.seconds
        key = f"throttle:{view.dialect}:{view.limit_group}{group}:{who}:{window}"
        try:
            count = self._counted(key)
        except ValueError:  # the counter vanished, or the cache is down: do not punish the caller for it
            return True
        self.left = max(0, self.limit - (count or 0))
        self.reset = (window + 1) * self.seconds
        return (count or 0) <= self.limit

    def _counted(self, key: str) -> int | None:
        """One round trip to the cache, but for the first request of an hour."""
        try:
            return cache.incr(key)
        except ValueError:
            cache.add(key, 0, timeout=self.seconds + 60)
            return cache.incr(key)

    def wait(self) -> float:
        return self.seconds - time.time() % self.seconds
