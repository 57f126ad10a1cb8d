"""Orders: placing, changing, confirming, deleting. Limited stock is taken when the order is placed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.choices import WebhookEvent
from accounts.models import User
from accounts.services.accounts import deals
from commerce.choices import LIVE_PAYMENTS, OrderStatus, OrderType, PaymentStatus
from commerce.errors import AlreadyOwned, LineShipped, WrongOrderStatus
from commerce.models import CartItem, Order, OrderChange, OrderLine, Payment, PaymentShare
from commerce.selectors.orders import owned_models
from commerce.services.coupons.uses import cart_coupon_forget, coupon_return, coupon_take
from commerce.services.ledger.counts import downloads_follow
from commerce.services.notices.orders import tell_about_cash_order, tell_about_gift
from commerce.services.notices.webhooks import order_webhook, sale_webhook
from commerce.services.orders.pricing import Offer, coupon_discounts, discounts_grant, discounts_return, offers_lock
from commerce.services.states.orders import order_lock, order_status_change
from config.core.announce import announce
from config.core.errors import Invalid
from config.core.idempotency import Once, done_once
from config.core.money import ZERO
from marketplace.choices import Kind, Status
from marketplace.errors import NotOnSale
from marketplace.models import Listing
from marketplace.services.models_3d.originals import licences_of, listings_sold_as_files, listings_without_file
from marketplace.services.stock import listings_lock, stock_return, stock_take

MOST_LINES = 100
MOST_PIECES = 10_000
MOST_TOTAL = Decimal("99999999999")
"""What the columns of amounts hold."""


@dataclass(frozen=True)
class Item:
    """A wish: so many pieces of a listing. `kind` is what the caller takes it for."""

    listing_id: int
    quantity: int
    kind: Kind
    size: str = ""
    color: str = ""


# ---------------------------------------------------------------- placing
@done_once(Order)
def order_place(
    *,
    actor: User,
    channel: str,
    order_type: OrderType,
    shipping_address: str,
    items: Iterable[Item],
    coupon_code: str = "",
    pay_by: str = "",
    once: Once | None = None,
) -> Order:
    """Place an order: titles are the catalogue's, prices its own, a campaign's or the coupon's, stock is taken under
    lock, all or nothing, and so is a use of the coupon, where it makes anything cheaper.

    Raises Invalid (empty, or too large in pieces or in money), NotOnSale, AlreadyOwned, OutOfStock, CouponRefused; each
    names the field and changes nothing.
    """
    wishes = _merged(items, order_type)
    with transaction.atomic():
        listings = listings_lock(wish.listing_id for wish in wishes)
        _check_on_sale(actor, wishes, listings)
        currency = listings[wishes[0].listing_id].currency
        offers, coupon = offers_lock(buyer=actor, pieces=_pieces(wishes, listings), coupon_code=coupon_code)
        priced = _priced(wishes, offers, currency)
        order = Order.objects.create(
            buyer=actor,
            channel=channel,
            order_type=order_type,
            shipping_address=shipping_address,
            total_amount=sum((line.total for line in priced), ZERO),
            currency=currency,
            pay_by=pay_by,
            tax_name=settings.TAX_NAME if settings.TAX_PERCENT else "",
            tax_percent=settings.TAX_PERCENT,
        )
        OrderChange.objects.create(order=order, after=order.status, actor=actor)
        _write_lines(order, priced, listings, offers)
        coupon_take(order, coupon, sum((line.discount for line in priced), ZERO))
        order_webhook(WebhookEvent.ORDER_PLACED, order)
        if order.total_amount == 0:  # nothing to pay: what is free is bought by ordering it
            _given_away(order)
    return order


def order_replace(
    *, actor: User, order_id: int, order_type: OrderType, shipping_address: str, items: Iterable[Item]
) -> Order:
    """Put other items into one's own pending order that has no payment yet."""
    wishes = _merged(items, order_type)
    with transaction.atomic():
        order = order_lock(order_id, buyer=actor)
        if order.status != OrderStatus.PENDING:
            raise WrongOrderStatus("Only a pending order can be changed.")
        if order.payments.filter(status__in=LIVE_PAYMENTS).exists():
            raise WrongOrderStatus("The order has a payment. Cancel it and place a new one.")
        old = list(order.lines.all())
        listings = listings_lock([*(line.listing_id for line in old), *(wish.listing_id for wish in wishes)])
        _return_stock(old, listings)
        _check_on_sale(actor, wishes, listings)
        offers, coupon = offers_lock(buyer=actor, pieces=_pieces(wishes, listings), instead_of=order)
        OrderLine.objects.filter(order=order).delete()
        order.order_type = order_type
        order.shipping_address = shipping_address
        order.currency = listings[wishes[0].listing_id].currency
        priced = _priced(wishes, offers, order.currency)
        order.total_amount = sum((line.total for line in priced), ZERO)
        order.save(update_fields=["order_type", "shipping_address", "currency", "total_amount", "updated_at"])
        _write_lines(order, priced, listings, offers)
        coupon_take(order, coupon, sum((line.discount for line in priced), ZERO))
        if order.total_amount == 0:
            _given_away(order)
    return order


