"""The level of who sells 3-D models: by what was paid for them less refunds, in their market's currency."""

from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts.choices import CreatorLevel, NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send

# From how much on, the lowest first.
LEVELS: Final = {
    CreatorLevel.BRONZE: Decimal(0),
    CreatorLevel.SILVER: Decimal(250),
    CreatorLevel.GOLD: Decimal(1_000),
    CreatorLevel.PLATINUM: Decimal(10_000),
}
AT_ONCE: Final = 200


def level_of(sales: Decimal) -> CreatorLevel:
    reached = [level for level, least in LEVELS.items() if sales >= least]
    return reached[-1] if reached else CreatorLevel.BRONZE


def creator_levels_keep() -> int:
    """Give everybody the level of their sales, but for whom staff have chosen one; who rises is told. Says how many
    changed.

    Each batch is a transaction of its own; a run that was cut off is taken up by the next.
    """
    changed = 0
    while batch := _batch():
        changed += batch
    return changed


@transaction.atomic
def _batch() -> int:
    people = User.objects.filter(creator_level_is_set=False).filter(_wrong())
    rows = list(people.order_by("pk").select_for_update(no_key=True, skip_locked=True)[:AT_ONCE])
    for user in rows:
        before, user.creator_level = user.creator_level, level_of(user.sales_total)
        user.save(update_fields=["creator_level", "updated_at"])
        if LEVELS[CreatorLevel(user.creator_level)] > LEVELS[CreatorLevel(before)]:
            _tell(user)
    return len(rows)


def _wrong() -> Q:
    """Whose level is not that of their sales. Each part is found by the index of sales but the first, and that by the
    few who are above the lowest."""
    found = Q()
    steps = list(LEVELS.items())
    for number, (level, least) in enumerate(steps):
        within = Q(sales_total__gte=least) if least else Q()
        if number + 1 < len(steps):
            within &= Q(sales_total__lt=steps[number + 1][1])
        found |= within & ~Q(creator_level=level)
    return found


def _tell(user: User) -> None:
    notification_send(
        user=user,
        notification_type=NotificationType.CREATOR_LEVEL,
        title=f"You are {user.creator_level} now",
        message=f"Your sales have brought you the level {user.creator_level}.",
    )
