"""Addresses on the web that people send, and others follow."""

from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator


def is_link(text: str) -> bool:
    """Whether it is an http(s) address, of whatever host, and nothing that a browser would run or read as another: no
    name before the host, which passes for it, no blanks, quotes or signs that are not seen."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    readable = text.isprintable() and not any(sign.isspace() or sign in '\\"<>`' for sign in text)
    return readable and parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc


class _WebPage(URLValidator):
    """Documents of the API see by its base that the text is an address."""

    def __call__(self, value: str | None) -> None:
        super().__call__(value)
        if not is_link(str(value)):
            raise ValidationError(self.message, code=self.code)


web_page_validate: Final = _WebPage(schemes=["http", "https"])
"""The same of a host that the whole web knows. Raises ValidationError."""
