"""Read a shop of 5,000 orders from Etsy, with all that goes wrong on the way, and compare the result with Etsy's own.

    python -m bench.etsy_sync [--receipts 5000] [--smallest]

Etsy is a server on this machine (tests/stand_ins/etsy.py): a tenth of its answers is 429, statuses come capitalised,
rows shift while they are paged. The first sync is killed in the middle and a second one goes on; then one order in ten
changes, one in fifty is cancelled, one in fifty is refunded and one in a hundred gets another ship date without its
time of change moving, and new ones come in while the third sync reads. Each sync is a process of its own. The result
is compared order by order and line by line, and what the shop had added must still be there. Ends with status 1 when
anything differs, or when more requests were needed than the pages come to.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bench.runs import ended, parsed
from bench.servers import PYTHON, Services, machine
from config.launcher.environment import PROJECT_DIR
from tests.stand_ins.etsy import EtsyShop, EtsyStandIn

DAY = 86_400
PAGE = 100
NEW = "Jordan Sample"
LIMITED = 10
"""One answer in so many is 429."""
MOST_CALLS = 1.35
"""Times the pages of all that is read: pages overlap, and what was limited is asked again."""


# ---------------------------------------------------------------- what runs in processes of its own
def prepare() -> None:
    """A shop, connected by the tokens on the standard input."""
    import django

    django.setup()
    from datetime import timedelta

    from django.utils import timezone

    from accounts.tests.factories import CreatorFactory
    from printshop.choices import ConnectionState
    from printshop.models import Shop

    about = json.load(sys.stdin)
    Shop.objects.create(
        owner=CreatorFactory.create(username="alice"),
        currency="USD",
        etsy_state=ConnectionState.CONNECTED,
        token_expires_at=timezone.now() + timedelta(hours=1),
        **about,
    )


def sync() -> None:
    """One, and what it took, on the standard output. The claim of one that was killed has run out."""
    import django

    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from printshop.models import Shop, SyncRun
    from printshop.services.orders.sync import orders_sync

    Shop.objects.update(sync_claimed_until=timezone.now())
    done = orders_sync(actor=User.objects.get(username="alice"))
    run = SyncRun.objects.latest("started_at")
    used = os.times()
    told = {"new": done.new, "changed": done.changed, "complete": done.is_complete, "calls": run.calls}
    print(json.dumps(told | {"read": run.receipts_read, "cpu": used.user + used.system}))


def note() -> None:
    """What the shop adds to its orders."""
    import django

    django.setup()
    from printshop.models import ShopOrder

    ShopOrder.objects.update(production_status="in_progress", notes="Half of it is done")


def dump() -> None:
    """The orders as they are stored, one a line."""
    import django

    django.setup()
    from printshop.models import ShopOrder

    for order in ShopOrder.objects.order_by("pk").prefetch_related("items"):
        lines = [[item.transaction_id, item.quantity, str(item.price.normalize())] for item in order.items.all()]
        row = {
            "id": order.etsy_order_id,
            "name": order.buyer_name,
            "status": order.status,
            "message": order.message,
            "total": str(order.total_amount.normalize()),
            "refunded": str(order.refunded_amount.normalize()),
            "ship": int(order.expected_ship_at.timestamp()) if order.expected_ship_at else None,
            "lines": sorted(lines),
            "added": [order.production_status, order.notes],
        }
        print(json.dumps(row))


# ---------------------------------------------------------------- the command
@dataclass
class Run:
    """What is measured."""

    services: Services
    environment: Mapping[str, str]
    etsy: EtsyStandIn
    there: EtsyShop

    def start(self, name: str) -> "subprocess.Popen[str]":
        command = [PYTHON, "-c", f"from bench import etsy_sync; etsy_sync.{name}()"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen(command, cwd=PROJECT_DIR, env=dict(self.environment), text=True, **pipes)  # type: ignore[call-overload,no-any-return]

    def out_of(self, name: str, sent: str = "") -> str:
        process = self.start(name)
        said, _ = process.communicate(sent, timeout=1800)
        if process.returncode:
            raise SystemExit(f"{name} ended with status {process.returncode}")
        return said

    def synced(self, title: str) -> dict[str, Any]:
        began = time.perf_counter()
        said: dict[str, Any] = json.loads(self.out_of("sync"))
        self.line(title, said, time.perf_counter() - began)
        return said

    def line(self, title: str, said: Mapping[str, Any], seconds: float) -> None:
        names = ("calls", "read", "new", "changed")
        figures = "".join(f"{said[name]:>9,}" if name in said else f"{'':>9}" for name in names)
        print(f"{title:<34}{figures}{seconds:>8.1f}{said.get('cpu', 0):>8.1f}", flush=True)

    def killed(self, title: str, at: int) -> None:
        """A sync that dies as it asks for its page number `at`."""
        began = time.perf_counter()
        process = self.start("sync")
        self.etsy.before_lists = [lambda: None] * at + [lambda: os.kill(process.pid, signal.SIGKILL)]
        process.wait(timeout=1800)
        self.line(title, {"calls": sum(self.etsy.counts.values())}, time.perf_counter() - began)

    def stored(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out_of("dump").splitlines()]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(machine())
    wrong, missed = [], []
    with ExitStack() as stack:
        services = Services(stack)
        etsy = stack.enter_context(EtsyStandIn())
        there = etsy.shop("My 3D Shop")
        environment = (
            services.environment(services.database("etsy")) | etsy.environment() | {"ETSY_SYNC_SECONDS": "900"}
        )
        run = Run(services, environment, etsy, there)
        access, refresh = etsy.tokens(there)
        about = {"etsy_user_id": str(there.user_id), "etsy_shop_id": str(there.shop_id)}
        run.out_of("prepare", json.dumps(about | {"access_token": access, "refresh_token": refresh}))
        fill(etsy, there, options.receipts)
        pages = -(-options.receipts // PAGE)
        print(f"{options.receipts:,} receipts\n")
        print(f"{'':<34}{'calls':>9}{'read':>9}{'new':>9}{'changed':>9}{'s':>8}{'cpu s':>8}")
        etsy.limit_every(LIMITED)
        run.killed("killed in the middle", pages // 2)
        before = dict(etsy.counts)
        gone_on = run.synced("the next one goes on")
        wrong += differing(run.stored(), there, added=["pending", ""])
        run.out_of("note")
        change(etsy, there)
        etsy.before_lists = [lambda: _order(etsy, there)] * 3
        etsy.capitals = True
        third = run.synced("after changes")
        last = run.synced("and what came in meanwhile")
        wrong += differing(run.stored(), there, added=["in_progress", "Half of it is done"])
        wrong += [f"a sync did not end: {said}" for said in (gone_on, third, last) if not said["complete"]]
        first_calls = before.get("list", 0) + before.get("limited", 0) + gone_on["calls"]
        for title, calls, read in (("first", first_calls, pages + 3), ("third", third["calls"], 3 * pages + 3)):
            if calls > read * MOST_CALLS + 3:
                missed.append(f"the {title} reading took {calls} requests for {read} pages")
    return ended(options, missed=missed, wrong=wrong)


def _order(etsy: EtsyStandIn, there: EtsyShop) -> None:
    """A new one, while it is paged."""
    etsy.receipt(there, name=NEW)


def fill(etsy: EtsyStandIn, there: EtsyShop, count: int) -> None:
    """Orders of the last 60 days, the older half shipped; one in forty cancelled, some not paid, one in three with two
    lines, names as Etsy escapes them."""
    begin = etsy.now() - 60 * DAY
    step = 60 * DAY / count
    for number in range(count):
        receipt = etsy.receipt(
            there,
            at=int(begin + number * step),
            name=f"O&#39;Neil {number}",
            quantity=number % 5 + 1,
            price=1000 + number,
            paid=number % 29 != 0,
        )
        if number % 3 == 0:
            other = {**receipt["transactions"][0], "transaction_id": etsy.new_id()}
            receipt["transactions"].append(other)
        if number % 40 == 0:
            receipt["status"] = "canceled"
        elif number < count // 2 and receipt["is_paid"]:
            receipt |= {"status": "completed", "is_shipped": True}


def change(etsy: EtsyStandIn, there: EtsyShop) -> None:
    receipts = list(there.receipts.values())
    oldest = etsy.now() - 25 * DAY
    for number, receipt in enumerate(receipts):
        is_young = receipt["created_timestamp"] > oldest
        if number % 10 == 1:
            etsy.change(receipt, message_from_buyer=f"Message {number} &amp; more")
        elif number % 50 == 2 and receipt["status"] != "canceled":
            etsy.cancel(receipt)
        elif number % 50 == 3 and is_young and receipt["status"] != "canceled":
            etsy.refund(receipt, 100)
        elif number % 100 == 4 and (is_young or not receipt["is_shipped"]):
            moved = [
                {**line, "expected_ship_date": line["expected_ship_date"] + DAY} for line in receipt["transactions"]
            ]
            etsy.change(receipt, touched=False, transactions=moved)


def differing(stored: list[dict[str, Any]], there: EtsyShop, *, added: list[str]) -> list[str]:
    """What is stored otherwise than Etsy has it."""
    expected = {str(number): _expected(receipt) for number, receipt in there.receipts.items()}
    wrong = []
    found = {row["id"]: row for row in stored}
    if len(found) != len(stored):
        wrong.append(f"{len(stored) - len(found)} orders are stored twice")
    if found.keys() != expected.keys():
        wrong.append(
            f"{len(expected.keys() - found.keys())} orders are missing, {len(found.keys() - expected.keys())} odd"
        )
    for number, row in found.items():
        is_kept = row.pop("added") == added or row["name"] == NEW
        if row != expected.get(number):
            wrong.append(f"{row} is at Etsy {expected.get(number)}")
        elif not is_kept:
            wrong.append(f"{number}: what the shop added is gone")
    return wrong[:20]


def _expected(receipt: Mapping[str, Any]) -> dict[str, Any]:
    def amount(money: Mapping[str, Any]) -> Decimal:
        return Decimal(money["amount"]) / money["divisor"]

    lines = [
        [str(line["transaction_id"]), line["quantity"], str(amount(line["price"]).normalize())]
        for line in receipt["transactions"]
    ]
    return {
        "id": str(receipt["receipt_id"]),
        "name": receipt["name"].replace("&#39;", "'"),
        "status": receipt["status"].lower(),
        "message": (receipt["message_from_buyer"] or "").replace("&amp;", "&"),
        "total": str(amount(receipt["grandtotal"]).normalize()),
        "refunded": str(sum((amount(refund["amount"]) for refund in receipt["refunds"]), Decimal(0)).normalize()),
        "ship": min(line["expected_ship_date"] for line in receipt["transactions"]),
        "lines": sorted(lines),
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.etsy_sync", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--receipts", type=int, default=5000)
    return parsed(parser, arguments, receipts=250)


if __name__ == "__main__":
    sys.exit(main())
