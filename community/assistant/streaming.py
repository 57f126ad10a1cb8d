"""What an answer arrives in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True)
class Restart:
    """Forget the pieces so far: the answer begins anew."""
