"""A document as PDF: headings, paragraphs, facts beside their names, tables that go on from page to page.

Texts may be in any script: each character is shown in a font that has it, shaped as its script wants and in its
direction. What is to be written is told when the paper is made, so that no font is opened that nobody reads.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from config.core.papers.fonts import is_shaped, needed, writable
from config.core.papers.measures import BLACK, GREY, LINE, MARGIN, SIZE


class Column(NamedTuple):
    """`share` of the width, in per cent of the page's."""

    title: str
    share: float
    align: Literal["L", "R"] = "L"


class Paper:
    """`text` is all that will be written of what people wrote; our own words need not be in it."""

    def __init__(self, *, title: str, made_at: datetime, text: str, foot: str) -> None:
        # The library takes a third of a second to load, which every process would pay at its start.
        from config.core.papers.pages import Pages

        self._pdf = Pages(foot=foot)
        written = writable(text)
        self._pdf.use_fonts(needed(written), shaped=is_shaped(written))
        self._pdf.set_title(title)
        self._pdf.set_creator("Atelier")
        self._pdf.set_lang("en")
        self._pdf.set_creation_date(made_at)
        self._pdf.add_page()

    @property
    def pages(self) -> int:
        return self._pdf.pages_count

    def heading(self, text: str, *, size: float = 11.0) -> None:
        """Never left alone at the end of a page."""
        pdf = self._pdf
        if pdf.will_page_break(size + 4 * LINE):
            pdf.add_page()
        elif pdf.get_y() > MARGIN:
            pdf.ln(LINE * 0.8)
        with pdf.styled(bold=True, size=size):
            pdf.paragraph(writable(text), line=size * 0.5)
        pdf.ln(1.0)

    def paragraph(self, text: str, *, grey: bool = False, bold: bool = False) -> None:
        with self._pdf.styled(bold=bold, color=GREY if grey else BLACK):
            self._pdf.paragraph(writable(text))

    def blocks(self, blocks: Sequence[tuple[str, str]]) -> None:
        """Side by side: each a title and a text of several lines, such as an address."""
        pdf, top = self._pdf, self._pdf.get_y()
        width, lowest = pdf.epw / len(blocks), self._pdf.get_y()
        for place, (title, text) in enumerate(blocks):
            pdf.set_xy(MARGIN + place * width, top)
            with pdf.styled(color=GREY, size=SIZE - 1):
                pdf.write_part(width - 4, title)
            for part in filter(None, writable(text).split("\n")):
                pdf.write_part(width - 4, part)
            lowest = max(lowest, pdf.get_y())
        pdf.set_xy(MARGIN, lowest + LINE / 2)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """With its head again on each page. A row is never cut at the end of one."""
        pdf = self._pdf
        widths = [pdf.epw * column.share / 100 for column in columns]
        self._head(columns, widths)
        for row in rows:
            texts = [writable(text) for text in row]
            lines = max(self._lines(width, text) for width, text in zip(widths, texts, strict=True))
            height = LINE * lines + 1.2
            if pdf.will_page_break(height):
                pdf.add_page()
                self._head(columns, widths)
            self._row(columns, widths, texts, height)

    def amounts(self, rows: Iterable[tuple[str, str]], *, bold: bool = False) -> None:
        """Names and amounts at the right, as under a table."""
        pdf = self._pdf
        for name, shown in rows:
            if pdf.will_page_break(LINE):
                pdf.add_page()
            with pdf.styled(bold=bold):
                pdf.set_x(MARGIN)
                pdf.cell(pdf.epw * 0.76, LINE, writable(name), align="R")
                pdf.last_cell(pdf.epw * 0.24, writable(shown))

    def content(self) -> bytes:
        return bytes(self._pdf.output())

    # ---------------------------------------------------------------- parts
    def _lines(self, width: float, text: str) -> int:
        return sum(self._pdf.lines_of(width, part) for part in text.split("\n"))

    def _head(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        with self._pdf.styled(bold=True, size=SIZE - 0.5):
            self._row(columns, widths, [column.title for column in columns], LINE + 1.2)

    def _row(self, columns: Sequence[Column], widths: Sequence[float], texts: Sequence[str], height: float) -> None:
        pdf, top = self._pdf, self._pdf.get_y()
        left = MARGIN
        for column, width, text in zip(columns, widths, texts, strict=True):
            pdf.set_xy(left, top)
            for part in filter(None, text.split("\n")):  # each has a direction of its own
                pdf.write_part(width, part, column.align)
            left += width
        pdf.line(MARGIN, top + height - 0.4, MARGIN + pdf.epw, top + height - 0.4)
        pdf.set_xy(MARGIN, top + height)
