"""The fonts of PDF documents: one for most texts, and for each other script the first that has its characters.

All are Noto, under the SIL Open Font Licence (`fonts/OFL.txt`); `fonts/README.md` says how the files were made.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

FOLDER: Final = Path(__file__).with_name("fonts")
BASE: Final = "NotoSans-Regular"
BOLD: Final = "NotoSans-Bold"
OTHERS: Final = tuple(f"Noto{name}-Regular" for name in "SansArabic SansHebrew SansThai SansSC SansKR Emoji".split())
"""The first of them that has a character shows it. The large ones stand behind the small."""
JOINING: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Belongs to what stands before it, whichever font that is in: shapes, and sequences of emoji, hang together by it."""
PLAIN: Final = 0x058F
"""The last of the scripts of the base font that are written sign by sign."""
PUNCTUATION: Final = frozenset("\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u00d7")
NO_SIGN: Final = "\ufffd"
"""Stands for a character that no font here has."""


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.ttf"


@cache
def covered(name: str) -> frozenset[int]:
    """The code points that a font has."""
    with TTFont(file_of(name), lazy=True) as font:
        return frozenset(font.getBestCmap())


def writable(text: str) -> str:
    """The text as it can be written: what would turn its direction, or has no sign of its own, is taken out, and for
    what no font has stands `NO_SIGN`. Line ends stay."""
    kept = (sign for sign in unicodedata.normalize("NFC", text) if _is_shown(sign))
    return "".join(sign if sign == "\n" or font_of(sign) else NO_SIGN for sign in kept)


def _is_shown(sign: str) -> bool:
    return sign == "\n" or sign in JOINING or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@cache
def font_of(sign: str) -> str:
    """The font that shows a character; '' when none does."""
    code = ord(sign)
    return next((name for name in (BASE, *OTHERS) if sign in JOINING or code in covered(name)), "")


def needed(text: str) -> dict[str, set[int]]:
    """The fonts beside BASE that a `writable` text needs, each with the code points that it is needed for."""
    found: dict[str, set[int]] = {}
    for sign in set(text) - JOINING - {"\n"}:
        name = font_of(sign)
        if name not in (BASE, ""):
            found.setdefault(name, set()).add(ord(sign))
    return {name: found[name] | _shared(name) for name in OTHERS if name in found}


def is_shaped(text: str) -> bool:
    """Whether its signs change with those beside them; in Latin, Greek and Cyrillic they do not."""
    return any(ord(sign) > PLAIN or unicodedata.combining(sign) for sign in set(text) - PUNCTUATION)


def _shared(name: str) -> set[int]:
    return {ord(sign) for sign in JOINING} & covered(name)
