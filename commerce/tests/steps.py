"""Steps that several tests take: place an order, pay for it, do something in many threads."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import User
from commerce.choices import OrderType, PaymentMethod
from commerce.models import LedgerEntry, Order, Payment
from commerce.services.orders.orders import Item, order_place
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.payments.creation import payment_create
from jobs.models import Job
from marketplace.choices import Kind
from marketplace.models import Listing


def order_of(buyer: User, *listings: Listing, quantity: int = 1, **changes: Any) -> Order:
    items = [Item(listing.pk, quantity, Kind(listing.kind)) for listing in listings]
    has_art = any(item.kind != Kind.EQUIPMENT for item in items)
    details: dict[str, Any] = {
        "channel": "cultureup",
        "order_type": OrderType.ARTWORK if has_art else OrderType.EQUIPMENT,
        "shipping_address": "1 Example Street, Lahore",
    }
    return order_place(actor=buyer, items=items, **(details | changes))


def payment_of(order: Order, method: PaymentMethod = PaymentMethod.STRIPE) -> Payment:
    line = order.lines.order_by("pk").first()
    assert line is not None
    return payment_create(
        actor=order.buyer, order_id=order.pk, method=method, amount=order.total_amount, payee_id=line.seller_id
    )


def paid_order(
    buyer: User, *listings: Listing, quantity: int = 1, card: str = "pm_card_visa", **changes: Any
) -> tuple[Order, Payment]:
    order = order_of(buyer, *listings, quantity=quantity, **changes)
    payment = payment_of(order)
    payment_process(actor=buyer, payment_id=payment.pk)
    payment, _intent = payment_confirm(actor=buyer, payment_id=payment.pk, payment_method=card)
    order.refresh_from_db()
    return order, payment


def payment_of_job(job: Job, method: PaymentMethod = PaymentMethod.STRIPE) -> Payment:
    assert job.final_amount is not None
    return payment_create(
        actor=job.buyer, job_id=job.pk, method=method, amount=job.final_amount, payee_id=job.hired_artist_id
    )


def paid_job(job: Job, card: str = "pm_card_visa") -> Payment:
    """The payment of a job that is under way or completed, by card: held for its artist."""
    payment = payment_of_job(job)
    payment_process(actor=job.buyer, payment_id=payment.pk)
    payment, _intent = payment_confirm(actor=job.buyer, payment_id=payment.pk, payment_method=card)
    return payment


def balances() -> dict[tuple[str, int | None], Decimal]:
    """What each ledger account holds: {(kind, owner id): amount}, empty ones left out."""
    found: dict[tuple[str, int | None], Decimal] = {}
    for entry in LedgerEntry.objects.select_related("account"):
        place = (entry.account.kind, entry.account.owner_id)
        found[place] = found.get(place, Decimal(0)) + entry.amount
    return {place: amount for place, amount in found.items() if amount}


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions in threads that start together, each on a connection of its own. Gives results or exceptions."""
    barrier = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = action()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, action)) for place, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs: a deadlock?"
    return results
