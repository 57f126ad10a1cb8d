"""What a page would load from other hosts: scripts, styles, pictures, frames. Links that people follow are none."""

import re

LOADED = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|embed|object|input)\b[^>]*\b(?:src|href|srcset|data|poster)=[\"']?"
    r"((?:https?:)?//[^\"'\s>]+)"
    r"|(?:url\(|@import )[\"']?((?:https?:)?//[^\"')\s]+)",
    re.IGNORECASE,
)


def loaded_from_elsewhere(text: str) -> list[str]:
    return [found[1] or found[2] for found in LOADED.finditer(text)]
