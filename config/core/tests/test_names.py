"""Names as they are shown among other text."""

import pytest

from config.core.file_names import file_name_cleaned
from config.core.names import is_seen, one_line

UNSEEN = [
    *("", " \t\n", "\u200b", "\u2060\u00ad", "\ufeff", "\u200d\u200c", "\u3164", "\u115f\u1160", "\uffa0"),
    *("\u2800", "\u034f", "\ufe0f", "\u180e", "\u202e", "\u2066\u2069", "\u00a0\u3000", "\u2028", "\U000e0041"),
    "\U000e0100",
]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_shows_nothing(text):
    assert not is_seen(text)
    assert one_line(text) == ""
    assert file_name_cleaned(text, default="file") == "file"


@pytest.mark.parametrize(
    "text",
    [
        "Blue vase",
        "نامه\u200cها",  # Persian joins no letters there
        "ක්\u200dරි",
        "👩\u200d🚀 ❤\ufe0f",
        "\u200fשלום\u200e",
        "한글",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "é",
        "-",
    ],
)
def test_what_scripts_need_stays(text):
    assert (is_seen(text), one_line(text)) == (True, text)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("blue\u202eblg.exe\u202c", "blueblg.exe"),
        ("\u2066a\u2069 \u2067b", "a b"),
        ("Blue\r\n\tvase\u2028x", "Blue vase x"),
        ("\x1b[31mred\x7f\x9f", "[31mred"),
        ("a\0b", "a\0b"),  # is refused, where it is checked what a database takes
    ],
)
def test_one_line_in_its_own_order(sent, kept):
    assert one_line(sent) == kept
