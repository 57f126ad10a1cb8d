"""What the bridge works off: tries to print, and commands."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Run:
    """A try to print that has not ended."""

    pk: int
    submission: int
    state: str
    job: str
    sent_at: datetime | None = None
    is_by_hand: bool = False


@dataclass(frozen=True)
class Order:
    """A command that waits."""

    pk: int
    kind: str
    run_id: int | None
    expires_at: datetime

    @property
    def sequence(self) -> int:
        """Comes back in the printer's answer; no two commands share one, over restarts too."""
        return self.pk % 2**31


@dataclass
class Sent:
    order: Order
    at: float
