"""Parts that were added or changed: the orders that waited for them get their prints from a worker."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from printshop.models import PrintPart, ScheduledPrint
from printshop.services.prints import from_orders
from printshop.services.prints.from_orders import part_prints_make, part_prints_sweep
from printshop.services.prints.parts import part_change, part_create
from printshop.tests.factories import ShopFactory, ShopOrderFactory
from printshop.tests.sliced import print_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


@pytest.fixture
def added(shop, alice, monkeypatch, django_capture_on_commit_callbacks):
    """A part that three orders waited for, with what workers were handed."""
    handed = []
    monkeypatch.setattr("printshop.tasks.part_prints_make.apply_async", lambda args, **_options: handed.append(args))
    for _ in range(3):
        ShopOrderFactory.create(shop=shop, item__sku="BRKT")
    ShopOrderFactory.create(shop=shop, item__sku="BRKT", refunded_amount="49.99")
    with django_capture_on_commit_callbacks(execute=True):
        part = part_create(actor=alice, file_id=print_file(shop).pk, sku="BRKT")
    return part, handed


def test_adding_a_part_only_hands_it_to_the_workers(added):
    part, handed = added
    assert (handed, ScheduledPrint.objects.count()) == ([(part.pk,)], 0)

    assert (part_prints_make(part_id=part.pk), part_prints_make(part_id=part.pk)) == (3, 0)

    part.refresh_from_db()
    assert (part.prints_due_at, ScheduledPrint.objects.count()) == (None, 3)


def test_some_orders_at_a_time(added, monkeypatch, django_capture_on_commit_callbacks):
    part, handed = added
    monkeypatch.setattr(from_orders, "AT_ONCE", 2)

    with django_capture_on_commit_callbacks(execute=True):
        assert part_prints_make(part_id=part.pk) == 2
    assert handed == [(part.pk,)] * 2
    assert part_prints_make(part_id=part.pk) == 1
    assert PrintPart.objects.get().prints_due_at is None


def test_what_no_worker_took_up_is_swept(added, django_capture_on_commit_callbacks):
    part, handed = added
    assert part_prints_sweep() == 0

    with (
        time_machine.travel(timezone.now() + timedelta(minutes=3)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert part_prints_sweep() == 1
    assert handed == [(part.pk,)] * 2
    part_prints_make(part_id=part.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert part_prints_sweep() == 0


def test_a_part_that_was_changed_is_gone_through_again(added, alice):
    part, _handed = added
    part_prints_make(part_id=part.pk)

    part_change(actor=alice, part_id=part.pk, per_item=2)

    assert part_prints_make(part_id=part.pk) == 3
