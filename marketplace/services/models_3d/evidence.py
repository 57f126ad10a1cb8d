"""The picture that shows where a shape agrees with another one: kept privately, for its owner and moderators.

It shows the new shape alone. What it resembles is seen of the other's own public pictures.
"""

import logging
import uuid
from typing import Final

from django.db import transaction

from config.core import files
from config.core.errors import Upstream
from config.core.sandbox import Limits, SandboxFault
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.likeness.aligning import marked
from marketplace.meshes.results import Analysis
from marketplace.meshes.sandbox import draw_marked
from marketplace.models import MeshFile
from marketplace.services.models_3d.comparison import Outcome

logger = logging.getLogger(__name__)

LIMITS: Final = Limits(memory=2 * 2**30, seconds=15, wall_seconds=40)


def evidence_discard(mesh: MeshFile) -> None:
    """Let go of it. The file is locked."""
    files.file_discard("private", str(mesh.evidence_picture.name or ""))
    mesh.evidence_picture.name = ""
    mesh.save(update_fields=["evidence_picture"])


def evidence_draw(mesh: MeshFile, analysis: Analysis, outcome: Outcome) -> None:
    """Draw and store it, after the verdict, which does not wait for it. Where nothing is to be marked, or no picture
    comes of it, words have to do. Call it outside of transactions."""
    if outcome.likeness is None:
        return
    points, normals, agree = marked(outcome.likeness, analysis.shape.data, "new")
    if not agree.any():
        return
    try:
        picture = draw_marked(analysis.preview, mesh.format, points, normals, agree, LIMITS)
        stored = files.file_write("private", f"models/{mesh.owner_id}/{uuid.uuid4()}.jpg", picture)
    except (SandboxFault, BrokenMesh, Upstream) as error:
        logger.warning("no picture of what file %s resembles: %s", mesh.pk, error)
        return
    with transaction.atomic():
        locked = MeshFile.objects.select_for_update(of=("self",)).filter(pk=mesh.pk).defer("fingerprint").first()
        is_of_this = locked is not None and locked.evidence == outcome.evidence and not locked.evidence_picture
        if locked is None or not is_of_this:  # it was analysed again meanwhile, or is gone
            files.files_drop([stored])
            return
        locked.evidence_picture.name = stored.name
        locked.save(update_fields=["evidence_picture"])
        files.files_keep([stored])
