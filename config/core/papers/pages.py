"""What a paper is drawn on: pages with a foot, by the PDF library."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from config.core.papers.fonts import BASE, BOLD, JOINING, file_of
from config.core.papers.measures import BLACK, FAMILY, GREY, LINE, MARGIN, RULE, SIZE


class Pages(FPDF):
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

    def last_cell(self, width: float, text: str) -> None:
        """At the right end of a line; what follows begins a new one."""
        self.cell(width, LINE, text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

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