def order_address_change(*, actor: User, order_id: int, shipping_address: str) -> Order:
    """Until anything of it is on its way there. Raises Missing, WrongOrderStatus and LineShipped."""
    with transaction.atomic():
        order = order_lock(order_id, buyer=actor)
        refuse_shipped(order, "The address can no longer be changed.")
        if order.status not in {OrderStatus.PENDING, OrderStatus.CONFIRMED}:
            raise WrongOrderStatus("The address can be changed until the order is shipped.")
        order.shipping_address = shipping_address
        order.save(update_fields=["shipping_address", "updated_at"])
        announce("commerce.order_changed", order_id=order.pk)
    return order


# ---------------------------------------------------------------- status
@done_once(Order)
def order_confirm(*, actor: User, order_id: int, once: Once | None = None) -> Order:
    """The buyer says that they mean it. Paying confirms as well, and so does choosing to pay on delivery."""
    with transaction.atomic():
        order = order_lock(order_id, buyer=actor)
        if order.status != OrderStatus.PENDING:
            raise WrongOrderStatus(f"The order is {order.status}; only a pending order can be confirmed.")
        order_status_change(order, OrderStatus.CONFIRMED, actor=actor)
        cash = order.payments.filter(payment_method="cash_on_delivery", status=PaymentStatus.PENDING).first()
        if cash is not None:
            tell_about_cash_order(cash, order)
    return order


def order_await_cash(order: Order, payment: Payment, *, actor: User) -> None:
    """Nothing more is to come before the parcel: a pending order, locked, stands now, and its sellers may send it."""
    if order.status == OrderStatus.PENDING:
        order_status_change(order, OrderStatus.CONFIRMED, actor=actor, reason="to be paid on delivery")
        tell_about_cash_order(payment, order)
    else:
        announce("commerce.order_changed", order_id=order.pk)


def order_paid(
    order: Order, *, actor: Actor, payment: Payment | None = None, shares: Collection[PaymentShare] = ()
) -> None:
    """What a completed payment does to its locked order: it is confirmed, and delivered when it is all files. The
    models in it leave the buyer's cart, if they are there. What was free has no payment and no shares."""
    if order.status == OrderStatus.PENDING:
        order_status_change(order, OrderStatus.CONFIRMED, actor=actor, reason="paid")
    else:  # its buyer had confirmed it before; what is made to order is made from now on
        announce("commerce.order_changed", order_id=order.pk)
    order_webhook(WebhookEvent.ORDER_PAID, order, payment=payment)
    sale_webhook(order, payment, shares)
    lines = list(order.lines.all())
    bought = [line.listing_id for line in lines if line.kind == Kind.MODEL]
    CartItem.objects.filter(user=order.buyer_id, listing__in=bought).delete()
    if order.checkout_id:
        cart_coupon_forget(actor=order.buyer)
    digital = all(line.is_digital for line in lines)
    if digital and order.status == OrderStatus.CONFIRMED:
        order.lines.update(delivered_at=timezone.now())
        order_status_change(order, OrderStatus.DELIVERED, actor=actor, reason="nothing to be sent by post")


def _given_away(order: Order) -> None:
    order_paid(order, actor=SYSTEM)
    downloads_follow({line.pk: 1 for line in order.lines.all()})
    tell_about_gift(order)


def order_delete(*, actor: User, order_id: int) -> None:
    """Remove one's own order that is pending or cancelled and was never paid for."""
    with transaction.atomic():
        order = order_lock(order_id, buyer=actor)
        if order.status not in {OrderStatus.PENDING, OrderStatus.CANCELLED} or order.payments.exists():
            raise WrongOrderStatus("Only a pending or cancelled order without a payment can be deleted.")
        if order.stock_returned_at is None:
            order_give_back(order)
        order.delete()


def refuse_shipped(order: Order, consequence: str) -> None:
    """Raises LineShipped when a line of a locked order was shipped; it names the line and then the consequence."""
    line = order.lines.filter(shipped_at__isnull=False).order_by("pk").first()
    if line is not None:
        raise LineShipped(f'"{line.title}" was shipped on {line.shipped_at:%d %B %Y}. {consequence}', item=line.pk)


def lines_without_file(order: Order) -> set[int]:
    """Which lines of a locked order are files that their sellers have not attached yet."""
    lines = {line.pk: line.listing_id for line in order.lines.all() if line.is_digital}
    missing = listings_without_file(lines.values())
    return {line_id for line_id, listing_id in lines.items() if listing_id in missing}


# ---------------------------------------------------------------- parts


