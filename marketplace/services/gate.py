"""The gates that pictures and 3-D files pass one at a time: on their way into the comparison, and into an analysis."""

from marketplace.models import ComparedPicture, DuplicateGate, Picture

GATE, MESH_GATE, TURN_GATE = 1, 2, 3


def gate_lock(gate: int = GATE) -> None:
    """Hold a gate until the transaction ends. Taken before any other lock, so that no two can deadlock."""
    DuplicateGate.objects.select_for_update().get_or_create(pk=gate)


def picture_enter(picture: Picture) -> None:
    """Let later pictures be compared with this one. The caller holds the gate.

    A picture whose origin changed is entered anew: detectors keep the origin with the entry.
    """
    ComparedPicture.objects.filter(picture=picture).delete()
    ComparedPicture.objects.create(picture=picture)
