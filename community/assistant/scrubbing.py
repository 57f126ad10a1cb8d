"""What a language model writes, made fit to be shown: no links but to this site, no control characters, not too long.

A front-end that shows Markdown would load a picture from any address in an answer, and an address can carry what the
model read. So addresses are taken out, here and word by word, because an answer is shown while it is written. An
address is what a browser makes of it, after Markdown: `https:evil.example` and `&#47;&#47;evil.example` are some.
"""

import html
import re
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

REMOVED: Final = "[link removed]"
_ADDRESS: Final = re.compile(
    r"(?:https?|wss?|ftp|file):[^\s<>()\[\]\"']+"  # browsers need no slashes there
    r"|(?:[a-z][a-z0-9+.-]*:)?//[^\s<>()\[\]\"']+|www\.[^\s<>()\[\]\"']+|(?:data|javascript|vbscript|blob):[^\s]+",
    re.I,
)
_WORD: Final = re.compile(r"\S+")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]")


class Scrubber:
    """Takes the pieces of one answer. The last word is held back until it is whole."""

    def __init__(self, longest: int) -> None:
        self._left = longest
        self._waiting = ""
        self.has_said_something = False

    def take(self, text: str) -> str:
        self._waiting += text
        end = max(self._waiting.rfind(" "), self._waiting.rfind("\n")) + 1
        if not end and len(self._waiting) > 2000:  # no word is so long
            end = len(self._waiting)
        whole, self._waiting = self._waiting[:end], self._waiting[end:]
        return self._clean(whole)

    def rest(self) -> str:
        whole, self._waiting = self._waiting, ""
        return self._clean(whole)

    def _clean(self, text: str) -> str:
        clean = _WORD.sub(_without_addresses, _CONTROL.sub("", text))[: self._left]
        self._left -= len(clean)
        self.has_said_something |= bool(clean.strip())
        return clean


def _without_addresses(word: re.Match[str]) -> str:
    """The word as it is, unless it is or hides an address: read as Markdown first, then as browsers do, to which a
    backslash is a slash."""
    plain = html.unescape(word.group())
    for read in (_ESCAPED.sub(r"\1", plain), plain.replace("\\", "/")):
        read = "".join(read.split())
        if _ADDRESS.search(read):
            return _ADDRESS.sub(_allowed, read)
    return word.group()


def _allowed(found: re.Match[str]) -> str:
    """Addresses of this site may stay."""
    own = {urlsplit(address).netloc for address in (settings.FRONTEND_URL, settings.PUBLIC_URL)}
    try:
        parts = urlsplit(found.group())
    except ValueError:
        return REMOVED
    return found.group() if parts.scheme in {"http", "https"} and parts.netloc in own else REMOVED
