"""The order of a queue, what starts, why the others wait and until when; working hours."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from printshop.services.prints.hours import Hours, opens
from printshop.services.prints.matching import Need, Tray
from printshop.services.prints.plan import MOST_PASSED_OVER, PrinterState, Waiting, in_order, plan

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOADED = (Tray(1, "PLA", "", "#FF0000", Decimal(500)),)
RED = (Need(1, "", "PLA", "#FF0000", Decimal(50)),)


def printer(number=1, *, left=None, code="", trays=LOADED, model=""):
    """Free; busy for so many hours; or not to be had, with a code."""
    is_free = left is None and not code
    at = NOW if is_free else NOW + left * HOUR if left is not None else None
    state = PrinterState(number, f"P{number}", model, trays, code != "printer_offline", is_free, at)
    state.code = code or ("" if is_free else "printer_busy")
    state.words = "" if is_free else f"P{number} {state.code}"
    return state


def job(number, **columns):
    return Waiting(**{"id": number, "priority": 5, "needs": RED, "minutes": 60} | columns)


def made(queue, printers, hours=None):
    return plan(queue=queue, printers=printers, hours=hours or Hours(), now=NOW)


def started(done):
    return [(start.waiting.id, start.printer_id) for start in done.starts]


def ids(queue):
    return [each.id for each in in_order(queue, NOW)]


def test_priority_then_ship_date_then_arrival():
    queue = [
        job(1),
        job(2, ship_by=NOW + 9 * timedelta(days=1)),
        job(3, priority=2),
        job(4, ship_by=NOW + 8 * timedelta(days=1)),
        job(5, priority=1),
        job(6),
    ]
    assert ids(queue) == [5, 3, 4, 2, 1, 6]


def test_an_order_becomes_urgent_as_its_day_comes():
    days = timedelta(days=1)
    queue = [job(n, is_of_order=True, ship_by=NOW + left * days) for n, left in enumerate((6, 4.5, 2.5, 1.5, -3), 1)]
    assert ids([*queue, job(9, priority=3), job(10, priority=4)]) == [5, 4, 3, 9, 2, 10, 1]


def test_what_was_passed_over_often_goes_first():
    queue = [job(1, priority=9, times_passed_over=MOST_PASSED_OVER), job(2, priority=1)]
    assert ids(queue) == [1, 2]
    done = made([job(1, priority=9), job(2, priority=1), job(3, priority=1)], [printer(1)])
    assert (started(done), done.passed_over) == ([(2, 1)], {1})
    done = made([job(1, priority=9, needs=(Need(1),)), job(2, priority=1)], [printer(1)])
    assert done.passed_over == {1}
    assert made([job(1), job(2)], [printer(1)]).passed_over == set()
    held = job(1, priority=9, not_before=NOW + HOUR)
    assert made([held, job(2, priority=1)], [printer(1)]).passed_over == set()


def test_what_is_printed_of_nobody_knows_what_waits_where_an_ams_is_loaded():
    done = made([job(1, needs=())], [printer(1)])
    assert started(done) == []
    assert done.notes[1].code == "material"
    assert "say which material or which slot" in done.notes[1].words
    external = Tray(255, "PETG", "", "#FFFFFF")
    for trays in ((), (external,)):
        assert started(made([job(1, needs=())], [printer(1), printer(2, trays=trays)])) == [(1, 2)]


def test_a_printer_takes_one():
    done = made([job(1), job(2), job(3)], [printer(1), printer(2)])
    assert started(done) == [(1, 1), (2, 2)]
    assert done.notes[3].start == NOW + HOUR
    assert done.notes[3].words == "All 2 printers that fit are taken."
    only = made([job(1, printer_id=1), job(2, printer_id=1)], [printer(1)])
    assert (only.notes[2].code, only.notes[2].words) == ("queue", "Another print goes first on P1.")


def test_a_held_print_does_not_block_later_ones():
    queue = [
        job(1, needs=(Need(1, "", "PETG", "#000000", None),)),
        job(2, needs=(Need(1, "", "PLA", "#FF0000", Decimal(501)),)),
        job(3, model="X1C"),
        job(4, printer_id=9),
        job(5),
    ]
    done = made(queue, [printer(1, model="Bambu Lab P1S")])
    assert started(done) == [(5, 1)]
    assert [(done.notes[n].code, done.notes[n].words, done.notes[n].start) for n in (1, 2, 3, 4)] == [
        ("material", "No printer has PETG in #000000 loaded.", None),
        ("filament_short", "Slot 1 of P1 holds 500 g, it needs 501 g.", None),
        ("file_model", "The file was sliced for a X1C. The shop has none.", None),
        ("no_printer", "Its printer was removed. Choose another one.", None),
    ]


def test_print_anyway():
    short = (Need(1, "", "PLA", "#FF0000", Decimal(501)),)
    assert started(made([job(1, needs=short, print_anyway=True)], [printer(1)])) == [(1, 1)]


def test_another_printer_that_holds_enough_is_taken():
    low = printer(1, trays=(Tray(1, "PLA", "", "#FF0000", Decimal(10)),))
    assert started(made([job(1)], [low, printer(2)])) == [(1, 2)]


def test_the_printer_with_the_better_colour_is_taken():
    blue = printer(1, trays=(Tray(1, "PLA", "", "#0000FF", None),))
    assert started(made([job(1)], [blue, printer(2)])) == [(1, 2)]


@pytest.mark.parametrize("code", ["printer_offline", "printer_paused", "plate", "printer_off", "monitored_only"])
def test_no_honest_estimate(code):
    note = made([job(1, printer_id=1)], [printer(1, code=code)]).notes[1]
    assert (note.code, note.start) == (code, None)


def test_estimates_follow_each_other():
    queue = [job(1, minutes=30), job(2, minutes=None), job(3), job(4, not_before=NOW + 50 * HOUR), job(5)]
    done = made(queue, [printer(1, left=2)])
    assert [(done.notes[n].start - NOW) / HOUR for n in (1, 2, 3, 4, 5)] == [2, 2.5, 3.5, 50, 4.5]
    assert done.notes[4].code == "not_before"
    assert done.wakes_at == NOW + 50 * HOUR


def test_estimates_of_prints_for_whichever_is_free_first():
    done = made([job(n) for n in range(1, 6)], [printer(1, left=1), printer(2, left=1.5), printer(3, code="plate")])
    assert [(done.notes[n].start - NOW) / HOUR for n in range(1, 6)] == [1, 1.5, 2, 2.5, 3]


def test_after_a_failed_start_it_waits():
    done = made([job(1, next_try_at=NOW + HOUR)], [printer(1)])
    assert (done.starts, done.notes[1].code, done.notes[1].words, done.notes[1].start) == (
        [],
        "retry",
        None,
        NOW + HOUR,
    )
    assert started(made([job(1, next_try_at=NOW)], [printer(1)])) == [(1, 1)]


def test_nothing_starts_outside_of_the_working_hours():
    hours = Hours.of("Europe/Berlin", [], time(14), time(18))  # 13:00 UTC
    done = made([job(1, minutes=360), job(2)], [printer(1)], hours)
    assert (done.starts, done.notes[1].start, done.notes[2].start) == ([], NOW + HOUR, NOW + 25 * HOUR)
    assert done.notes[1].words == "The shop starts prints again at 2025-01-01 14:00 (Europe/Berlin)."
    assert done.wakes_at == NOW + HOUR


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2025-01-01T21:59", "2025-01-01T22:00"),
        ("2025-01-01T23:00", "2025-01-01T23:00"),
        ("2025-01-02T05:59", "2025-01-02T05:59"),  # Wednesday's, after midnight
        ("2025-01-02T06:00", "2025-01-08T22:00"),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_begin_on(moment, opening):
    hours = Hours.of("UTC", [2], time(22), time(6))
    assert opens(hours, at(moment)) == at(opening)


def test_hours_in_a_zone_that_changes_its_clock():
    hours = Hours.of("America/New_York", [], time(8), time(17))
    assert opens(hours, at("2025-03-08T23:00")) == at("2025-03-09T12:00")
    assert opens(hours, at("2025-03-07T23:00")) == at("2025-03-08T13:00")
    assert opens(Hours.of("Nowhere/There", [], time(8), time(17)), at("2025-01-01T03:00")) == at("2025-01-01T08:00")
    assert opens(Hours.of("UTC", [], None, None), NOW) == NOW
    assert opens(Hours.of("UTC", [6, "x", 9], None, None), NOW) == at("2025-01-05T00:00")
