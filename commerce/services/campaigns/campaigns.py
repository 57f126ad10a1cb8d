"""A seller's campaigns: made, changed, ended. `commerce.services.orders.pricing` says what they take off."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Follow, User
from accounts.selectors.people import people_seen_since
from commerce.choices import PAID, Audience, CampaignState, DiscountType
from commerce.models import Campaign
from commerce.services.orders.pricing import lines_bought
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.money import ZERO, exact, shown
from config.core.references import Reference
from marketplace.choices import Status
from marketplace.models import Listing

MOST_LISTINGS: Final = 500
REACH_DAYS: Final = 30
PERCENT_PLACES: Final = 2


@done_once(Campaign)
def campaign_create(
    *,
    actor: User,
    currency: str,
    name: str,
    discount_type: DiscountType,
    discount_value: Decimal,
    start_date: datetime,
    end_date: datetime,
    designs: Collection[Reference],
    description: str = "",
    target_audience: Audience = Audience.EVERYONE,
    budget: Decimal | None = None,
    state: CampaignState = CampaignState.ON,
    once: Once | None = None,
) -> Campaign:
    """A discount on the actor's own listings (by number or UUID) of one currency. A start in the past runs at once.

    Raises Invalid with the field.
    """
    if end_date <= start_date:
        raise Invalid("The end must be after the start.", field="end_date")
    if end_date < timezone.now():
        raise Invalid("The end has passed already.", field="end_date")
    campaign = Campaign(
        seller=actor,
        name=name,
        description=description,
        discount_type=discount_type,
        discount_value=_discount(discount_type, discount_value, currency),
        currency=currency,
        start_date=start_date,
        end_date=end_date,
        target_audience=target_audience,
        budget=_budget(budget, currency),
        state=state,
    )
    with transaction.atomic():
        listings = _own_listings(actor, designs, currency)
        campaign.save()
        campaign.listings.set(listings)
    return campaign


def campaign_change(
    *,
    actor: User,
    campaign_id: int,
    name: str | None = None,
    discount_value: Decimal | None = None,
    end_date: datetime | None = None,
    budget: Decimal | None = None,
    state: CampaignState | None = None,
) -> Campaign:
    """What is None stays. A budget below what was given already is refused. Raises Missing and Invalid."""
    with transaction.atomic():
        campaign = _locked(actor, campaign_id)
        if name is not None:
            campaign.name = name
        if discount_value is not None:
            campaign.discount_value = _discount(campaign.discount_type, discount_value, campaign.currency)
        if end_date is not None:
            if end_date <= campaign.start_date:
                raise Invalid("The end must be after the start.", field="end_date")
            campaign.end_date = end_date
        if budget is not None:
            campaign.budget = _budget(budget, campaign.currency)
            if campaign.budget is not None and campaign.budget < campaign.given:
                given = shown(campaign.given, campaign.currency)
                raise Invalid(f"{given} {campaign.currency} were given off already.", field="budget")
        if state is not None:
            campaign.state = state
        campaign.save()
    return campaign


def campaign_delete(*, actor: User, campaign_id: int) -> None:
    """Delete a campaign. One that was used only ends and leaves its seller's list: what it gave belongs to orders.

    Raises Missing.
    """
    with transaction.atomic():
        campaign = _locked(actor, campaign_id)
        if not campaign.uses.exists():
            campaign.delete()
            return
        campaign.state = CampaignState.REMOVED
        campaign.save(update_fields=["state", "updated_at"])


def campaign_status(campaign: Campaign, now: datetime | None = None) -> str:
    """draft, paused, scheduled, active or expired (its time or its budget is over, or its seller removed it)."""
    now = now or timezone.now()
    used_up = campaign.budget is not None and campaign.given >= campaign.budget
    if now > campaign.end_date or used_up or campaign.state == CampaignState.REMOVED:
        return "expired"
    if campaign.state != CampaignState.ON:
        return str(campaign.state)
    return "scheduled" if now < campaign.start_date else "active"


def campaigns_of(*, actor: User) -> QuerySet[Campaign]:
    """The actor's own, each with `designs_count` and `revenue_generated`: what was paid for lines with its discount,
    less what was refunded."""
    paid = Q(uses__line__payment_shares__payment__status__in=PAID)
    brought = F("uses__line__payment_shares__gross") - F("uses__line__payment_shares__refunded_gross")
    revenue = Sum(brought, filter=paid, output_field=DecimalField(max_digits=14, decimal_places=3))
    rows = Campaign.objects.filter(seller=actor).exclude(state=CampaignState.REMOVED)
    rows = rows.annotate(revenue_generated=Coalesce(revenue, ZERO))
    counted = Campaign.listings.through.objects  # type: ignore[attr-defined]
    count = counted.filter(campaign=OuterRef("pk")).order_by().values("campaign").annotate(n=Count("pk")).values("n")
    return rows.annotate(designs_count=Coalesce(Subquery(count), 0)).order_by("-created_at", "-pk")


def audience_reach(*, seller_id: int, audience: str) -> int:
    """How many people of the audience were seen in the last thirty days, the seller left out.

    Of an audience that is none of ours it is everybody.
    """
    people = people_seen_since(timezone.now() - timedelta(days=REACH_DAYS)).exclude(pk=seller_id)
    bought = lines_bought().filter(seller=seller_id).values("order__buyer")
    match audience:
        case Audience.NEW_CUSTOMERS:
            people = people.exclude(pk__in=bought)
        case Audience.RETURNING_CUSTOMERS:
            people = people.filter(pk__in=bought)
        case Audience.FOLLOWERS:
            people = people.filter(pk__in=Follow.objects.filter(followed=seller_id).values("follower"))
    return people.count()


# ---------------------------------------------------------------- parts
def _locked(actor: Actor, campaign_id: int) -> Campaign:
    rows = Campaign.objects.select_for_update().exclude(state=CampaignState.REMOVED)
    campaign = rows.filter(pk=campaign_id, seller_id=actor.pk).first()
    if campaign is None:
        raise Missing("Promotion campaign")
    return campaign


def _own_listings(actor: User, references: Collection[Reference], currency: str) -> list[Listing]:
    wanted = set(references)
    if not wanted:
        raise Invalid("A campaign needs at least one design.", field="design_ids")
    if len(wanted) > MOST_LISTINGS:
        raise Invalid(f"A campaign holds at most {MOST_LISTINGS} designs.", field="design_ids")
    numbers = [reference for reference in wanted if isinstance(reference, int)]
    uuids = [reference for reference in wanted if isinstance(reference, UUID)]
    rows = Listing.objects.filter(Q(pk__in=numbers) | Q(uuid__in=uuids), seller=actor)
    found = list(rows.exclude(status=Status.ARCHIVED))
    strange = wanted - {listing.pk for listing in found} - {listing.uuid for listing in found}
    if strange:
        raise Invalid(f"You have no design {', '.join(sorted(map(str, strange))[:5])}.", field="design_ids")
    if any(listing.currency != currency for listing in found):
        raise Invalid(f"A campaign in {currency} holds designs in {currency} only.", field="design_ids")
    return found


def _discount(kind: str, value: Decimal, currency: str) -> Decimal:
    if value <= 0:
        raise Invalid("The discount must be positive.", field="discount_value")
    if kind == DiscountType.PERCENTAGE:
        if value > 100:
            raise Invalid("A percentage is at most 100.", field="discount_value")
        if value != round(value, PERCENT_PLACES):
            message = f"A percentage has no more than {PERCENT_PLACES} decimal places."
            raise Invalid(message, field="discount_value")
        return value
    return exact(value, currency, field="discount_value")


def _budget(budget: Decimal | None, currency: str) -> Decimal | None:
    if budget is None:
        return None
    if budget <= 0:
        raise Invalid("The budget must be positive.", field="budget")
    return exact(budget, currency, field="budget")
