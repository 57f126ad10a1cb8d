"""Reading orders from Etsy: nothing is missed, nothing is stored twice, what the shop added stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from printshop.choices import ConnectionState, OrderStatus, ProductionStatus
from printshop.errors import EtsyLimited, EtsyUnavailable, NotConnected
from printshop.gateways import etsy as gateway
from printshop.gateways.etsy_receipts import receipt_read
from printshop.models import Shop, ShopOrder, SyncRun
from printshop.services.orders import sync
from printshop.services.orders.fees import fees_sweep, shop_fees_read
from printshop.services.orders.receipts import receipts_store
from printshop.services.orders.shipping import order_ship
from printshop.services.orders.sync import orders_sync, shop_sync, syncs_sweep
from printshop.tests.etsy_shops import connected

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(gateway.time, "sleep", lambda _seconds: None)


def the_order(receipt) -> ShopOrder:
    return ShopOrder.objects.get(etsy_order_id=str(receipt["receipt_id"]))


def the_shop(shop):
    shop.refresh_from_db()
    return shop


def test_a_receipt_becomes_an_order(etsy, there, shop, alice):
    receipt = etsy.receipt(there, name="O&#39;Neil &amp; Sons", title="Bracket &quot;L&quot;", tax=123)
    receipt["message_from_buyer"] = "Matte red please"
    receipt["transactions"][0]["variations"].append(
        {"property_id": 54, "value_id": None, "formatted_name": "Personalization", "formatted_value": "For Jo"}
    )

    done = orders_sync(actor=alice)

    assert (done.new, done.changed, done.total_orders, done.is_complete) == (1, 0, 1, True)
    order = the_order(receipt)
    item = order.items.get()
    assert (order.buyer_name, order.buyer_email, order.message) == ("O'Neil & Sons", None, "Matte red please")
    assert (order.total_amount, order.tax_amount, order.currency) == (Decimal("51.22"), Decimal("1.23"), "USD")
    assert (order.status, order.is_paid, order.is_shipped) == ("paid", True, False)
    assert order.created_at.timestamp() == receipt["created_timestamp"]
    assert order.expected_ship_at.timestamp() == receipt["transactions"][0]["expected_ship_date"]
    assert "Springfield" in order.address
    assert (item.title, item.sku, item.quantity, item.price) == ('Bracket "L"', "BRKT-L-RED", 1, Decimal("44.00"))
    assert item.variations == [{"name": "Primary color", "value": "Red"}]
    assert item.personalization == "For Jo"
    run = SyncRun.objects.get()
    assert (run.calls, run.receipts_read, run.orders_new, run.error) == (2, 1, 1, "")


def test_amounts_are_divided_by_what_etsy_says(etsy, there, shop, alice):
    yen = etsy.receipt(there, price=1200, shipping=0, divisor=1)
    yen["grandtotal"]["currency_code"] = "JPY"
    dinar = etsy.receipt(there, price=6670, shipping=0, divisor=1000)

    orders_sync(actor=alice)

    assert (the_order(yen).total_amount, the_order(yen).currency) == (Decimal(1200), "JPY")
    assert the_order(dinar).total_amount == Decimal("6.67")


def test_statuses_in_capitals_and_ones_that_are_not_known_are_kept_in_lower_case(etsy, there, shop, alice):
    paid, other = etsy.receipt(there), etsy.receipt(there, status="on hold")
    etsy.capitals = True

    orders_sync(actor=alice)

    assert (the_order(paid).status, the_order(other).status) == ("paid", "on hold")


def test_a_second_sync_changes_nothing_and_asks_little(etsy, there, shop, alice):
    etsy.receipt(there)
    orders_sync(actor=alice)
    before = ShopOrder.objects.get()

    done = orders_sync(actor=alice)

    assert (done.new, done.changed, done.total_orders) == (0, 0, 1)
    assert ShopOrder.objects.get().updated_at == before.updated_at


def test_a_sync_touches_nothing_that_the_shop_added(etsy, there, shop, alice):
    receipt = etsy.receipt(there)
    orders_sync(actor=alice)
    ShopOrder.objects.update(
        status=OrderStatus.SHIPPED, production_status=ProductionStatus.IN_PROGRESS, notes="Half of it is done"
    )

    etsy.change(receipt, message_from_buyer="Hurry, please")
    assert orders_sync(actor=alice).changed == 1

    order = the_order(receipt)
    assert (order.message, order.status) == ("Hurry, please", "shipped")
    assert (order.production_status, order.notes) == ("in_progress", "Half of it is done")
    etsy.change(receipt, status="completed")
    orders_sync(actor=alice)
    assert the_order(receipt).status == "completed"


def test_a_cancellation_that_the_changed_ones_leave_out_is_found(etsy, there, shop, alice):
    receipt = etsy.receipt(there, at=etsy.now() - 40 * 24 * HOUR)
    orders_sync(actor=alice)
    etsy.cancel(receipt)

    assert orders_sync(actor=alice).changed == 1

    assert the_order(receipt).status == "canceled"


def test_a_refund_that_moves_no_time_is_found(etsy, there, shop, alice):
    recent = etsy.receipt(there, at=etsy.now() - 20 * 24 * HOUR, status="completed", is_shipped=True)
    old = etsy.receipt(there, at=etsy.now() - 90 * 24 * HOUR)
    orders_sync(actor=alice)
    etsy.refund(recent, 1000)
    etsy.refund(old, 4999, whole=True)

    orders_sync(actor=alice)

    assert (the_order(recent).status, the_order(recent).refunded_amount) == ("partially refunded", Decimal(10))
    assert (the_order(old).status, the_order(old).refunded_amount) == ("fully refunded", Decimal("49.99"))


def test_a_refund_of_an_order_shipped_long_ago_is_found_within_a_day(etsy, there, shop, alice):
    """Such are read again once a day, as long as Etsy lets sellers give money back."""
    shipped = {"status": "completed", "is_shipped": True}
    old = etsy.receipt(there, at=etsy.now() - 90 * 24 * HOUR, **shipped)
    too_old = etsy.receipt(there, at=etsy.now() - 200 * 24 * HOUR, **shipped)
    etsy.receipt(there)
    shop_sync(shop_id=shop.pk)
    assert the_shop(shop).etsy_settled_until == the_shop(shop).etsy_open_until  # the first one has read all there is
    for receipt in (old, too_old):
        etsy.refund(receipt, 1000)
    etsy.counts.clear()

    shop_sync(shop_id=shop.pk)
    assert (the_order(old).refunded_amount, etsy.counts["list"]) == (0, 1)  # what changed, by Etsy's times
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        shop_sync(shop_id=shop.pk)

    assert (the_order(old).status, the_order(old).refunded_amount) == ("partially refunded", Decimal(10))
    assert the_order(too_old).refunded_amount == 0
    assert the_shop(shop).etsy_place == {} and the_shop(shop).etsy_settled_until > timezone.now()


def test_a_receipt_that_turns_up_late_in_the_middle_is_found(etsy, there, shop, alice):
    """One that was placed long ago and is paid now."""
    late = etsy.receipt(there, at=etsy.now() - 5 * HOUR, paid=False)
    etsy.receipt(there, at=etsy.now() - HOUR)
    orders_sync(actor=alice)
    etsy.change(late, status="paid", is_paid=True)

    assert shop_sync(shop_id=shop.pk).changed == 1

    assert (the_order(late).status, the_order(late).is_paid) == ("paid", True)


def many(etsy, there, count):
    begin = etsy.now() - 10 * 24 * HOUR
    return [etsy.receipt(there, at=begin + 60 * number) for number in range(count)]


def test_rows_that_leave_the_list_while_it_is_paged_make_us_skip_none(etsy, there, shop, alice):
    """As when paged receipts are cancelled: those after them move forward."""
    receipts = many(etsy, there, 250)
    orders_sync(actor=alice)
    ShopOrder.objects.all().delete()
    etsy.before_lists = [lambda: None, lambda: [etsy.cancel(receipt) for receipt in receipts[:30]]]
    shop.etsy_seen_until = timezone.now() - timedelta(days=20)
    shop.etsy_cancelled_until = shop.etsy_open_until = timezone.now()
    shop.save()

    shop_sync(shop_id=shop.pk)

    assert ShopOrder.objects.count() == 250


def test_rows_that_come_into_the_list_while_it_is_paged_are_stored_once(etsy, there, shop, alice):
    receipts = many(etsy, there, 150)
    etsy.before_lists = [lambda: None, lambda: etsy.receipt(there, receipt_id=1)]

    orders_sync(actor=alice)

    assert ShopOrder.objects.count() == ShopOrder.objects.values("etsy_order_id").distinct().count() == 150
    assert shop_sync(shop_id=shop.pk).new == 1
    assert the_order(receipts[-1]).items.count() == 1


def test_after_a_crash_in_the_middle_the_next_one_goes_on_from_there(etsy, there, shop, alice, monkeypatch):
    many(etsy, there, 350)
    stored = sync.receipts_store

    def crash(**about):
        if ShopOrder.objects.count() >= 200:
            raise KeyboardInterrupt
        return stored(**about)

    monkeypatch.setattr(sync, "receipts_store", crash)
    with pytest.raises(KeyboardInterrupt):
        orders_sync(actor=alice)
    assert ShopOrder.objects.count() == 290
    assert the_shop(shop).etsy_place["pass"] == "changed"
    monkeypatch.setattr(sync, "receipts_store", stored)
    etsy.counts.clear()

    orders_sync(actor=alice)

    assert ShopOrder.objects.count() == 350
    assert etsy.counts["list"] == 1 + 1 + 1  # the page that was left, what changed since, and the cancelled ones
    assert the_shop(shop).etsy_place == {}


def test_a_limit_is_waited_for_as_long_as_etsy_says(etsy, there, shop, alice, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(gateway.time, "sleep", pauses.append)
    etsy.receipt(there)
    etsy.limit(retry_after=3)
    etsy.limit(times=2)

    assert orders_sync(actor=alice).new == 1

    waited = [pause for pause in pauses if pause >= 0.5]
    assert waited[0] == 3
    assert 1 <= waited[1] <= 2 and 2 <= waited[2] <= 4
    assert SyncRun.objects.get().calls == 5


def test_a_limit_that_lasts_longer_than_the_caller_waits_is_said(etsy, there, shop, alice):
    etsy.limit(retry_after=3600)

    with pytest.raises(EtsyLimited) as refusal:
        orders_sync(actor=alice)

    assert refusal.value.wait == 3600
    assert the_shop(shop).sync_claim is None
    assert the_shop(shop).next_sync_at > timezone.now() + timedelta(minutes=59)


def test_the_rest_of_the_day_is_kept_for_what_people_wait_for(etsy, there, shop, alice):
    etsy.limit_today, etsy.used_today = 1000, 950
    etsy.receipt(there)

    with pytest.raises(EtsyLimited):  # the first call learns what is left
        orders_sync(actor=alice)

    assert etsy.counts["list"] == 1


def test_an_expired_token_is_traded_and_both_new_ones_are_stored(etsy, there, shop, alice):
    etsy.receipt(there)
    etsy.expire_tokens()
    before = shop.access_token, shop.refresh_token

    assert orders_sync(actor=alice).new == 1

    now = the_shop(shop)
    assert now.access_token in etsy.access and now.refresh_token in etsy.refresh
    assert {now.access_token, now.refresh_token}.isdisjoint(before)
    assert etsy.counts["token"] == 1


def test_a_permission_that_was_taken_back_asks_for_a_new_sign_in_once(etsy, there, shop, alice):
    etsy.withdraw(there)

    for _ in range(2):
        with pytest.raises(NotConnected):
            orders_sync(actor=alice)

    assert the_shop(shop).etsy_state == ConnectionState.REFUSED
    assert (shop.access_token, shop.refresh_token) == ("", "")
    assert etsy.counts["token"] == 1
    assert alice.notifications.get().notification_type == "shop_disconnected"
    assert shop_sync(shop_id=shop.pk) is None


def test_a_server_that_etsy_does_not_know_loses_no_shop(etsy, there, shop, alice, settings):
    settings.ETSY_CLIENT_ID = "another"
    type(shop).objects.update(token_expires_at=timezone.now())

    with pytest.raises(EtsyUnavailable, match="invalid_client"):
        orders_sync(actor=alice)

    assert the_shop(shop).etsy_state == ConnectionState.CONNECTED
    assert shop.refresh_token


def test_etsy_away_changes_nothing_and_lets_go(etsy, there, shop, alice):
    with etsy.down(), pytest.raises(EtsyUnavailable):
        orders_sync(actor=alice)

    assert the_shop(shop).sync_claim is None
    assert the_shop(shop).sync_error
    assert ShopOrder.objects.count() == 0


def test_a_key_without_its_secret_is_said(etsy, there, shop, alice, settings):
    settings.ETSY_SHARED_SECRET = ""
    assert gateway.is_configured() is False
    settings.ETSY_SHARED_SECRET = "wrong"

    with pytest.raises(EtsyUnavailable, match="Invalid API key"):
        orders_sync(actor=alice)


def money_of(amount, currency="USD"):
    return {"amount": amount, "divisor": 1, "currency_code": currency}


@pytest.mark.parametrize(
    "columns",
    [
        {"grandtotal": None},
        {"grandtotal": money_of(10**40)},
        {"grandtotal": money_of(-(10**12))},
        {"grandtotal": money_of(44, "U\0D")},
        {"grandtotal": money_of(44, "\ud800SD")},
        {"total_tax_cost": money_of(6 * 10**10), "total_vat_cost": money_of(6 * 10**10)},
        {"refunds": [{"amount": money_of(6 * 10**10)}] * 2},
        {"created_timestamp": "soon", "create_timestamp": 2**70},
        {"receipt_id": 10**30},
    ],
)
def test_a_receipt_that_cannot_be_read_keeps_no_other_from_coming(etsy, there, shop, alice, columns):
    etsy.change(etsy.receipt(there), **columns)
    good = etsy.receipt(there)

    assert orders_sync(actor=alice).new == 1
    assert the_order(good).status == "paid"


@pytest.mark.parametrize("odd", [{"quantity": 0}, {"quantity": 10**30}, {"quantity": None}, {"price": None}])
def test_a_line_that_cannot_be_read_keeps_neither_its_order_nor_the_other_lines_from_coming(
    etsy, there, shop, alice, odd
):
    receipt = etsy.receipt(there)
    good = receipt["transactions"][0]
    etsy.change(receipt, transactions=[{**good, "transaction_id": 77, **odd}, good])

    assert orders_sync(actor=alice).new == 1

    assert [item.transaction_id for item in the_order(receipt).items.all()] == [str(good["transaction_id"])]


def test_a_line_that_was_read_stays_when_it_cannot_be_read_any_more(etsy, there, shop, alice):
    receipt = etsy.receipt(there, quantity=2)
    orders_sync(actor=alice)
    etsy.change(receipt, message_from_buyer="Soon?", transactions=[{**receipt["transactions"][0], "quantity": "2"}])
    etsy.let_pass(1)

    orders_sync(actor=alice)

    assert the_order(receipt).message == "Soon?"
    assert the_order(receipt).items.get().quantity == 2
    etsy.change(receipt, transactions=[{**receipt["transactions"][0], "quantity": 0}])
    orders_sync(actor=alice)
    assert not the_order(receipt).items.exists()


def test_texts_that_no_database_takes_are_cleaned(etsy, there, shop, alice):
    receipt = etsy.receipt(there, name="Jo\ud800 \0Sample", title="\udfffBracket", total_shipping_cost=money_of(10**40))

    assert orders_sync(actor=alice).new == 1
    order = the_order(receipt)
    assert (order.buyer_name, order.items.get().title, order.shipping_amount) == ("Jo Sample", "Bracket", 0)


def test_what_is_not_done_in_time_goes_on_in_the_background(etsy, there, shop, alice, settings, monkeypatch):
    many(etsy, there, 250)
    settings.ETSY_SYNC_SECONDS = 0
    clock = iter(range(10_000))
    monkeypatch.setattr(sync.time, "monotonic", lambda: next(clock) * 0.0)
    orders = sync._claimed(shop.pk, 100.0)
    orders.deadline = -1.0

    done = sync._run(orders, sync.PASSES, in_request=True)

    assert done.is_complete is False
    assert the_shop(shop).next_sync_at <= timezone.now()
    assert shop_sync(shop_id=shop.pk).is_complete
    assert ShopOrder.objects.count() == 250


def test_a_claim_keeps_a_second_sync_out_until_it_is_old(etsy, there, shop, alice, settings):
    settings.ETSY_SYNC_SECONDS = 0
    etsy.receipt(there)
    Shop.objects.update(etsy_cancelled_until=timezone.now())
    held = sync._claimed(shop.pk, 0.0)

    assert orders_sync(actor=alice).is_running_elsewhere
    assert the_shop(shop).next_sync_at <= timezone.now()
    assert shop.etsy_cancelled_until < timezone.now() - sync.CANCELLED_EVERY
    assert shop_sync(shop_id=shop.pk) is None
    type(shop).objects.update(sync_claimed_until=timezone.now() - timedelta(seconds=1))
    assert shop_sync(shop_id=shop.pk).new == 1
    with pytest.raises(sync.ClaimLost):
        held._keep(etsy_place={})


def test_the_sweep_hands_out_shops_that_are_due(etsy, shop, django_capture_on_commit_callbacks):
    assert syncs_sweep() == 0
    shop.next_sync_at = timezone.now()
    shop.save()
    assert syncs_sweep() == 1


def test_what_changes_behind_a_pass_that_was_broken_off_is_read_by_the_next_sync(etsy, there, shop, alice):
    receipts = many(etsy, there, 250)
    broken = sync._claimed(shop.pk, sync.time.monotonic() + 100)
    etsy.before_lists = [lambda: None, lambda: setattr(broken, "deadline", 0.0)]
    with pytest.raises(sync.OutOfTime):
        broken.go(sync.PASSES)
    sync._end(broken, timedelta(), "")
    etsy.change(receipts[0], message_from_buyer="In blue, please")

    assert orders_sync(actor=alice).is_complete

    assert ShopOrder.objects.count() == 250
    assert the_order(receipts[0]).message == "In blue, please"


def test_what_the_owner_asks_for_during_a_sync_is_read_after_it(etsy, there, shop, alice, settings, monkeypatch):
    """The running one may have passed by the cancellation that they know of."""
    settings.ETSY_SYNC_SECONDS = 0
    receipt = etsy.receipt(there, at=etsy.now() - 40 * 24 * HOUR)
    shop_sync(shop_id=shop.pk)
    Shop.objects.update(etsy_cancelled_until=timezone.now() - sync.CANCELLED_EVERY)
    asked, listed = [], gateway.Etsy.receipts

    def interrupted(self, shop_id, **about):
        if "was_canceled" in about:
            asked.append(orders_sync(actor=alice))
        return listed(self, shop_id, **about)

    with monkeypatch.context() as patched:
        patched.setattr(gateway.Etsy, "receipts", interrupted)
        shop_sync(shop_id=shop.pk)

    assert asked[0].is_running_elsewhere
    assert the_shop(shop).next_sync_at <= timezone.now()
    etsy.cancel(receipt)
    assert shop_sync(shop_id=shop.pk).changed == 1
    assert the_shop(shop).next_sync_at > timezone.now() + timedelta(minutes=4)


def test_of_two_readings_of_the_same_time_the_later_counts(etsy, there, shop, alice):
    """A refund moves no time of Etsy's, and a reading may be stored late."""
    receipt = etsy.receipt(there)
    orders_sync(actor=alice)
    before, read_at = receipt_read(receipt), timezone.now()
    etsy.refund(receipt, 1000)
    orders_sync(actor=alice)

    receipts_store(shop_id=shop.pk, receipts=[before], read_at=read_at)

    assert the_order(receipt).refunded_amount == Decimal(10)


