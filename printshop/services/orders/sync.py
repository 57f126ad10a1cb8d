"""Reading a shop's orders from Etsy: by a schedule, when a webhook tells of one, and when the owner asks.

What Etsy lists as changed since a moment leaves out cancellations, and neither refunds nor changed ship dates count as
changes there. So there are passes besides that over what changed since the last time, with an overlap: the cancelled
ones; the open and recent ones, read again; and daily those that were shipped and can still be refunded. Each goes
through its list in the order of the receipts' ids and stores page by page, with how far it has got in the same
transaction: whoever comes after a crash goes on from there.

One sync of a shop runs at a time: it holds a claim, which it must still hold with each page that it stores.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from config.core.announce import enqueue_after_commit
from config.core.errors import DomainError
from printshop.choices import CALLED_OFF, ConnectionState, OrderSource
from printshop.errors import EtsyLimited, EtsyNotConfigured, EtsyUnavailable, NotConnected
from printshop.gateways.etsy import EPOCH, RESERVE, Etsy, NoSuchReceipt, Patience, ReceiptPage, is_configured
from printshop.gateways.etsy_receipts import Receipt, Unreadable, receipt_read
from printshop.models import Shop, ShopOrder, SyncRun
from printshop.services.orders.receipts import Stored, receipts_store
from printshop.services.shops.tokens import access_token, with_token

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=5)
OVERLAP: Final = timedelta(minutes=10)
CANCELLED_EVERY: Final = timedelta(hours=1)
OPEN_EVERY: Final = timedelta(hours=3)
SETTLED_EVERY: Final = timedelta(days=1)
RECENT: Final = timedelta(days=30)
"""Refunds of younger orders are found within OPEN_EVERY."""
REFUNDABLE: Final = timedelta(days=180)
"""Sellers can give money back so long, says Etsy's help. Of shipped orders that is found within SETTLED_EVERY."""
CANCELLED_SINCE: Final = timedelta(days=180)
CLAIM: Final = timedelta(seconds=150)
"""Longer than one page takes with all its pauses; renewed with each."""
MARGIN: Final = 30.0
"""Seconds before a task's end at which no other page is begun."""
STEP_BACK: Final = 5
"""Rows of a page that are read again with the next one: while they are seen again, nothing was skipped."""
MOST_STEPS_BACK: Final = 30
MOST_SINGLE: Final = 50
"""Open orders that no list shows are asked for one by one, so many a time."""
MISSING_FOR: Final = timedelta(days=1)
"""What Etsy knew nothing of is not asked for so long."""
ASKED_FOR: Final = ("changed", "cancelled", "open", "recent")
PASSES: Final = (*ASKED_FOR, "settled")


class ClaimLost(Exception):
    """Another sync took over, since this one was thought dead."""


class OutOfTime(Exception):
    """There is more, for a later one."""


@dataclass(frozen=True)
class SyncResult:
    """`is_complete` is False when the rest is read in the background."""

    new: int
    changed: int
    total_orders: int
    is_complete: bool = True
    is_running_elsewhere: bool = False


