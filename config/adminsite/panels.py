"""What belongs to a thing, on its page: tables of other rows, each with a way to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Panel:
    """A table. A cell is text, or what `link` and `thumbnail` make. `address` leads to all of them, `note` says what is
    left out or how to read it, `empty` what stands there without rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    address: str = ""
    note: str = ""
    empty: str = "None."
    numeric: Sequence[int] = field(default=())  # columns of amounts and counts, from 0

    def cells(self) -> list[list[tuple[str, object, bool]]]:
        """By row: the column's name (a narrow screen shows it beside the cell), the cell, whether it is a number."""
        return [
            [
                (column, cell, place in self.numeric)
                for place, (column, cell) in enumerate(zip_longest(self.columns[: len(row)], row, fillvalue=""))
            ]
            for row in self.rows
        ]


def link(words: object, address: str) -> SafeString | str:
    """Words that lead to `address`; only the words where there is none, as for who may not see it."""
    return format_html('<a class="atelier-link" href="{}">{}</a>', address, words) if address else str(words)


def thumbnail(address: str, words: str = "") -> SafeString:
    """A small picture; an empty frame where there is none."""
    if not address:
        return format_html('<span class="atelier-thumb atelier-none" title="{}"></span>', words or "No picture")
    return format_html('<img class="atelier-thumb" loading="lazy" src="{}" alt="{}">', address, words)