def test_tokens_that_cannot_be_traded_now_wait_longer_each_time(etsy, there, shop, alice):
    """Nothing of it is the task's to fail with."""
    Shop.objects.update(token_expires_at=timezone.now())

    for minutes in (5, 10, 20):
        with etsy.down():
            assert shop_sync(shop_id=shop.pk) is None
        wait = the_shop(shop).next_sync_at - timezone.now()
        assert timedelta(minutes=minutes - 1) < wait < timedelta(minutes=minutes + 1)
        assert (shop.sync_error, shop.sync_claim) == (EtsyUnavailable.message, None)
    with etsy.down(), pytest.raises(EtsyUnavailable):
        orders_sync(actor=alice)
    assert shop_sync(shop_id=shop.pk) is not None
    assert the_shop(shop).sync_error == ""


def test_open_orders_that_etsy_no_longer_knows_are_asked_for_once_a_day(etsy, there, shop, alice, monkeypatch):
    monkeypatch.setattr(sync, "MOST_SINGLE", 1)
    first, second = (etsy.receipt(there, at=etsy.now() - 40 * 24 * HOUR - number) for number in (1, 0))
    orders_sync(actor=alice)
    there.receipts.clear()

    for _ in range(3):
        orders_sync(actor=alice)

    assert the_order(first).source_missing_at < the_order(second).source_missing_at
    assert sum("/receipts/" in request.path for request in etsy.requests) == 2
    ShopOrder.objects.update(source_missing_at=timezone.now() - timedelta(days=2))
    orders_sync(actor=alice)
    assert the_order(first).source_missing_at > the_order(second).asked_at


