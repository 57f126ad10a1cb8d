"""A document as PDF: headings, paragraphs, facts beside their names, tables that go on from page to page.

Texts may be in any script: each character is shown in a font that has it, shaped as its script wants and in its
direction. What is to be written is told when the paper is made, so that no font is opened that nobody reads.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from config.core.papers.fonts import BASE, BOLD, JOINING, file_of, is_shaped, needed, writable

FAMILY: Final = "paper"
MARGIN: Final = 18.0
"""Millimetres, on each side."""
SIZE: Final = 9.0
LINE: Final = 4.6
BLACK: Final = (0, 0, 0)
GREY: Final = (96, 96, 96)
RULE: Final = (200, 200, 200)


class Column(NamedTuple):
    """`share` of the width, in per cent of the page's."""

    title: str
    share: float
    align: Literal["L", "R"] = "L"


class Paper:
    """`text` is all that will be written of what people wrote; our own words need not be in it."""

    def __init__(self, *, title: str, made_at: datetime, text: str, foot: str) -> None:
        self._pdf = _Pages(foot=foot)
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
                pdf.cell(pdf.epw * 0.24, LINE, writable(shown), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

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


class _Pages(FPDF):
    """Pages of A4 with a foot. In a text each character comes in the first font that has it."""

    def __init__(self, *, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self._font_before: str | None = None
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_draw_color(*RULE)
        self.set_line_width(0.15)

    def use_fonts(self, others: dict[str, set[int]], *, shaped: bool) -> None:
        """What is not `shaped` is written four times as fast."""
        self.add_font(FAMILY, "", file_of(BASE))
        self.add_font(FAMILY, "B", file_of(BOLD))
        for name, codes in others.items():
            self.add_font(name, "", file_of(name), unicode_range=sorted(codes))
        self.set_font(FAMILY, "", SIZE)
        if others:
            self.set_fallback_fonts(list(others), exact_match=False)
            for style in ("", "B"):
                cmap: dict[int, Any] = self.fonts[FAMILY + style].cmap  # type: ignore[union-attr]
                for sign in JOINING:
                    cmap.pop(ord(sign), None)
        self.set_text_shaping(shaped)

    def get_fallback_font(self, char: str, style: str = "") -> str | None:
        """What joins stays in the font of what it joins, whichever of them has it."""
        if char in JOINING:
            before = self._font_before
            return before if before is not None and ord(char) in self.fonts[before].cmap else None  # type: ignore[union-attr]
        self._font_before = super().get_fallback_font(char, style)
        return self._font_before

    @contextmanager
    def styled(
        self, *, bold: bool = False, size: float = SIZE, color: tuple[int, int, int] | None = None
    ) -> Iterator[None]:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*(color or (0, 0, 0)))
        try:
            yield
        finally:
            self.set_font(FAMILY, "", SIZE)
            self.set_text_color(*BLACK)

    def paragraph(self, text: str, *, line: float = LINE) -> None:
        for part in text.split("\n"):
            self.multi_cell(self.epw, line, part, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_part(self, width: float, text: str, align: str = "L") -> None:
        """In as many lines as it takes, one below the other. `cell` costs a fifth of `multi_cell`."""
        if self._fits(width, text):
            self.cell(width, LINE, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)
        else:
            self.multi_cell(width, LINE, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def lines_of(self, width: float, text: str) -> int:
        if self._fits(width, text):
            return 1
        lines: Any = self.multi_cell(width, LINE, text, dry_run=True, output="LINES")
        return len(lines)

    def _fits(self, width: float, text: str) -> bool:
        return not text or self.get_string_width(text) <= width - 2 * self.c_margin

    def footer(self) -> None:
        self.set_y(-MARGIN + 4)
        with self.styled(size=SIZE - 2, color=GREY):
            self.cell(self.epw * 0.8, LINE, self._foot)
            self.cell(self.epw * 0.2, LINE, f"{self.page_no()} / {{nb}}", align="R")
