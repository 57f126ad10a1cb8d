"""From what people type to words that can be compared: one spelling, misspellings mended, synonyms made one."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Final

MOST_CHARACTERS: Final = 2000
_QUESTION: Final = (
    "how|what|whats|where|when|which|who|why|can|could|does|do|did|is|are|will|would|should|tell|give|show"
)
_SPLIT: Final = re.compile(
    rf"[.!?]+(?=\s|$)|[\n;]+|,?\s+(?:and|also|plus|then)\s+(?=(?:{_QUESTION})\b)|,\s+(?=(?:{_QUESTION})\b)"
)
_WORD: Final = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:-[a-z]+)*|\"|%|#")

# Words that say nothing about what is asked.
EMPTY: Final = frozenset(
    """
    a about actually after again all also am an and any anyone anything are as at be been being but by can cause
    could did do does doing dont done each either else ever every for from further get gets getting give go
    going got had has have having here hey hi how however i if im in into is isnt it its ive just kind know lets
    like look make many may me might mine more most much must my need needed needs no not now of off ok okay on
    once one only or other our out over own please pls plz possible pretty probably quite rather really right
    roughly said same say see should show so some someone something somewhere sort still such sure take taken
    takes tell than thanks thank that thats the their them then there these they thing things think this those
    through to too u under up us use used using usually very want wanted wants was way we well were what whats
    when where whether which while who whole whom why will wish with without wondering wont would yes yet you
    your approximately approx around exactly exact total actual real current currently today first last new old
    good best better first-time quick question questions help hello dear team explain describe info information
    detail details mean means curious able let long big high far often soon work works happen happens sorry
    anyway normally typical typically average complete completely come comes went try tried trying find put set
    next available
    start started keep kept hear heard read write there's hows wheres
    """.split()
)

_CONTRACTIONS: Final = {
    "n't": " not",
    "'s": " is",
    "'re": " are",
    "'ve": " have",
    "'m": " am",
    "'ll": " will",
    "'d": " would",
}

# What is typed in haste for the small words that make a question. Longer words are mended by `mended`.
_HASTY: Final = {
    "wat": "what",
    "wut": "what",
    "whut": "what",
    "wich": "which",
    "wen": "when",
    "ur": "your",
    "r": "are",
    "hav": "have",
    "shud": "should",
    "cud": "could",
}
_SMALL: Final = "the what how and can this that with does your have much many when where which will would could should"
_WORDS_LIKE_SLIPS: Final = frozenset({"dose"})


def _slips() -> dict[str, str]:
    """Two neighbours swapped ("teh", "waht") in a small word, where that makes no other word."""
    found = dict(_HASTY)
    for word in _SMALL.split():
        for i in range(len(word) - 1):
            slip = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
            if slip not in EMPTY and slip not in _WORDS_LIKE_SLIPS:
                found[slip] = word
    return found


_SLIPS: Final = _slips()


def plain(text: str) -> str:
    """Lower case, without accents, fancy quotes, invisible characters and slips in small words."""
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    text = text.replace("’", "'").replace("‘", "'").replace("×", " x ").replace("″", '"').replace("”", '"')
    text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    for short, long in _CONTRACTIONS.items():
        text = text.replace(short, long)
    text = re.sub(r"(?<![\w'-])[a-z]{1,6}(?![\w'-])", lambda word: _SLIPS.get(word.group(), word.group()), text)
    return re.sub(r"(?<=\d),(?=\d{1,2}\b)", ".", text)


def sentences(text: str) -> list[str]:
    """The single questions of a message, in plain spelling."""
    return [part.strip() for part in _SPLIT.split(plain(text)) if re.search(r"[a-z0-9]", part)]


def is_question(sentence: str) -> bool:
    """Whether it begins as a question does; the marks are gone from sentences."""
    return bool(re.match(rf"(?:{_QUESTION})\b", sentence))


def tokens(sentence: str) -> list[str]:
    return _WORD.findall(sentence)


def stem(word: str) -> str:
    """Without its ending: "refunds", "refunded" and "refunding" are one word."""
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, instead in (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lse":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(maxsize=8192)
def distance(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many or swapped with their neighbour (Damerau and Levenshtein)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, previous, row = row, before, [i] + [0] * len(other)
        for j, wanted in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if previous and i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], previous[j - 2] + 1)
    return row[-1]


def mended(word: str, vocabulary: Collection[str], correct: Collection[str] = ()) -> str:
    """The word of the vocabulary that it is a misspelling of, or the word itself. Short words are left alone, and those
    that are `correct`."""
    if len(word) < 4 or word in vocabulary or word in correct or word in EMPTY or not word.isalpha():
        return word
    allowed = 1 if len(word) < 8 else 2
    best, found = allowed + 1, word
    for known in vocabulary:
        if abs(len(known) - len(word)) > allowed or known[0] != word[0] or len(known) < 4:
            continue
        apart = distance(word, known)
        if apart < best:
            best, found = apart, known
    return found
