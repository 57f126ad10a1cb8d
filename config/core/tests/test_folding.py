"""One form for all spellings of a text."""

import pytest

from config.core.folding import folded, folded_for_search

SPELLINGS = {
    "istanbul": ["İstanbul", "ISTANBUL", "ıstanbul", "istanbul", "I\u0307stanbul"],
    "ecole": ["École", "e\u0301cole", "ÉCOLE", "ｅcole", "ecole"],
    "strasse": ["Straße", "STRASSE", "STRAẞE", "ſtrasse"],
    "красныи закат": ["Красный закат", "КРАСНЫЙ\u3000ЗАКАТ", "красный\tзакат"],
    "οδοσ": ["ΟΔΟΣ", "Οδός", "οδος"],
    "kelvin": ["\u212aelvin", "Kelvin"],
    "محمد": ["مُحَمَّد", "محمد", "مـحمد"],
    "شايد": ["شاید", "شايد"],
    "علي كتاب": ["علی کتاب", "على كتاب", "علي\u00a0كتاب"],
    "كهاني": ["کہانی", "كهاني"],
    "مدرسه": ["مدرسة", "مدرسۃ", "مدرسه"],
    "2026 in 12": ["٢٠٢٦ in १२", "۲۰۲۶ IN 12", "２０２６ in 12"],
    "o'brien's \"big-art\"": ["O\u2019Brien\u2018s \u201cbig\u2013art\u201d", "O'Brien's \"big-art\""],
    "שלום": ["שָׁלוֹם", "שלום"],
    "हिन्दी": ["हिन्दी", "हि\u200dन्दी"],
    "ガラス": ["ｶﾞﾗｽ", "カ\u3099ラス", "ガラス"],
    "zero": ["ze\u200bro", "ze\u00adro"],
}


@pytest.mark.parametrize(
    ("text", "form"), [(spelling, form) for form, spellings in SPELLINGS.items() for spelling in spellings]
)
def test_for_a_search_every_spelling_is_one(text: str, form: str) -> None:
    assert folded_for_search(text) == form


def test_what_means_something_else_stays_apart() -> None:
    """Vowels of Hindi, voiced Japanese syllables, tones of Thai, aspirated letters and the last yeh of Urdu."""
    for one, other in (("की", "का"), ("が", "か"), ("ไม้", "ไม่"), ("ज़", "ज"), ("بھائی", "بہائی"), ("لڑکے", "لڑکی")):
        assert folded_for_search(one) != folded_for_search(other)


@pytest.mark.parametrize("fold", [folded, folded_for_search])
def test_the_form_of_a_form_is_itself(fold) -> None:
    for letter in map(chr, range(0x20, 0x30000)):
        if not 0xD800 <= ord(letter) < 0xE000:
            assert fold(fold(letter)) == fold(letter)


def test_a_name_keeps_its_accents() -> None:
    assert folded("É") == folded("e\u0301") == "é"
    assert {folded(letter) for letter in "ıIi"} == {"i"}
    assert {folded(letter) for letter in "\u212aKk"} == {"k"}
