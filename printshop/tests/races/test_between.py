"""Another call that comes between a look and what follows from it: it is seen, and refused in the right words."""

from functools import partial

import pytest
from django.db import transaction

from accounts.models import User
from config.core.errors import Invalid, Missing
from printshop.choices import PrintStatus
from printshop.models import Filament, PrintFile, PrintPart, ScheduledPrint, Shop, Spool
from printshop.services.filaments import filaments, materials, spools
from printshop.services.printers import printers
from printshop.services.prints import parts, prints
from printshop.services.prints.files import print_file_delete, print_file_upload
from printshop.services.prints.from_orders import order_prints_make
from printshop.services.shops.sign_in import etsy_sign_in_begin, etsy_sign_in_finish
from printshop.tests.factories import PrinterFactory, ShopFactory, ShopOrderFactory
from printshop.tests.parts import part_of
from printshop.tests.printing import printer_with, stocked, waiting
from printshop.tests.sliced import print_file, sliced_upload
from tests.interleaving import comes_after, comes_before

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workshop(alice):
    return ShopFactory.create(owner=alice)


@pytest.mark.parametrize(
    "change",
    [
        printers.printer_remove,
        partial(printers.printer_change, name="Another"),
        printers.printer_plate_clear,
        printers.printer_certificate_accept,
    ],
)
def test_a_printer_that_is_removed_twice_at_once_is_missing_then(workshop, alice, change, monkeypatch):
    printer = PrinterFactory.create(shop=workshop)
    remove = partial(printers.printer_remove, actor=alice, printer_id=printer.pk)
    others = comes_before(monkeypatch, printers, "_locked", remove)

    with pytest.raises(Missing):
        change(actor=alice, printer_id=printer.pk)
    assert others == [None]


@pytest.mark.parametrize("change", ["filament_change", "filament_delete", "spool_add"])
def test_a_filament_that_is_deleted_meanwhile_gets_no_spool(workshop, alice, change, monkeypatch):
    filament, spool = stocked(workshop)
    delete = partial(filaments.filament_delete, actor=alice, filament_id=filament.pk)
    place = spools if change == "spool_add" else filaments
    others = comes_before(monkeypatch, place, "filament_locked", delete)
    said = {"filament_change": {"current_amount": 500}, "spool_add": {"initial_amount": 1000}}

    with pytest.raises(Missing):
        getattr(place, change)(actor=alice, filament_id=filament.pk, **said.get(change, {}))
    assert others == [None]
    assert (Filament.objects.get().current_amount, Spool.objects.get()) == (0, spool)


def test_a_spool_is_bound_to_one_slot_at_a_time(workshop, alice, monkeypatch):
    """Whoever binds it to another slot at this moment waits for its filament, as all who change it."""
    printer = printer_with(workshop, "#FF0000")
    _filament, spool = stocked(workshop)
    free = Filament.objects.select_for_update(skip_locked=True)
    others = comes_before(monkeypatch, materials, "_check", transaction.atomic(free.first))

    materials.material_bind(actor=alice, spool_id=spool.pk, material_id=printer.slots.get().pk)
    assert others == [None]


def test_a_spool_that_is_put_away_meanwhile_is_bound_nowhere(workshop, alice):
    printer = printer_with(workshop, "#FF0000")
    _filament, spool = stocked(workshop)
    away = partial(spools.spool_archive, actor=alice, spool_id=spool.pk)

    with comes_after('FROM "printshop_spool"', away), pytest.raises(Invalid, match="put away"):
        materials.material_bind(actor=alice, material_id=printer.slots.get().pk, spool_id=spool.pk)
    assert not spool.slots.exists()


# ---------------------------------------------------------------- files
class TestFiles:
    def test_one_that_is_deleted_meanwhile_is_part_of_nothing(self, workshop, alice):
        file = print_file(workshop)
        delete = partial(print_file_delete, actor=alice, file_id=file.pk)

        with comes_after('FROM "printshop_printfile"', delete) as others, pytest.raises(Missing):
            parts.part_create(actor=alice, file_id=file.pk, sku="BRKT")
        assert (others, PrintPart.objects.exists()) == ([None], False)

    def test_one_that_is_put_in_place_of_a_parts_is_held_before_the_part(self, workshop, alice):
        part, file = part_of(workshop), print_file(workshop, "other.gcode.3mf")
        delete = partial(print_file_delete, actor=alice, file_id=file.pk)

        with comes_after('FROM "printshop_printfile"', delete) as others, pytest.raises(Missing):
            parts.part_change(actor=alice, part_id=part.pk, file_id=file.pk)
        assert others == [None]

    def test_one_that_is_deleted_meanwhile_is_not_printed(self, workshop, alice):
        file = print_file(workshop)
        delete = partial(print_file_delete, actor=alice, file_id=file.pk)

        with comes_after('FROM "printshop_printfile"', delete) as others, pytest.raises(Missing):
            prints.print_create(actor=alice, job_name="Bracket", file_id=file.pk)
        assert (others, ScheduledPrint.objects.exists()) == ([None], False)

    def test_the_newer_one_is_printed_of_a_name_that_is_replaced_meanwhile(self, workshop, alice):
        print_file(workshop)
        upload = partial(print_file_upload, actor=alice, file=sliced_upload())

        with comes_after('FROM "printshop_printfile"', upload) as [*_]:
            made = prints.print_create(actor=alice, job_name="Bracket", file_name="bracket.gcode.3mf")
        assert made.file == PrintFile.objects.get(removed_at=None)

    def test_an_order_is_printed_from_the_newer_one(self, workshop, alice):
        file = print_file(workshop)
        PrintPart.objects.create(shop=workshop, name="Bracket", file=file, sku="BRKT")
        order = ShopOrderFactory.create(shop=workshop, item__sku="BRKT")
        upload = partial(print_file_upload, actor=alice, file=sliced_upload())

        with comes_after('FROM "printshop_printpart"', upload):
            order_prints_make(order_id=order.pk)
        assert ScheduledPrint.objects.get().file == PrintFile.objects.get(removed_at=None)
        assert ScheduledPrint.objects.get().file.file.name


def test_a_failed_print_whose_file_is_deleted_meanwhile_stays_out_of_the_queue(workshop, alice, monkeypatch):
    file = print_file(workshop)
    job = waiting(workshop, file=file, status=PrintStatus.FAILED)
    others = comes_before(
        monkeypatch, prints, "print_files_hold", partial(print_file_delete, actor=alice, file_id=file.pk)
    )

    with pytest.raises(prints.WrongStatus, match="deleted"):
        prints.print_change(actor=alice, print_id=job.pk, status="queued")
    assert others == [None]


# ---------------------------------------------------------------- Etsy
def test_two_first_sign_ins_by_etsy_at_once_open_one_account(etsy, there):
    """The second finds no shop, then one that the first has opened meanwhile: it is theirs."""

    def enter():
        started = etsy_sign_in_begin(actor=None)
        code = etsy.consents(started.auth_url, there)
        return etsy_sign_in_finish(actor=None, code=code, code_verifier=started.code_verifier)

    started = etsy_sign_in_begin(actor=None)
    code = etsy.consents(started.auth_url, there)
    with comes_after('FROM "printshop_shop"', enter) as others:
        late = etsy_sign_in_finish(actor=None, code=code, code_verifier=started.code_verifier)

    assert ([other.is_new_user for other in others], late.is_new_user) == ([True], False)
    assert late.sign_in.user == others[0].sign_in.user == User.objects.get()
    assert Shop.objects.get().owner == late.sign_in.user