@dataclass
class Sync:
    """One run, with a claim on the shop."""

    shop: Shop
    claim: uuid.UUID
    run: SyncRun
    deadline: float
    etsy: Etsy = field(init=False)
    stored: Stored = field(default_factory=Stored)
    shown: set[str] = field(default_factory=set)
    """The receipts that Etsy has shown in this run."""

    # ---------------------------------------------------------------- passes
    def go(self, passes: tuple[str, ...]) -> None:
        """Raises OutOfTime, ClaimLost, NotConnected, EtsyLimited and EtsyUnavailable."""
        token = access_token(shop_id=self.shop.pk)
        self.etsy = Etsy(token, Patience(self.deadline), shop_id=self.shop.pk, kept=RESERVE)
        if self.shop.etsy_seen_until is None:  # all there is, with whatever has become of it
            passes = tuple(name for name in passes if name not in ("open", "recent", "settled"))
        kept = self.shop.etsy_place
        if kept.get("pass") in PASSES:  # one that did not end is ended first
            self._pass(kept["pass"], kept)
        for name in passes:
            if name == "changed" or name != kept.get("pass"):  # what changed since that one began is still to be read
                self._pass(name, self._begin(name))
        if "open" in passes:
            self._open_one_by_one()

    def _begin(self, name: str) -> dict[str, Any]:
        now = timezone.now()
        filters: dict[str, Any] = {}
        match name:
            case "changed" if self.shop.etsy_seen_until is not None:
                filters = {"min_last_modified": _epoch(self.shop.etsy_seen_until - OVERLAP)}
            case "cancelled":
                filters = {"was_canceled": "true"}
                oldest = self._open().order_by("created_at").values_list("created_at", flat=True).first()
                if self.shop.etsy_cancelled_until is not None:
                    filters["min_created"] = _epoch(min(now - CANCELLED_SINCE, oldest or now))
            case "open":
                filters = {"was_shipped": "false", "max_created": _epoch(now - RECENT)}
            case "recent":
                filters = {"min_created": _epoch(now - RECENT)}
            case "settled":
                filters = {
                    "was_shipped": "true",
                    "min_created": _epoch(now - REFUNDABLE),
                    "max_created": _epoch(now - RECENT),
                }
        return {"pass": name, "filters": filters, "offset": 0, "anchor": "", "began": None, "latest": None}

    def _pass(self, name: str, place: dict[str, Any]) -> None:
        for page, offset, anchor in self._pages(place):
            read_at = timezone.now()
            receipts = list(_read(page))
            changes = [receipt.changed_at.timestamp() for receipt in receipts]
            place = {
                **place,
                "offset": offset,
                "anchor": anchor,
                "began": place["began"] or page.answered_at.timestamp(),
                "latest": max([place["latest"] or 0, *changes]),
            }
            self._store(receipts, place, read_at)
        now = timezone.now()
        is_first = self.shop.etsy_seen_until is None
        ended: dict[str, Any] = {"etsy_place": {}}
        if name == "changed":
            ended["etsy_seen_until"] = self._seen_until(place, now)
        self._keep(**ended)
        for column, value in ended.items():
            setattr(self.shop, column, value)
        if name == "cancelled":
            self._ended("etsy_cancelled_until", now)
        if name == "recent" or (name == "changed" and is_first):
            self._ended("etsy_open_until", now)
        if name == "settled" or (name == "changed" and is_first):
            self._ended("etsy_settled_until", now)

    def _ended(self, column: str, now: datetime) -> None:
        """Unless the owner asked for it meanwhile: what they know of may be on a page that was read before."""
        mine = Shop.objects.filter(pk=self.shop.pk, sync_claim=self.claim, **{column: getattr(self.shop, column)})
        if mine.update(**{column: now}):
            setattr(self.shop, column, now)

    def _seen_until(self, place: Mapping[str, Any], now: datetime) -> datetime:
        """Etsy's time of the latest change that was read; none from after the pass began, since a receipt that changed
        meanwhile may have come into the list behind our back."""
        before = self.shop.etsy_seen_until
        if not place["latest"]:
            return before or now - OVERLAP
        seen = datetime.fromtimestamp(min(place["latest"], place["began"]), tz=UTC)
        return max(seen, before) if before is not None else seen

    def _pages(self, place: Mapping[str, Any]) -> Iterator[tuple[ReceiptPage, int, str]]:
        """Pages of a list whose rows shift while it is read, each with where the next one begins and its last receipt.

        Rows that come into the list before the place where we are push others on: those are seen twice. Rows that leave
        it would make us skip some: then the next page does not begin with any that we know, and we step back.
        """
        offset, seen, steps = place["offset"], {place["anchor"]} - {""}, 0
        while True:
            if time.monotonic() > self.deadline:
                raise OutOfTime
            page = self._ask(lambda: self.etsy.receipts(self._shop_id, offset=offset, **place["filters"]))  # noqa: B023
            numbers = [str(row.get("receipt_id", "")) for row in page.results]
            if offset and seen.isdisjoint(numbers) and steps < MOST_STEPS_BACK:
                offset, steps = max(0, min(offset, page.count) - STEP_BACK * 2**steps), steps + 1
                continue
            if not numbers:
                return
            seen.update(numbers)
            end = offset + len(numbers)
            offset = max(offset + 1, end - STEP_BACK)
            yield page, offset, numbers[-1]
            if end >= page.count:
                return
            steps = 0

    def _open_one_by_one(self) -> None:
        """Open orders that none of the lists has shown in this run."""
        there = Q(source_missing_at=None) | Q(source_missing_at__lt=timezone.now() - MISSING_FOR)
        rows = self._open().filter(there).order_by(F("asked_at").asc(nulls_first=True), "created_at")
        numbers = rows.values_list("etsy_order_id", flat=True)
        for number in [number for number in numbers if number not in self.shown][:MOST_SINGLE]:
            if time.monotonic() > self.deadline:
                raise OutOfTime
            order = ShopOrder.objects.filter(shop=self.shop, etsy_order_id=number)
            try:
                receipt = receipt_read(self._ask(lambda: self.etsy.receipt(self._shop_id, number)))  # noqa: B023
            except (NoSuchReceipt, Unreadable) as reason:
                now = timezone.now()
                order.update(asked_at=now, source_missing_at=now if isinstance(reason, NoSuchReceipt) else None)
                continue
            now = timezone.now()
            self._store([receipt], {}, now)
            order.update(asked_at=now, source_missing_at=None)

    def _open(self) -> Any:
        return ShopOrder.objects.filter(shop=self.shop, source=OrderSource.ETSY, is_shipped=False).exclude(
            status__in=CALLED_OFF
        )

    # ---------------------------------------------------------------- steps
    @property
    def _shop_id(self) -> str:
        return self.shop.etsy_shop_id or ""

    def _ask(self, ask: Callable[[], Any]) -> Any:
        calls = self.etsy.calls
        try:
            return with_token(self.etsy, self.shop.pk, ask)
        finally:
            self.run.calls += self.etsy.calls - calls

    def _store(self, receipts: list[Receipt], place: dict[str, Any], read_at: datetime) -> None:
        self.shown.update(receipt.receipt_id for receipt in receipts)
        stored = receipts_store(
            shop_id=self.shop.pk,
            receipts=receipts,
            read_at=read_at,
            within=lambda: self._keep(etsy_place=place),
        )
        self.stored.new += stored.new
        self.stored.changed += stored.changed
        self.run.receipts_read += len(receipts)
        self.run.orders_new, self.run.orders_changed = self.stored.new, self.stored.changed
        self.run.save()

    def _keep(self, **columns: Any) -> None:
        """Into the shop, as long as the claim is ours."""
        mine = Shop.objects.filter(pk=self.shop.pk, sync_claim=self.claim)
        if not mine.update(sync_claimed_until=timezone.now() + CLAIM, **columns):
            raise ClaimLost


