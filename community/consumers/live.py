"""What the live sockets of communities and support tickets have in common."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.dateparse import parse_datetime

from accounts.sockets import AuthenticatedConsumer

# What was written at one moment may be committed a little after what was written later: it is told again from so long
# before. Who gets something twice knows it by its id.
OVERLAP: Final = timedelta(seconds=10)
FIRST_YEAR: Final = 1970
"""Before it nothing can have been missed, and before the first year there is no moment to look from."""
MOST_MISSED: Final = 500


class LiveConsumer(AuthenticatedConsumer):
    """Whoever comes back says `{"type": "since", "since": …}`, or `?since=…` in the address, and gets what they missed,
    out of the database, as the messages it would have been; then `{"type": "caught_up", "complete": true}`. When that
    is false there was too much: what is shown is to be read anew over REST."""

    @property
    def origin(self) -> str:
        """By which the client knows this site."""
        headers = {name.lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        host = headers.get(b"host", "")
        if not host:
            return settings.FRONTEND_URL
        name, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
        forwarded = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower().encode(), "")
        secure = self.scope.get("scheme") in ("wss", "https") or (bool(name) and forwarded == value)
        return f"{'https' if secure else 'http'}://{host}"

    async def come_back(self) -> None:
        """To be called once the group is joined: nothing falls between what is read and what is pushed."""
        since = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("since", [""])[0]
        if since and self.is_open:
            await self.since(since)

    async def since(self, since: Any) -> None:
        raise NotImplementedError

    async def received(self, content: dict[str, Any]) -> None:
        if content.get("type") == "since":
            if await self._still_welcome():
                await self.since(content.get("since"))
        else:
            await self.refuse("Unknown message")

    async def refuse(self, detail: str) -> None:
        if self.is_open:
            await self.send_json({"type": "error", "detail": detail})

    async def caught_up(self, messages: list[dict[str, Any]], *, complete: bool) -> None:
        for message in messages:
            if self.is_open:
                await self.send_json(message)
        if self.is_open:
            await self.send_json({"type": "caught_up", "complete": complete})


def moment_of(since: Any) -> datetime | None:
    """ISO 8601; without a zone it is UTC."""
    try:
        moment = parse_datetime(since.replace(" ", "+")) if isinstance(since, str) else None
        if moment is None:
            return None
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment if moment.year >= FIRST_YEAR else None
    except (ValueError, OverflowError):
        return None
