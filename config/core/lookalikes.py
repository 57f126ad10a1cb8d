"""What a name looks like: letters of several scripts in one, and letters that are drawn like others (UTS 39)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.utils import load

# Scripts that people mix within a word: "highly restrictive" in UTS 39, section 5.2.
_TOGETHER: Final = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
_OF_NO_SCRIPT: Final = frozenset({"COMMON", "INHERITED"})
# Letters and digits, as Unicode has them, that show nothing.
_INVISIBLE: Final = frozenset("\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{HANGUL FILLER}")

_LETTERS_AND_DIGITS: Final = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd"})  # without apostrophes and the like (Lm)
_NO_LETTERS_AT_THE_END: Final = re.compile(r"[\d\W_]+\Z")


def mixes_scripts(text: str) -> bool:
    """Has it letters or digits of scripts that nobody writes in one word, or some that cannot be seen?

    Latin goes with Japanese, Chinese or Korean. ASCII digits and punctuation go with everything; digits of one script
    neither with another's nor with ASCII ones.
    """
    if _INVISIBLE & set(text):
        return True
    scripts = {_script(letter) for letter in text} - _OF_NO_SCRIPT
    digits = {ord(letter) - unicodedata.decimal(letter) for letter in text if letter.isdecimal()}
    return len(digits) > 1 or (len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER))


def _script(letter: str) -> str:
    if "\N{ARABIC-INDIC DIGIT ZERO}" <= letter <= "\N{ARABIC-INDIC DIGIT NINE}":
        return "ARABIC"  # and its neighbours, which is why Unicode has them as of no script
    return str(alias(letter))


def reads_like(text: str, words: Iterable[str]) -> bool:
    """Does it look like one of the words, but for case, marks, punctuation, and digits at its end?"""
    known = {skeleton(word) for word in words}
    return not known.isdisjoint({skeleton(text), skeleton(_NO_LETTERS_AT_THE_END.sub("", text))})


def skeleton(text: str) -> str:
    """The same for texts that look alike: after UTS 39, section 4, without case, marks and punctuation."""
    bare = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    drawn = "".join(map(_drawn, bare)).casefold()
    drawn = "".join(map(_drawn, drawn)).replace("l", "i")  # a capital i is drawn like a small L
    return "".join(letter for letter in drawn if unicodedata.category(letter) in _LETTERS_AND_DIGITS)


def _drawn(letter: str) -> str:
    return _forms().get(letter, letter)


@cache
def _forms() -> dict[str, str]:
    """Of each character that is drawn like others, the form that stands for all of them; "rn" stands for "m"."""
    alike: dict[str, set[str]] = {}
    for one, others in load("confusables.json").items():
        group = {_unmarked(one), *(_unmarked(other["c"]) for other in others)}
        for form in list(group):
            group |= alike.get(form, set())
        for form in group:
            alike[form] = group
    return {form: min(group, key=_preference) for form, group in alike.items() if len(form) == 1}


def _unmarked(form: str) -> str:
    return form.replace("\N{LEFT-TO-RIGHT MARK}", "")


def _preference(form: str) -> tuple[bool, bool, int, str]:
    """Several letters before one; then ASCII, small letters, capitals, others; then what is no letter (a dash)."""
    ascii_order = 0 if form.islower() else 1 if form.isupper() else 2
    return len(form) == 1, not form.isascii(), ascii_order if form.isascii() else form.isalnum(), form