def orders_sync(*, actor: User) -> SyncResult:
    """All passes but that over what was shipped long ago, for the owner who asks. What is not done within
    ETSY_SYNC_SECONDS goes on in the background, and so does what another sync is doing at this moment.

    Raises NotConnected, EtsyNotConfigured, EtsyLimited and EtsyUnavailable.
    """
    shop = Shop.objects.filter(owner=actor, etsy_state=ConnectionState.CONNECTED).first()
    if shop is None:
        raise NotConnected
    if not shop.etsy_shop_id:
        raise NotConnected("There is no shop at Etsy of who is signed in there.")
    if not is_configured():
        raise EtsyNotConfigured
    deadline = time.monotonic() + settings.ETSY_SYNC_SECONDS
    while (sync := _claimed(shop.pk, deadline)) is None:
        if time.monotonic() > deadline:
            _ask_for(shop)
            return SyncResult(0, 0, _total(shop), is_complete=False, is_running_elsewhere=True)
        time.sleep(0.25)
    try:
        return _run(sync, ASKED_FOR, in_request=True)
    except ClaimLost:
        _ask_for(shop)
        return SyncResult(sync.stored.new, sync.stored.changed, _total(shop), is_complete=False)


def shop_sync(*, shop_id: int) -> SyncResult | None:
    """By the schedule: what changed, and the other passes when they are due. None when there is nothing to do: not
    connected, or a sync is under way. Nothing is raised; the shop keeps why it failed."""
    shops = Shop.objects.filter(etsy_state=ConnectionState.CONNECTED, etsy_shop_id__isnull=False)
    shop = shops.filter(pk=shop_id).first()
    sync = (
        _claimed(shop_id, time.monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT - MARGIN)
        if shop is not None
        else None
    )
    if sync is None:
        return None
    passes = ["changed"]
    if _is_due(sync.shop.etsy_cancelled_until, CANCELLED_EVERY):
        passes.append("cancelled")
    if _is_due(sync.shop.etsy_open_until, OPEN_EVERY):
        passes += ["open", "recent"]
    if _is_due(sync.shop.etsy_settled_until, SETTLED_EVERY):
        passes.append("settled")
    try:
        return _run(sync, tuple(passes), in_request=False)
    except (DomainError, ClaimLost) as refusal:
        logger.info("sync of shop %s: %s", shop_id, type(refusal).__name__)
        return None


