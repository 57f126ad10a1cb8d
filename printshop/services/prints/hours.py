"""When a shop starts prints. Pure: no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS_AHEAD = 8
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours in the shop's time zone. `days` are those on which they begin (0 is Monday), empty: every day. An
    end before the beginning is on the next day; without times it is the whole day."""

    zone: str = "UTC"
    days: tuple[int, ...] = ()
    begin: time | None = None
    end: time | None = None

    @classmethod
    def of(cls, zone: str, days: Sequence[int], begin: time | None, end: time | None) -> "Hours":
        known = tuple(sorted({day for day in days if isinstance(day, int) and 0 <= day <= 6}))
        return cls(zone, known, begin, end)

    @property
    def is_always(self) -> bool:
        whole = (self.begin or MIDNIGHT) == (self.end or MIDNIGHT)
        return whole and (not self.days or len(self.days) == 7)


def opens(hours: Hours, moment: datetime) -> datetime:
    """The first moment from `moment` on at which prints are started; itself while they are."""
    if hours.is_always:
        return moment
    local = moment.astimezone(zone_of(hours.zone))
    for ahead in range(-1, DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        if hours.days and day.weekday() not in hours.days:
            continue
        begin, end = _shift(hours, day)
        if moment < end:
            return max(moment, begin)
    return moment


@lru_cache(maxsize=10_000)
def _shift(hours: Hours, day: date) -> tuple[datetime, datetime]:
    zone = zone_of(hours.zone)
    begin, end = hours.begin or MIDNIGHT, hours.end or MIDNIGHT
    last = day if end > begin else day + timedelta(days=1)
    return (
        datetime.combine(day, begin, zone).astimezone(UTC),
        datetime.combine(last, end, zone).astimezone(UTC),
    )


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> ZoneInfo:
    """UTC for a name that there is not."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
