"""Days are UTC days, here as everywhere on the platform."""

from datetime import UTC, date, datetime, time


def begin_of(day: date) -> datetime:
    """Its first moment."""
    return datetime.combine(day, time.min, UTC)


def end_of(day: date) -> datetime:
    """Its last moment. The day after it may not exist (year 9999)."""
    return datetime.combine(day, time.max, UTC)
