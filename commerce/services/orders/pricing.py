"""What a piece of a listing costs somebody now: its price, or less by the campaign that is best for the buyer, or by
their coupon where that takes more off. Never by both.

Shown prices are advice; what is charged is decided once more under the locks of campaigns and coupon when the order is
placed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Follow
from commerce.choices import PAID, Audience, CampaignState, DiscountType, OrderStatus
from commerce.models import Campaign, CampaignUse, Coupon, Order, OrderLine
from commerce.services.coupons.uses import coupon_lock, coupon_reopen
from config.core.money import ZERO, chargeable, percent_of
from marketplace.models import Listing


@dataclass(frozen=True)
class Offer:
    """A piece costs `price`; `list_price` is what it costs without the campaign, None when there is none.

    Where the coupon takes more off than any campaign, `percent` is its, and `price` is the list price: what it takes
    off whole lines is `coupon_discounts`' to say.
    """

    price: Decimal
    list_price: Decimal | None = None
    campaign_id: int | None = None
    percent: Decimal = ZERO

    @property
    def lowered_by(self) -> str | None:
        """What makes it cheaper than the list says."""
        return "coupon" if self.percent else "campaign" if self.campaign_id is not None else None


def campaigns_running(now: datetime | None = None) -> QuerySet[Campaign]:
    """Switched on, within their dates (both included), and with something of their budget left."""
    now = now or timezone.now()
    unspent = Q(budget__isnull=True) | Q(given__lt=F("budget"))
    return Campaign.objects.filter(unspent, state=CampaignState.ON, start_date__lte=now, end_date__gte=now)


def offers_for(*, buyer: Actor, listings: Iterable[Listing]) -> dict[int, Offer]:
    """By listing, what one piece costs this buyer now. Four queries at most, however many listings."""
    return offers_of_pieces(buyer=buyer, pieces=dict.fromkeys(listings, 1))


def offers_of_pieces(*, buyer: Actor, pieces: dict[Listing, int], percent: Decimal = ZERO) -> dict[int, Offer]:
    """The same for who wants so many pieces of each, all in one order: the price that the order would have.

    `percent` is their coupon's."""
    campaigns = _campaigns_of([listing.pk for listing in pieces], campaigns_running())
    return _best_offers(buyer, pieces, campaigns, percent)


def coupon_discounts(lines: Sequence[tuple[Offer, Decimal]], currency: str) -> list[Decimal]:
    """What the coupon takes off each line of an order, of which these are the offers and the totals before it.

    Its percentage of all lines that it is for, rounded once. Each line's part is rounded by itself, and what that
    leaves, or is too much, is the largest line's; the next one's, as far as the largest has nothing to give.
    """
    taking = [total if offer.percent else ZERO for offer, total in lines]
    percent = max((offer.percent for offer, _total in lines), default=ZERO)
    parts = [percent_of(total, percent, currency) for total in taking]
    rest = percent_of(sum(taking, ZERO), percent, currency) - sum(parts, ZERO)
    for place in sorted(range(len(parts)), key=lambda place: (-taking[place], place)):
        share = min(max(rest, -parts[place]), taking[place] - parts[place])
        parts[place] += share
        rest -= share
    return parts


