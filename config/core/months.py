"""Months of the calendar, in UTC."""

from calendar import monthrange
from datetime import UTC, datetime


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later; the last day of a month that is too short."""
    moment = moment.astimezone(UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
