"""Files that were analysed before shapes were described: described later, a few at a time, their verdicts untouched."""

import logging
import uuid
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from config.core.errors import Upstream
from config.core.sandbox import SandboxFault
from marketplace.choices import MeshState
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.results import Character, Shape
from marketplace.meshes.sandbox import analyse
from marketplace.models import MeshFile
from marketplace.services.gate import MESH_GATE, TURN_GATE, gate_lock
from marketplace.services.models_3d import files as meshes
from marketplace.services.models_3d.analyses import (
    CLAIMED_FOR,
    FIRST_DELAY,
    MOST_ATTEMPTS,
    analysis_limits,
    workers_free,
)
from marketplace.services.models_3d.shapes import VERSION, shape_enter

logger = logging.getLogger(__name__)

SECONDS = 20.0
"""Of each minute at most: whoever uploads something has the workers first."""
MOST_TRIES = 2 * MOST_ATTEMPTS
"""Those of its analysis count."""
AWAY_FOR = timedelta(minutes=10)
NO_SHAPE = Shape(data=b"", codes=b"", own=Character("free", 1.0, 0.0, False, False, ""))


def shapes_describe(*, seconds: float = SECONDS) -> None:
    """Describe, one after the other, files that have no description, or one of an older version."""
    until = monotonic() + seconds
    while monotonic() < until:
        claimed = _claimed()
        if claimed is None or not _describe(*claimed):
            return


def _claimed() -> tuple[MeshFile, uuid.UUID] | None:
    """The oldest that is not described, unless one is being described or the workers are busy. The claim is that of an
    analysis, so whoever asks for a new one takes it away."""
    now, claim = timezone.now(), uuid.uuid4()
    analysed = MeshFile.objects.filter(state=MeshState.DONE)
    undescribed = analysed.filter(Q(shape__isnull=True) | Q(shape__version__lt=VERSION))
    if not undescribed.exists():  # that reads all of them: nobody waits for it
        return None
    with transaction.atomic():
        gate_lock(TURN_GATE)
        if not workers_free(now) or analysed.filter(claim__isnull=False, claimed_until__gt=now).exists():
            return None
        due = undescribed.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))
        mesh = due.defer("fingerprint").order_by("pk").first()
        if mesh is None:
            return None
        MeshFile.objects.filter(pk=mesh.pk).update(
            claim=claim, claimed_until=now + CLAIMED_FOR, attempts=F("attempts") + 1
        )
    mesh.attempts += 1
    return mesh, claim


def _describe(mesh: MeshFile, claim: uuid.UUID) -> bool:
    """Whether to go on with the next: not while files cannot be had."""
    shape: Shape | None = None
    try:
        if mesh.attempts <= MOST_TRIES:  # else whoever read it was killed each time
            with meshes.original_on_disk(mesh) as path:
                shape = analyse(path, mesh.format, analysis_limits()).shape
    except BrokenMesh as broken:  # it could be read once; today's limits are lower
        logger.warning("file %s cannot be described: %s", mesh.pk, broken)
    except Upstream:  # that says nothing of the file: it is no try
        held = MeshFile.objects.filter(pk=mesh.pk, claim=claim)
        held.update(claim=None, claimed_until=timezone.now() + AWAY_FOR, attempts=F("attempts") - 1)
        return False
    except Exception as fault:
        if not isinstance(fault, SandboxFault):
            logger.exception("describing file %s failed", mesh.pk)
        if mesh.attempts < MOST_TRIES:
            again = timezone.now() + FIRST_DELAY * 2 ** min(mesh.attempts, 9)
            MeshFile.objects.filter(pk=mesh.pk, claim=claim).update(claim=None, claimed_until=again)
            return True
    if shape is None:
        logger.warning("file %s is not described, after %s tries", mesh.pk, mesh.attempts)
        shape = NO_SHAPE
    with transaction.atomic():
        gate_lock(MESH_GATE)
        locked = MeshFile.objects.select_for_update(of=("self",)).filter(pk=mesh.pk, claim=claim).first()
        if locked is not None:
            shape_enter(locked, shape)
            MeshFile.objects.filter(pk=mesh.pk).update(claim=None, claimed_until=None)
    return True