def offers_lock(
    *, buyer: Actor, pieces: dict[Listing, int], coupon_code: str = "", instead_of: Order | None = None
) -> tuple[dict[int, Offer], Coupon | None]:
    """The same for so many pieces of each locked listing, with their campaigns, and the coupon, locked until the
    transaction ends.

    A campaign whose rest does not cover all pieces of a listing gives nothing for it. What is granted here is counted
    by `discounts_grant` and `coupon_take`. The discounts of an order `instead_of` which the pieces are ordered are
    given back first; its coupon counts for them as well, if it still can be used. Raises CouponRefused.
    """
    now = timezone.now()
    ids = set(campaigns_running(now).filter(listings__in=pieces).values_list("pk", flat=True))
    before = list(instead_of.lines.all()) if instead_of is not None else []
    if before:
        ids |= set(CampaignUse.objects.filter(line__in=before).values_list("campaign", flat=True))
    # One order of locks, by number, and the coupon's last; and looked at again, since the budget may have gone
    # meanwhile.
    if ids:
        list(Campaign.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        discounts_return(before)
    current = _campaigns_of([listing.pk for listing in pieces], campaigns_running(now).filter(pk__in=ids))
    coupon = coupon_lock(coupon_code) if coupon_code else None
    if instead_of is not None:
        coupon = coupon_reopen(instead_of)
    return _best_offers(buyer, pieces, current, coupon.discount_percent if coupon else ZERO), coupon


def discounts_grant(lines: Iterable[OrderLine], offers: dict[int, Offer]) -> None:
    """Count the discounts of lines just written against the locked campaigns' budgets."""
    for line in lines:
        offer = offers[line.listing_id]
        if offer.campaign_id is None or offer.list_price is None:
            continue
        amount = (offer.list_price - offer.price) * line.quantity
        CampaignUse.objects.create(campaign_id=offer.campaign_id, line=line, amount=amount)
        Campaign.objects.filter(pk=offer.campaign_id).update(given=F("given") + amount, total_uses=F("total_uses") + 1)


def discounts_return(lines: Collection[OrderLine]) -> None:
    """Nothing came of these lines: their campaigns, locked by number, may give their discounts to others."""
    uses = CampaignUse.objects.select_for_update().filter(line__in=lines, returned_at__isnull=True)
    for use in uses.order_by("campaign_id", "pk"):
        use.returned_at = timezone.now()
        use.save(update_fields=["returned_at"])
        Campaign.objects.filter(pk=use.campaign_id).update(
            given=F("given") - use.amount, total_uses=F("total_uses") - 1
        )


# ---------------------------------------------------------------- parts
def _campaigns_of(listing_ids: list[int], campaigns: QuerySet[Campaign]) -> dict[int, list[Campaign]]:
    found: dict[int, list[Campaign]] = {}
    for campaign in campaigns.filter(listings__in=listing_ids).annotate(of_listing=F("listings__pk")).order_by("pk"):
        found.setdefault(campaign.of_listing, []).append(campaign)
    return found


def _best_offers(
    buyer: Actor, pieces: dict[Listing, int], campaigns: dict[int, list[Campaign]], percent: Decimal = ZERO
) -> dict[int, Offer]:
    """The one place that decides between list price, campaigns and coupon."""
    reached = _reached_by(buyer, {campaign for found in campaigns.values() for campaign in found})
    left = {
        campaign.pk: None if campaign.budget is None else campaign.budget - campaign.given
        for found in campaigns.values()
        for campaign in found
    }
    offers = {}
    for listing, quantity in pieces.items():
        price = chargeable(listing.price, listing.currency)
        best = Offer(price)
        for campaign in campaigns.get(listing.pk, ()):
            if campaign.pk not in reached or campaign.currency != listing.currency:
                continue
            lowered = price - discount_of(campaign, price)
            rest = left[campaign.pk]
            if lowered < best.price and (rest is None or (price - lowered) * quantity <= rest):
                best = Offer(lowered, price, campaign.pk)
        if percent_of(price * quantity, percent, listing.currency) > (price - best.price) * quantity:
            best = Offer(price, percent=percent)
        if best.campaign_id is not None and best.list_price is not None:
            rest = left[best.campaign_id]
            left[best.campaign_id] = None if rest is None else rest - (best.list_price - best.price) * quantity
        offers[listing.pk] = best
    return offers


def discount_of(campaign: Campaign, price: Decimal) -> Decimal:
    """Off one piece of that price, which it never exceeds."""
    if campaign.discount_type == DiscountType.PERCENTAGE:
        return percent_of(price, campaign.discount_value, campaign.currency)
    return min(chargeable(campaign.discount_value, campaign.currency), price)


def _reached_by(buyer: Actor, campaigns: set[Campaign]) -> set[int]:
    """Those of the campaigns that are meant for this buyer."""
    audiences = {campaign.target_audience for campaign in campaigns}
    sellers = {campaign.seller_id for campaign in campaigns}
    known = set()
    if audiences & {Audience.NEW_CUSTOMERS, Audience.RETURNING_CUSTOMERS}:
        known = set(sellers_bought_from(buyer).filter(seller__in=sellers).values_list("seller", flat=True))
    followed = set()
    if Audience.FOLLOWERS in audiences and buyer.pk is not None:
        follows = Follow.objects.filter(follower_id=buyer.pk, followed__in=sellers)
        followed = set(follows.values_list("followed", flat=True))
    return {
        campaign.pk
        for campaign in campaigns
        if campaign.target_audience == Audience.EVERYONE
        or (campaign.target_audience == Audience.NEW_CUSTOMERS and campaign.seller_id not in known)
        or (campaign.target_audience == Audience.RETURNING_CUSTOMERS and campaign.seller_id in known)
        or (campaign.target_audience == Audience.FOLLOWERS and campaign.seller_id in followed)
    }


def lines_bought() -> QuerySet[OrderLine]:
    """What was paid for, by anybody; what was free was bought, too. It says who is a customer of whom."""
    paid = Q(order__payments__status__in=PAID) | Q(order__total_amount=ZERO, order__status=OrderStatus.DELIVERED)
    return OrderLine.objects.filter(paid).order_by().distinct()


def sellers_bought_from(buyer: Actor) -> QuerySet[OrderLine]:
    if buyer.pk is None:
        return OrderLine.objects.none()
    return lines_bought().filter(order__buyer_id=buyer.pk)
