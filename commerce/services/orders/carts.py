"""The cart: what somebody wants to buy. It keeps wishes; names and prices are the catalogue's of the moment."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts.models import User
from commerce.errors import AlreadyInCart, AlreadyOwned, NotInCart, OwnListing
from commerce.models import CartItem, Coupon
from commerce.selectors.orders import owned_models
from commerce.services.coupons.uses import cart_coupon
from commerce.services.orders.pricing import Offer, coupon_discounts, offers_of_pieces
from config.core.errors import Invalid, Missing
from config.core.money import ZERO
from marketplace import policies as catalogue
from marketplace.choices import Kind
from marketplace.errors import NotOnSale
from marketplace.models import Listing

MOST_ITEMS: Final = 100
MOST_PIECES: Final = 10_000


@dataclass(frozen=True)
class CartLine:
    """A wish with what a piece of it costs now, when the whole cart is ordered, and what the coupon takes off all its
    pieces. `is_available` is False for what can no longer be bought: no coupon counts for that."""

    item: CartItem
    offer: Offer
    is_available: bool
    discount: Decimal = ZERO

    @property
    def subtotal(self) -> Decimal:
        return self.offer.price * self.item.quantity


@dataclass(frozen=True)
class Cart:
    """`coupon` is the one that was applied and can still be used."""

    lines: list[CartLine]
    coupon: Coupon | None

    @property
    def on_sale(self) -> list[CartLine]:
        return [line for line in self.lines if line.is_available]

    @property
    def subtotal(self) -> Decimal:
        return sum((line.subtotal for line in self.on_sale), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum((line.discount for line in self.on_sale), ZERO)


def cart_of(*, actor: User) -> Cart:
    """The actor's cart in the order in which it was filled. A constant number of queries."""
    items, coupon = _items(actor), cart_coupon(actor=actor)
    percent = coupon.discount_percent if coupon is not None else ZERO
    live = [item for item in items if catalogue.is_live(item.listing)]
    offers = offers_of_pieces(buyer=actor, pieces=_pieces(items), percent=percent)
    currency = items[0].listing.currency if items else ""
    totals = [(offers[item.listing_id], offers[item.listing_id].price * item.quantity) for item in live]
    discounts = dict(zip((item.pk for item in live), coupon_discounts(totals, currency), strict=True))
    lines = [
        CartLine(item, offers[item.listing_id], item.pk in discounts, discounts.get(item.pk, ZERO)) for item in items
    ]
    return Cart(lines, coupon)


def cart_lines(*, actor: User) -> list[CartLine]:
    return cart_of(actor=actor).lines


def cart_line(*, actor: User, item: CartItem) -> CartLine:
    """One item of the actor's cart, with what it costs now. Raises Missing when it has just been taken out."""
    found = next((line for line in cart_lines(actor=actor) if line.item.pk == item.pk), None)
    if found is None:
        raise Missing("Cart item")
    return found


def _items(actor: User) -> list[CartItem]:
    return list(CartItem.objects.filter(user=actor).select_related("listing").order_by("added_at", "pk"))


def _pieces(items: list[CartItem]) -> dict[Listing, int]:
    """How many of each listing, whatever their sizes: a campaign covers all of them or none."""
    pieces: dict[Listing, int] = {}
    for item in items:
        pieces[item.listing] = pieces.get(item.listing, 0) + item.quantity
    return pieces


def cart_add(
    *,
    actor: User,
    channel: str,
    listing: Listing,
    quantity: int = 1,
    size: str = "",
    color: str = "",
    icon: str = "",
    price: Decimal | None = None,
) -> CartItem:
    """Put pieces of a listing into the cart; the same listing, size and color again adds to them.

    `price` is what the caller believes a piece costs: what it costs them now, or what the listing says without the
    campaign that lowers it. Raises Invalid when it is neither (`price`), when the cart holds another currency
    (`design_id`) or too much (`quantity`); NotOnSale, OwnListing, AlreadyOwned.
    """
    _counted(quantity)
    if not catalogue.is_live(listing):
        raise NotOnSale(f'"{listing.title}" is not on sale.')
    if catalogue.owns(actor, listing):
        raise OwnListing(f'"{listing.title}" is your own.')
    if listing.kind == Kind.MODEL and owned_models(actor, [listing.pk]):
        raise AlreadyOwned(f'You own "{listing.title}" already.')
    if price is not None:
        items = _items(actor)
        pieces = _pieces([item for item in items if item.listing_id != listing.pk])
        pieces[listing] = quantity + sum(item.quantity for item in items if item.listing_id == listing.pk)
        offer = offers_of_pieces(buyer=actor, pieces=pieces)[listing.pk]
        if price not in (offer.price, offer.list_price):
            raise Invalid(f"The price is {offer.price} {listing.currency}.", field="price")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two at once add up instead of colliding
        items = list(CartItem.objects.filter(user=actor).select_related("listing"))
        if any(item.listing.currency != listing.currency for item in items):
            currency = items[0].listing.currency
            raise Invalid(f"A cart holds one currency, and yours holds {currency}.", field="design_id")
        same = next(
            (item for item in items if (item.listing_id, item.size, item.color) == (listing.pk, size, color)), None
        )
        if same is None:
            if len(items) >= MOST_ITEMS:
                raise Invalid(f"A cart holds at most {MOST_ITEMS} different items.", field="design_id")
            same = CartItem(user=actor, listing=listing, channel=channel, quantity=0, size=size, color=color)
        same.icon = icon or same.icon
        same.quantity = _counted(same.quantity + quantity)
        same.save()
    return same


def cart_add_once(*, actor: User, channel: str, listing: Listing) -> CartItem:
    """Put one piece of a listing into the cart that does not hold it yet. Raises AlreadyInCart, and what `cart_add`
    raises."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if CartItem.objects.filter(user=actor, listing=listing.pk).exists():
            raise AlreadyInCart
        return cart_add(actor=actor, channel=channel, listing=listing)


def cart_remove_listing(*, actor: User, listing_id: int) -> None:
    """Take all pieces of a listing out, in whatever size and color. Raises NotInCart."""
    if not CartItem.objects.filter(user=actor, listing=listing_id).delete()[0]:
        raise NotInCart


def cart_change(
    *, actor: User, item: CartItem, quantity: int | None = None, size: str | None = None, color: str | None = None
) -> CartItem:
    """What is None stays. A change that makes it equal to another item of the cart joins the two.

    Raises Missing and Invalid (`quantity`).
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        mine = CartItem.objects.select_related("listing").filter(pk=item.pk, user=actor).first()
        if mine is None:
            raise Missing("Cart item")
        mine.quantity = mine.quantity if quantity is None else _counted(quantity)
        mine.size = mine.size if size is None else size
        mine.color = mine.color if color is None else color
        twin = CartItem.objects.filter(user=actor, listing=mine.listing_id, size=mine.size, color=mine.color)
        for other in twin.exclude(pk=mine.pk):
            mine.quantity = _counted(mine.quantity + other.quantity)
            other.delete()
        mine.save()
    return mine


def cart_remove(*, actor: User, item: CartItem) -> None:
    """Raises Missing for an item that is not in the actor's cart (any more)."""
    if not CartItem.objects.filter(pk=item.pk, user=actor).delete()[0]:
        raise Missing("Cart item")


def _counted(quantity: int) -> int:
    if not 1 <= quantity <= MOST_PIECES:
        raise Invalid(f"The quantity must be between 1 and {MOST_PIECES}.", field="quantity")
    return quantity
