"""What a name looks like."""

import pytest

from config.core.lookalikes import mixes_scripts, reads_like, skeleton

RESERVED = ("admin", "administrator", "root", "support", "staff", "moderator", "system", "atelier", "nexus")


@pytest.mark.parametrize(
    "name",
    [
        "\u0430dmin",  # Cyrillic a
        "\u0430\u217em\u0456\u0578",
        "sc\u03bfpe",  # Greek o
        "\u13aadmin",  # Cherokee
        "Юрийbob",
        "ボㄅ",  # Bopomofo beside Katakana
        "bob\u09e7",  # Bengali digit
        "bob\u0665",  # Arabic digit, drawn like an o
        "بوب1\u0661",  # two kinds of digits
        "admin\u3164",
        "admin\u1160",
        "a\u115fb",
    ],
)
def test_scripts_that_nobody_mixes(name):
    assert mixes_scripts(name)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "José-María_9",
        "Łukasz",
        "straße",
        "nguyễn",
        "山田taro",
        "ヤマダ太郎1",
        "ひらがなbob",
        "ラーメン",
        "王bob",
        "김철수kim",
        "Юрий2",
        "αβγ",
        "תום",
        "محمد\u0661\u0662",
        "देव\u0967",
        "",
    ],
)
def test_scripts_that_people_write(name):
    assert not mixes_scripts(name)


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "ADMIN",
        "admin1",
        "Admin_2026",
        "a.d-m_i+n",
        "_admin_",
        "adm1n",
        "ADMlN",
        "adm|n",
        "adrnin",
        "systern",
        "r00t",
        "supp0rt9",
        "mod\u00e9rator",
        "atel\u0131er19",
        "ATEL\u0130ER",
        "\u0430dmin",
        "\u0251dmin",  # Latin alpha
        "\uff41\uff44\uff4d\uff49\uff4e",
        "admin\u02bc",
        "admin\u0640",
        "admin\u30fc",
        "admin\u0660",
        "a\u0301dm\u0323in",
    ],
)
def test_what_reads_like_a_reserved_word(name):
    assert reads_like(name, RESERVED)


@pytest.mark.parametrize(
    "name",
    ["alice", "admins", "adam", "roots", "stafford", "supporter", "nexusfan", "root.beer", "2024", "_", "", "li"],
)
def test_what_does_not(name):
    assert not reads_like(name, RESERVED)


def test_a_skeleton_is_of_letters_and_digits():
    assert skeleton("R\u043e\u043et!") == skeleton("root") == "root"
    assert skeleton("\u200e\u2066") == ""
