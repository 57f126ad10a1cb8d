"""Numbers of yearly series, such as those of tickets: no two alike, none twice."""

from config.core.models import NumberSeries


def number_take(*, series: str, year: int) -> int:
    """The next number of the year, from 1 on. In the caller's transaction: another one waits for its end."""
    row, _made = NumberSeries.objects.select_for_update().get_or_create(name=series, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
