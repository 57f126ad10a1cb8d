"""What a file is called when it is saved: the name it came with, less what could do harm."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from config.core.names import is_seen

LONGEST: Final = 150
# What no file system, shell or header likes in a name.
_UNSAFE: Final = re.compile(r'[<>:"|?*;%`$]')


def file_name_cleaned(sent: str, *, default: str) -> str:
    """The name without folders and what cannot be seen, in any script; `default` when nothing is left of it."""
    name = unicodedata.normalize("NFC", sent.encode("utf-8", "ignore").decode())
    name = re.split(r"[/\\]", name)[-1]
    # Also invisible ones, which turn "gpj.exe" into "exe.jpg" before the eye.
    name = "".join(
        character for character in name if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    name = " ".join(_UNSAFE.sub("", name).split()).strip(". ")
    return name if is_seen(name) else default


def with_ending(stem: str, ending: str) -> str:
    """A name of at most LONGEST characters with that ending."""
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"


def file_name_of(sent: str, endings: Sequence[str], *, default: str) -> str:
    """The sender's name for a file without folders and control characters, and with one of the endings that fit its
    content: the first of them where the name has another one.

    So a page or a program that passes for text is saved as text, and opens as such.
    """
    name = file_name_cleaned(sent, default=default)
    stem, dot, ending = name.rpartition(".")
    if not (dot and stem and ending.lower() in endings):
        stem, ending = name, endings[0]
    return with_ending(stem, ending)
