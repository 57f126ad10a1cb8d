"""Rows as CSV, sent while they are read, and as XLSX, written to a temporary file first; neither is held in memory."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any, Final

from adminpanel.pages.export_columns import Cell, decimals_of

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *"＝＋－＠")
LONGEST_CELL: Final = 32_767  # of Excel
AT_ONCE: Final = 200


def csv_of(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """UTF-8 text with a line of titles. Text that a spreadsheet would take for a formula begins with an apostrophe."""
    pieces = _Pieces()
    writer = csv.writer(pieces)
    lines = chain([titles], rows)
    while some := list(islice(lines, AT_ONCE)):
        writer.writerows([_harmless(cell) for cell in row] for row in some)
        yield pieces.taken()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


class _Pieces:
    """What was written since it was taken last."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)

    def taken(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        return text


def xlsx_of(name: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """A temporary file with one sheet, at its beginning. Cells of text are text whatever they begin with."""
    import xlsxwriter  # here, since it takes a tenth of a second to load

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
    try:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            sheet = book.add_worksheet(name[:31])
            bold = book.add_format({"bold": True})
            for column, title in enumerate(titles):
                sheet.write_string(0, column, title, bold)
            sheet.freeze_panes(1, 0)
            forms = {places: book.add_format({"num_format": f"0.{'0' * places}".rstrip(".")}) for places in range(7)}
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    _write(sheet, number, column, cell, forms)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write(sheet: Any, row: int, column: int, cell: Cell, forms: dict[int, Any]) -> None:
    if isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), forms.get(decimals_of(cell)))
    elif isinstance(cell, str) or abs(cell) >= 10**15:  # Excel has fifteen digits
        sheet.write_string(row, column, str(cell)[:LONGEST_CELL])
    else:
        sheet.write_number(row, column, cell)
