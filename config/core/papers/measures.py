"""Sizes and colours of a paper, in millimetres and points."""

from typing import Final

FAMILY: Final = "paper"
MARGIN: Final = 18.0
"""On each side."""
SIZE: Final = 9.0
LINE: Final = 4.6
BLACK: Final = (0, 0, 0)
GREY: Final = (96, 96, 96)
RULE: Final = (200, 200, 200)
