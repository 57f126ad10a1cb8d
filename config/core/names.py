"""Names, titles and other text of one line, which are shown among other text: none of them may break the line, turn
what stands around it, or leave nothing to be seen."""

import re
import unicodedata
from typing import Final

LONGEST_LINE: Final = 255
"""Text that may be longer is no name: its lines are its writer's own."""

_BREAKS: Final = re.compile("[\t-\r\x1c-\x1e\x85\u2028\u2029]+")
# Controls, and what makes "exe.glb" of "blg.exe" before the eye, also in what follows. The marks of direction and the
# joiners stay, which Arabic, Hebrew, Persian and emoji are written with; and so does the zero byte, which is refused.
_CONTROLS: Final = re.compile("[\x01-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Letters, marks and signs, as Unicode has them, that show nothing; and what it keeps free for more of them.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U000e0000-\U000e0fff]"
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def is_seen(text: str) -> bool:
    """Is there anything in it that a reader sees? The zero byte counts: it is refused as itself."""
    return any(sign == "\0" or (unicodedata.category(sign) not in _UNSEEN and not _BLANK.match(sign)) for sign in text)


def one_line(text: str) -> str:
    """The text with blanks for line breaks, without controls and what overrides its direction, and without blanks at
    its ends; empty when nothing of it is seen."""
    if not text.isprintable():
        text = _CONTROLS.sub("", _BREAKS.sub(" ", text))
    return text.strip() if is_seen(text) else ""
