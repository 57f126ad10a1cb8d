"""Full names, which some clients send in one piece."""

from config.core.names import one_line

PART = 150


def name_parts(full_name: str) -> tuple[str, str]:
    """First and last name, whose `get_full_name()` is the full name again. Each part has at most 150 characters."""
    first, _space, last = " ".join(one_line(full_name).split()).partition(" ")
    return first[:PART], last[:PART]
