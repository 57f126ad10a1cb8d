"""The picture that shows where a shape agrees with another one: kept privately, for its owner and moderators.

It shows the new shape alone. What it resembles is seen of the other's own public pictures.
"""

import logging
import uuid
from typing import Final

from config.core import files
from config.core.models import DiscardedFile
from config.core.sandbox import Limits, SandboxFault
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.likeness.aligning import marked
from marketplace.meshes.results import Analysis
from marketplace.meshes.sandbox import draw_marked
from marketplace.models import MeshFile
from marketplace.services.models_3d.comparison import Outcome

logger = logging.getLogger(__name__)

LIMITS: Final = Limits(memory=2 * 2**30, seconds=15, wall_seconds=30)


def evidence_draw(mesh: MeshFile, analysis: Analysis, outcome: Outcome) -> list[DiscardedFile]:
    """Draw and store it: one reserved file, or none where there is nothing to mark, or no picture came of it: without
    one, words have to do. Takes time: call it outside of transactions. Raises Upstream."""
    if outcome.likeness is None:
        return []
    points, normals, agree = marked(outcome.likeness, analysis.shape.data, "new")
    if not agree.any():
        return []
    try:
        picture = draw_marked(analysis.preview, mesh.format, points, normals, agree, LIMITS)
    except (SandboxFault, BrokenMesh) as error:
        logger.warning("no picture of what file %s resembles: %s", mesh.pk, error)
        return []
    return [files.file_write("private", f"models/{mesh.owner_id}/{uuid.uuid4()}.jpg", picture)]


def evidence_keep(mesh: MeshFile, drawn: list[DiscardedFile]) -> None:
    """In the place of the one of an earlier analysis. What was drawn for nothing goes by itself."""
    files.file_discard("private", str(mesh.evidence_picture.name or ""))
    mesh.evidence_picture.name = drawn[0].name if drawn else ""
    files.files_keep(drawn)
