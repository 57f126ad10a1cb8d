"""Text in the form in which it is compared: how it is written (case, width, composed or not) makes no difference."""

import unicodedata
from typing import Final

# Combining classes of marks that are written or left out at will: accents of Latin, Greek and Cyrillic letters, vowel
# points of Hebrew and Arabic. Signs that are letters of their own (Indic vowels and viramas, Japanese voicing marks,
# tones of Thai) have other classes and stay.
_OPTIONAL: Final = frozenset({*range(10, 36), 202, *range(214, 235)})
_TATWEEL: Final = "\N{ARABIC TATWEEL}"  # only makes a word longer
# One letter in several characters: Urdu and Persian keyboards write yeh, kaf and heh with others than Arabic ones, and
# an Arabic word may end in either form. Aspirated letters and the yeh barree of Urdu are letters of their own. And what
# telephones make of apostrophes, quotation marks and hyphens.
_ONE_LETTER: Final = str.maketrans(
    {
        letter: plain
        for plain, letters in (
            ("\N{ARABIC LETTER YEH}", "\N{ARABIC LETTER ALEF MAKSURA}\N{ARABIC LETTER FARSI YEH}"),
            ("\N{ARABIC LETTER KAF}", "\N{ARABIC LETTER KEHEH}"),
            ("\N{ARABIC LETTER HEH}", "\N{ARABIC LETTER HEH GOAL}\N{ARABIC LETTER AE}"),
            ("\N{ARABIC LETTER HEH}", "\N{ARABIC LETTER TEH MARBUTA}\N{ARABIC LETTER TEH MARBUTA GOAL}"),
            ("\N{ARABIC LETTER ALEF}", "\N{ARABIC LETTER ALEF WASLA}"),
            ("'", "\u2018\u2019\u02bc"),
            ('"', "\u201c\u201d"),
            ("-", "\u2010\u2012\u2013\u2014\u2212"),
        )
        for letter in letters
    }
)


def folded(text: str) -> str:
    """The same for all spellings of a name: NFKC, then upper case, then casefold, so that ı and i, K and k are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper().casefold())


def folded_for_search(text: str) -> str:
    """As `folded`, and without accents, vowel points and what cannot be seen; blanks of any kind become one, and so do
    the digits of all scripts and the characters of one Arabic letter."""
    if text.isascii():
        return " ".join(text.lower().split())
    letters = [
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if unicodedata.combining(letter) not in _OPTIONAL
        and letter != _TATWEEL
        and unicodedata.category(letter) != "Cf"
    ]
    plain = "".join(_digit(letter) for letter in letters).translate(_ONE_LETTER)
    return " ".join(folded(plain).split())


def _digit(letter: str) -> str:
    """A decimal digit as 0 to 9, and any other character as it is."""
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