def _merged(items: Iterable[Item], order_type: OrderType) -> list[Item]:
    """The same listing asked for twice, in the same size and color, is one line."""
    quantities: dict[Item, int] = {}
    for item in items:
        place = replace(item, quantity=0)
        quantities[place] = quantities.get(place, 0) + item.quantity
    if not quantities:
        field = "equipment_items" if order_type == OrderType.EQUIPMENT else "artwork_items"
        raise Invalid("An order needs at least one item.", field=field)
    if order_type == OrderType.ARTWORK and all(item.kind == Kind.EQUIPMENT for item in quantities):
        raise Invalid("This field is required when order_type is artwork.", field="artwork_items")
    if len(quantities) > MOST_LINES:
        raise Invalid(f"An order holds at most {MOST_LINES} different items.", field="artwork_items")
    for item, quantity in quantities.items():
        if not 1 <= quantity <= MOST_PIECES:
            raise Invalid(f"quantity must be between 1 and {MOST_PIECES}.", field=_field(item.kind))
    return [replace(item, quantity=quantity) for item, quantity in quantities.items()]


def _pieces(wishes: list[Item], listings: dict[int, Listing]) -> dict[Listing, int]:
    """How many of each listing, whatever their sizes."""
    pieces: dict[Listing, int] = {}
    for wish in wishes:
        listing = listings[wish.listing_id]
        pieces[listing] = pieces.get(listing, 0) + wish.quantity
    return pieces


def _field(kind: Kind) -> str:
    return "equipment_items" if kind == Kind.EQUIPMENT else "artwork_items"


def _check_on_sale(actor: User, wishes: list[Item], listings: dict[int, Listing]) -> None:
    currencies = set()
    for wish in wishes:
        listing = listings.get(wish.listing_id)
        field = _field(wish.kind)
        hidden = listing is None or listing.kind != wish.kind or listing.status != Status.APPROVED
        if listing is None or hidden:
            raise NotOnSale(f"There is no {wish.kind} with id {wish.listing_id}.", field=field)
        # The listing's own word is locked; its seller's row was read before that, and may be a moment old.
        if not (listing.is_available and listing.seller_is_active and deals(listing.seller)):
            raise NotOnSale(f'"{listing.title}" is not available.', field=field)
        if listing.seller_id == actor.pk:
            raise NotOnSale(f'"{listing.title}" is your own.', field=field)
        currencies.add(listing.currency)
    owned = owned_models(actor, [wish.listing_id for wish in wishes if wish.kind == Kind.MODEL])
    if owned:
        title = listings[min(owned)].title
        raise AlreadyOwned(f'You own "{title}" already.', field=_field(Kind.MODEL))
    if len(currencies) > 1:
        raise Invalid(
            f"An order holds one currency, not {' and '.join(sorted(currencies))}.", field=_field(wishes[0].kind)
        )


@dataclass(frozen=True)
class Priced:
    """A wish, and what its line costs in all: the offer's price for each piece, less the coupon's `discount`."""

    wish: Item
    offer: Offer
    discount: Decimal
    total: Decimal


def _priced(wishes: list[Item], offers: dict[int, Offer], currency: str) -> list[Priced]:
    """Neither what is to be paid nor what is taken off may be more than amounts can be."""
    offered = [(offers[wish.listing_id], wish.quantity) for wish in wishes]
    if sum((max(offer.price, offer.list_price or ZERO) * quantity for offer, quantity in offered), ZERO) > MOST_TOTAL:
        raise Invalid(f"An order comes to at most {MOST_TOTAL}.", field=_field(wishes[0].kind))
    totals = [(offer, offer.price * quantity) for offer, quantity in offered]
    return [
        Priced(wish, offer, discount, total - discount)
        for wish, (offer, total), discount in zip(wishes, totals, coupon_discounts(totals, currency), strict=True)
    ]


def _write_lines(order: Order, priced: list[Priced], listings: dict[int, Listing], offers: dict[int, Offer]) -> None:
    files, licences = listings_sold_as_files(listings), licences_of(listings)
    lines = []
    for line in priced:
        wish, offer, listing = line.wish, line.offer, listings[line.wish.listing_id]
        lines.append(
            OrderLine(
                order=order,
                listing=listing,
                seller=listing.seller,
                kind=listing.kind,
                is_digital=listing.pk in files,
                title=listing.title,
                seller_name=listing.seller.username,
                licence=licences.get(listing.pk, ""),
                size=wish.size,
                color=wish.color,
                quantity=wish.quantity,
                list_price=offer.list_price,
                unit_price=offer.price,
                discount_amount=line.discount,
                total_price=line.total,
                took_stock=_taken(listing, wish),
            )
        )
    discounts_grant(OrderLine.objects.bulk_create(lines), offers)


def _taken(listing: Listing, wish: Item) -> bool:
    try:
        return stock_take(listing, wish.quantity)
    except Invalid as refusal:
        refusal.field = _field(wish.kind)
        raise


def _return_stock(lines: Iterable[OrderLine], listings: dict[int, Listing]) -> None:
    for line in lines:
        stock_return(listings[line.listing_id], line.quantity, from_stock=line.took_stock)


def order_give_back(order: Order) -> None:
    """Return a locked order's pieces to the stock, and its discounts to their campaigns and to its coupon."""
    lines = list(order.lines.all())
    _return_stock(lines, listings_lock(line.listing_id for line in lines))
    discounts_return(lines)
    coupon_return(order)
    if order.total_amount == 0:
        downloads_follow({line.pk: -1 for line in lines})
    order.stock_returned_at = timezone.now()
    order.save(update_fields=["stock_returned_at", "updated_at"])