def syncs_sweep() -> int:
    """Hand the shops that are due to the workers."""
    if not is_configured():
        return 0
    due = Shop.objects.filter(etsy_state=ConnectionState.CONNECTED, next_sync_at__lte=timezone.now())
    numbers = list(due.order_by("next_sync_at").values_list("pk", flat=True)[:200])
    for number in numbers:
        enqueue_after_commit("printshop.tasks.shop_sync", number)
    return len(numbers)


def _run(sync: Sync, passes: tuple[str, ...], *, in_request: bool) -> SyncResult:
    wait, error, is_complete = EVERY, "", True
    later = EVERY * 2 ** _failures(sync.shop)
    try:
        sync.go(passes)
    except OutOfTime:
        is_complete, wait = False, timedelta()
    except EtsyLimited as refusal:
        wait, error = timedelta(seconds=max(refusal.wait, 30)), refusal.message
        raise
    except (EtsyUnavailable, EtsyNotConfigured, NotConnected) as refusal:
        wait, error = later, refusal.message
        raise
    except Exception:
        wait, error = later, "The sync failed; it is tried again."
        raise
    finally:
        _end(sync, wait, error)
    if not is_complete and in_request:
        _ask_for(sync.shop)
    return SyncResult(sync.stored.new, sync.stored.changed, _total(sync.shop), is_complete=is_complete)


def _claimed(shop_id: int, deadline: float) -> Sync | None:
    now, claim = timezone.now(), uuid.uuid4()
    free = Q(sync_claim=None) | Q(sync_claimed_until__lt=now)
    if not Shop.objects.filter(free, pk=shop_id).update(sync_claim=claim, sync_claimed_until=now + CLAIM):
        return None
    shop = Shop.objects.get(pk=shop_id)
    return Sync(shop, claim, SyncRun.objects.create(shop=shop), deadline)


def sync_runs_forget() -> int:
    """Old ones."""
    return SyncRun.objects.filter(started_at__lt=timezone.now() - settings.KEEP["etsy_events"]).delete()[0]


def _failures(shop: Shop) -> int:
    """How many of the last runs failed, one after the other; five at most."""
    ended = SyncRun.objects.filter(shop=shop, ended_at__isnull=False).order_by("-started_at")
    return sum(1 for _error in takewhile(bool, ended.values_list("error", flat=True)[:5]))


def _ask_for(shop: Shop) -> None:
    """The passes that an owner asked for and that were not reached, or are under way: as soon as nothing else is."""
    long_ago = timezone.now() - timedelta(days=1)
    for column in ("etsy_cancelled_until", "etsy_open_until"):
        Shop.objects.filter(pk=shop.pk, **{f"{column}__isnull": False}).update(**{column: long_ago})
    Shop.objects.filter(pk=shop.pk, etsy_state=ConnectionState.CONNECTED).update(next_sync_at=timezone.now())
    enqueue_after_commit("printshop.tasks.shop_sync", shop.pk)


def _end(sync: Sync, wait: timedelta, error: str) -> None:
    now = timezone.now()
    sync.run.ended_at, sync.run.error = now, error[:200]
    sync.run.save()
    mine = Shop.objects.filter(pk=sync.shop.pk, sync_claim=sync.claim)
    asked_for = mine.filter(etsy_cancelled_until__lt=now - CANCELLED_EVERY)
    if not error and asked_for.exists():  # meanwhile
        wait = timedelta()
    mine.update(sync_claim=None, sync_claimed_until=None, next_sync_at=now + wait, sync_error=error[:200])


def _read(page: ReceiptPage) -> Iterator[Receipt]:
    for row in page.results:
        try:
            yield receipt_read(row)
        except Unreadable as reason:  # one of them must not keep the others from coming
            logger.warning("receipt %s of Etsy cannot be read: %s", str(row.get("receipt_id"))[:20], reason)


def _is_due(last: datetime | None, every: timedelta) -> bool:
    return last is None or last < timezone.now() - every


def _epoch(moment: datetime) -> int:
    return max(EPOCH, int(moment.timestamp()))


def _total(shop: Shop) -> int:
    return ShopOrder.objects.filter(shop=shop).count()
