"""Orders and purchases, limited to what the actor may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.utils import timezone

from accounts.actors import Actor
from commerce import policies
from commerce.choices import LIVE_PAYMENTS, PAID, OrderStatus, PaymentMethod, PaymentStatus
from commerce.models import CartItem, Order, OrderLine, Payment, PaymentShare
from config.core.errors import Missing
from config.core.money import ZERO
from config.core.references import Reference, referred
from marketplace.choices import Kind as ListingKind

# A share of a payment that was not given back whole. What was free in it is the buyer's as long as the rest is.
KEPT = Q(gross=ZERO) | Q(refunded_gross__lt=F("gross"))
# Payments on which an order is sent: the money has come in, or is handed over with the parcel.
SENT_ON = Q(status__in=PAID) | Q(status__in=LIVE_PAYMENTS, payment_method=PaymentMethod.CASH_ON_DELIVERY)


def orders_bought(*, actor: Actor) -> QuerySet[Order]:
    """The actor's purchases, newest first."""
    return _orders_with_lines().filter(buyer_id=actor.pk)


def orders_sold(*, actor: Actor) -> QuerySet[Order]:
    """Orders that hold the actor's works; others' lines are left out. `own_total_amount` is what theirs come to,
    `own_shipping_address` the address as far as they need it; read it by `address_shown`."""
    mine = OrderLine.objects.filter(order=OuterRef("pk"), seller_id=actor.pk)
    own = mine.order_by().values("order").annotate(total=Sum("total_price")).values("total")
    return (
        _orders_with_lines(seller_id=actor.pk)
        .filter(Exists(mine))
        .annotate(own_total_amount=Subquery(own), own_shipping_address=_address_for(mine))
    )


def sent_orders() -> Q:
    """Of orders: those that are sent as soon as they are made. Their buyer's confirmation alone is no payment."""
    return Q(total_amount=ZERO) | Q(Exists(Payment.objects.filter(SENT_ON, order=OuterRef("pk"))))


def address_for_seller(*, order_id: int, seller_id: int) -> str:
    """As the seller of an order reads it: empty unless they are to send something there."""
    mine = OrderLine.objects.filter(order=OuterRef("pk"), seller_id=seller_id)
    shown: str = Order.objects.values_list(_address_for(mine), flat=True).get(pk=order_id)
    return shown


def _address_for(lines: QuerySet[OrderLine]) -> Case:
    """A buyer's home is their own affair: its seller reads it once they are to send something there, and no longer when
    the order is cancelled or the money went back; empty else."""
    by_post = lines.filter(Q(kind=ListingKind.EQUIPMENT) | Q(is_digital=False))
    under_way = Q(status__in=[OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED])
    return Case(When(Exists(by_post) & under_way & sent_orders(), then=F("shipping_address")), default=Value(""))


def address_shown(order: Order) -> str:
    """Where the order goes, for the one whom a selector gave it to."""
    return getattr(order, "own_shipping_address", order.shipping_address)


def order_visible(*, actor: Actor, order_id: int) -> Order:
    """An order for its buyer and staff whole, for a seller with their own lines. Raises Missing for all others."""
    rows = _orders_with_lines() if policies.may_manage_orders(actor) else orders_bought(actor=actor)
    order = rows.filter(pk=order_id).first() or orders_sold(actor=actor).filter(pk=order_id).first()
    if order is None:
        raise Missing("Order")
    return order


def _orders_with_lines(seller_id: int | None = None) -> QuerySet[Order]:
    lines = OrderLine.objects.order_by("pk")
    if seller_id is not None:
        lines = lines.filter(seller_id=seller_id)
    return (
        Order.objects.select_related("buyer").prefetch_related(Prefetch("lines", lines)).order_by("-created_at", "-pk")
    )


def owned_models(actor: Actor, listing_ids: Collection[int], *, besides: Order | None = None) -> set[int]:
    """Which of the 3-D models the actor has paid for, and was not given the whole price back; by an order `besides`
    that one."""
    if actor.pk is None or not listing_ids:
        return set()
    lines = OrderLine.objects.filter(order__buyer_id=actor.pk, listing__in=listing_ids, kind=ListingKind.MODEL)
    if besides is not None:
        lines = lines.exclude(order=besides)
    free = lines.filter(order__total_amount=ZERO).exclude(order__status=OrderStatus.CANCELLED)
    kept = PaymentShare.objects.filter(KEPT, line__in=lines, payment__status__in=PAID)
    return {*free.values_list("listing", flat=True), *kept.values_list("line__listing", flat=True)}


def is_in_cart(actor: Actor, listing_id: int) -> bool:
    return actor.pk is not None and CartItem.objects.filter(user=actor.pk, listing=listing_id).exists()


def orders_unpaid_since(hours: int) -> QuerySet[Order]:
    """Orders whose time to pay is over: placed before then, not paid, and not waiting for a transfer or for cash."""
    limit = timezone.now() - timedelta(hours=hours)
    by_hand = Payment.objects.filter(
        order=OuterRef("pk"),
        payment_method__in=["bank_transfer", "cash_on_delivery"],
        status=PaymentStatus.PENDING,
    )
    paid = Payment.objects.filter(order=OuterRef("pk"), status__in=[*PAID, PaymentStatus.REFUNDED])
    return Order.objects.filter(
        ~Exists(by_hand), ~Exists(paid), status__in=["pending", "confirmed"], created_at__lt=limit, total_amount__gt=0
    ).order_by("pk")


def line_bought(*, actor: Actor, order_id: int, item_id: int) -> OrderLine:
    """A line of the actor's own order."""
    line = (
        OrderLine.objects.select_related("listing", "order").filter(pk=item_id, order_id=order_id).first()
        if actor.pk
        else None
    )
    if line is None or line.order.buyer_id != actor.pk:
        raise Missing("Item")
    return line


@dataclass(frozen=True)
class Purchases:
    """What a buyer bought in the shop, and what they paid artists for jobs: the newest of each, and how many in all."""

    orders: list[Order]
    payments: list[Payment]
    total_orders: int
    total_payments: int
    completed_orders: int
    completed_payments: int


def purchases_of(*, actor: Actor, buyer_id: int, shown: int) -> Purchases:
    """For the buyer and staff. Raises Missing for all others."""
    if actor.pk != buyer_id and not policies.may_manage_orders(actor):
        raise Missing("Buyer profile")
    orders = _orders_with_lines().filter(buyer_id=buyer_id)
    payments = Payment.objects.select_related("payer", "payee", "job").filter(payer_id=buyer_id, job__isnull=False)
    by_order = orders.order_by().aggregate(n=Count("pk"), done=Count("pk", filter=Q(status=OrderStatus.DELIVERED)))
    by_payment = payments.aggregate(n=Count("pk"), done=Count("pk", filter=Q(status__in=PAID)))
    return Purchases(
        orders=list(orders[:shown]),
        payments=list(payments.order_by("-created_at", "-pk")[:shown]),
        total_orders=by_order["n"],
        total_payments=by_payment["n"],
        completed_orders=by_order["done"],
        completed_payments=by_payment["done"],
    )


def line_of_buyer(*, actor: Actor, reference: Reference) -> OrderLine:
    """A line that the actor bought, paid or not, by its number or UUID. Raises Missing."""
    return referred(OrderLine.objects.filter(order__buyer_id=actor.pk), reference, "Purchase")
