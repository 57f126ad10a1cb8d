"""The daily figures: one row a UTC day, calculated again as often as one likes."""

from dataclasses import asdict, fields
from datetime import UTC, date, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from adminpanel import policies
from adminpanel.models import DailyFigures
from adminpanel.selectors.figures import Standing, standing_at
from config.core.audit import audit_record
from config.core.days import end_of
from config.core.errors import Denied, Invalid

# Days after which what an outage left out stays out.
MOST_MISSED: Final = 31


def figures_calculate(*, actor: Actor, day: date) -> DailyFigures:
    """Write the row of a day, or write it again. Two at once make one row.

    Today's says how it is now, a past day's how it was at its end as far as the rows still tell. What a person asks for
    stands in the audit trail. Raises Denied and Invalid (`day`, which lies in the future).
    """
    if not policies.may_read_all(actor):
        raise Denied
    if day > today():
        raise Invalid("There are no figures of a day to come.", field="day")
    with transaction.atomic():
        standing = asdict(standing_at(end_of(day)))
        before = DailyFigures.objects.filter(date=day).first()
        figures, _made = DailyFigures.objects.update_or_create(date=day, defaults=standing)
        if person(actor) is not None:
            audit_record(
                actor=actor,
                action="figures.calculate",
                target=figures,
                before=_recorded(before),
                after=_recorded(figures),
            )
    return figures


def figures_keep() -> None:
    """Today's row as it is now, and those of past days that were not written after their end, for the last time.

    So the first run after midnight closes yesterday, and the first one after an outage the days that it missed.
    """
    since = today() - timedelta(days=MOST_MISSED)
    written = dict(DailyFigures.objects.filter(date__gte=since).values_list("date", "updated_at"))
    day = min(written, default=today())
    while day < today():
        if day not in written or written[day] <= end_of(day):
            figures_calculate(actor=SYSTEM, day=day)
        day += timedelta(days=1)
    figures_calculate(actor=SYSTEM, day=today())


def today() -> date:
    """The UTC day."""
    return timezone.now().astimezone(UTC).date()


def _recorded(figures: DailyFigures | None) -> dict[str, Any]:
    if figures is None:
        return {}
    columns = ["date", *(field.name for field in fields(Standing))]
    return {name: str(getattr(figures, name)) for name in columns}
