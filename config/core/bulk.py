"""One decision about many things, each in its own transaction: one that is refused does not undo the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from config.core.errors import DomainError, Missing


@dataclass
class BulkOutcome:
    """`changed` are the ids that are different now; `refused` says why by id."""

    changed: list[int] = field(default_factory=list)
    not_found: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def for_each(ids: Iterable[int], decide: Callable[[int], bool]) -> BulkOutcome:
    """`decide` says whether the thing of that id is different now. An id that comes twice is decided about once."""
    outcome = BulkOutcome()
    for each in dict.fromkeys(ids):
        try:
            changed = decide(each)
        except Missing:
            outcome.not_found.append(each)
        except DomainError as refusal:
            outcome.refused[each] = refusal.message
        else:
            if changed:
                outcome.changed.append(each)
    return outcome
