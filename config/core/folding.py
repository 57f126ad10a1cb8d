"""Text in the form in which it is compared: how it is written (case, width, composed or not) makes no difference."""

import unicodedata
from typing import Final

# Combining classes of marks that are written or left out at will: accents of Latin, Greek and Cyrillic letters, vowel
# points of Hebrew and Arabic. Signs that are letters of their own (Indic vowels and viramas, Japanese voicing marks,
# tones of Thai) have other classes and stay.
_OPTIONAL: Final = frozenset({*range(10, 36), 202, *range(214, 235)})
_TATWEEL: Final = "\N{ARABIC TATWEEL}"  # only makes a word longer


def folded(text: str) -> str:
    """The same for all spellings of a name: NFKC, then upper case, then casefold, so that ı and i, K and k are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper().casefold())


def folded_for_search(text: str) -> str:
    """As `folded`, and without accents, vowel points and what cannot be seen; blanks of any kind become one."""
    if text.isascii():
        return " ".join(text.lower().split())
    letters = [
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if unicodedata.combining(letter) not in _OPTIONAL
        and letter != _TATWEEL
        and unicodedata.category(letter) != "Cf"
    ]
    return " ".join(folded("".join(letters)).split())
