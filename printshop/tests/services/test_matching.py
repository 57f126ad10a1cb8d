"""Which slot each filament comes from, as docs/reference/printshop.md says."""

from decimal import Decimal

import pytest

from printshop.services.prints.matching import EXACT, LIKE, PRESET, TYPE, Need, Tray, match

RED, DARK_RED, BLUE = "#FF0000", "#D80000", "#0000FF"


def need(position=1, color=RED, material="PLA", preset="", grams=None):
    return Need(position, preset, material, color, None if grams is None else Decimal(grams))


def tray(number, color=RED, material="PLA", preset="", grams=None):
    return Tray(number, material, preset, color, None if grams is None else Decimal(grams))


@pytest.mark.parametrize(
    ("trays", "slot", "worst"),
    [
        ([tray(1), tray(2, BLUE, preset="GFA00")], 2, PRESET),  # one alone has the preset
        ([tray(1), tray(2, BLUE, preset="GFA00"), tray(3, BLUE, preset="GFA00")], 1, EXACT),
        ([tray(1, DARK_RED), tray(2)], 2, EXACT),
        ([tray(1, BLUE), tray(2, DARK_RED)], 2, LIKE),
        ([tray(1, "#D70000"), tray(2, BLUE)], 1, LIKE),
        ([tray(1, "#D60000"), tray(2, BLUE)], 1, TYPE),  # 41 of 255 is another colour
        ([tray(1, BLUE, material="pla")], 1, TYPE),
    ],
)
def test_the_best_fit(trays, slot, worst):
    found = match((need(preset="GFA00"),), tuple(trays))
    assert (found.slots, found.worst) == (((1, slot),), worst)


def test_no_fit_is_none():
    found = match((need(),), (tray(1, material="PETG"),))
    assert (found.is_there, found.slots, found.missing) == (False, (), (need(),))
    assert not match((need(),), ()).is_there
    assert match((), ()).is_there


def test_a_colour_that_must_match():
    for trays in ([tray(1, DARK_RED)], [tray(1, BLUE, preset="GFA00")], [tray(1, "")]):
        assert not match((need(preset="GFA00"),), tuple(trays), True).is_there
    assert match((need(),), (tray(1, BLUE), tray(2)), True).slots == ((1, 2),)


@pytest.mark.parametrize("name", ["PA-CF", "PA12-CF", "PAHT-CF", "paht-cf"])
def test_carbon_fibre_nylons_are_one(name):
    assert match((need(material="PA-CF"),), (tray(1, material=name),)).is_there


def test_each_slot_is_used_once():
    assert not match((need(1), need(2)), (tray(1),)).is_there
    assert match((need(1), need(2)), (tray(1), tray(2))).slots == ((1, 1), (2, 2))
    # a looser fit takes no slot from a better one
    assert match((need(1, BLUE), need(2)), (tray(1), tray(2, DARK_RED))).slots == ((1, 2), (2, 1))
    # and moves where another has no choice
    trays = (tray(1, RED), tray(2, RED, preset="X"))
    assert match((need(1, "", ""), need(2, "", "PLA", preset="X")), trays).is_there
    only = (tray(1), tray(2, material="PETG"))
    assert match((need(1, "", ""), need(2, "", "PLA")), only).slots == ((1, 2), (2, 1))


def test_the_slot_that_was_asked_for():
    trays = (tray(1), tray(2, BLUE), tray(3, material="PETG"))
    assert match((need(),), trays, False, 2).slots == ((1, 2),)
    for slot in (3, 4):
        assert not match((need(),), trays, False, slot).is_there
    assert not match((need(),), trays, True, 2).is_there
    assert match((need(1), need(2)), (tray(1), tray(2)), False, 2).slots == ((1, 2), (2, 1))


def test_spools_are_used_up():
    trays = (tray(1), tray(2, grams=500), tray(3, grams=100), tray(4, grams=20))
    assert match((need(grams=50),), trays).slots == ((1, 3),)  # the emptiest that holds enough; unknown last
    assert match((need(grams=10),), trays).slots == ((1, 4),)
    found = match((need(grams=50),), (tray(4, grams=20), tray(5, BLUE, grams=900)))
    assert found.short == ((need(grams=50), tray(4, grams=20)),)  # the colour comes first; it is held
    assert match((need(grams=50),), (tray(1),)).short == ()  # what is not known holds nothing back