def test_one_shop_leaves_the_others_their_part_of_a_day(etsy, there, shop, alice, bob):
    etsy.limit_today = 50
    receipt = etsy.receipt(there)
    orders_sync(actor=alice)

    with pytest.raises(EtsyLimited, match="its share"):
        for _ in range(10):
            orders_sync(actor=alice)

    assert etsy.used_today == 10
    assert shop_fees_read(shop_id=shop.pk) == 0
    assert the_shop(shop).sync_error.startswith("The shop has used its share")
    others = etsy.shop("Another")
    connected(etsy, others, bob)
    assert orders_sync(actor=bob).is_complete
    assert order_ship(actor=alice, order_id=the_order(receipt).pk)[0].state == "told"


def test_fees_take_half_of_a_day_and_those_of_young_orders_alone(etsy, there, shop, alice):
    etsy.receipt(there)
    old = etsy.receipt(there, at=etsy.now() - 61 * 24 * HOUR)
    etsy.used_today = etsy.limit_today // 2 + 1
    orders_sync(actor=alice)
    assert shop_fees_read(shop_id=shop.pk) == 0

    etsy.used_today = 100
    orders_sync(actor=alice)

    assert shop_fees_read(shop_id=shop.pk) == 1
    assert the_order(old).fees_read_at is None
    assert fees_sweep() == 0
