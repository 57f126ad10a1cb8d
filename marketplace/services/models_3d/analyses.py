"""The analysis of a 3-D file: claimed, done in a process of its own, compared, and settled exactly once.

As with pictures, whoever takes up a file first holds a claim on it for a limited time, and only the holder writes what
came of it, behind the gate.

An analysis may take a minute of a processor and gigabytes of memory, and workers have mail to send and payments to
settle. So only few run at the same moment, and one of each owner; then it is the turn of whoever was served longest
ago. One person's hundred files keep nobody else waiting.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.actors import Actor
from config.core import files
from config.core.announce import announce, enqueue_after_commit
from config.core.audit import audited
from config.core.errors import Denied, Missing, Upstream
from config.core.models import DiscardedFile
from config.core.sandbox import Limits, SandboxFault
from marketplace import policies
from marketplace.choices import MeshState, Verdict
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.likeness.deadlines import LikenessUnavailable
from marketplace.meshes.results import Analysis
from marketplace.meshes.sandbox import analyse
from marketplace.models import MeshFile
from marketplace.services.gate import MESH_GATE, TURN_GATE, gate_lock
from marketplace.services.models_3d import files as meshes
from marketplace.services.models_3d.comparison import Outcome, mesh_compare, meshes_near
from marketplace.services.models_3d.evidence import evidence_draw
from marketplace.services.models_3d.shapes import Found, shape_enter, shape_index, shapes_alike
from marketplace.services.models_3d.states import mesh_lock, model_advance, models_lock
from marketplace.services.notices import mesh_analysed

logger = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)
FIRST_DELAY = timedelta(seconds=5)
MOST_ATTEMPTS = 6
GIVEN_UP = "The file could not be analysed. Please send it again, or in another format."


def mesh_analyse(mesh_id: int) -> None:
    """Analyse a file and settle what follows. Does nothing for one that is settled, gone, or claimed by another."""
    claim = _claimed(mesh_id)
    if claim is None:
        return
    mesh = MeshFile.objects.get(pk=mesh_id)
    try:
        shape_index().refresh()  # of a new process, all of them: that is no part of the time for comparing
        with meshes.original_on_disk(mesh) as path:
            analysis = analyse(path, mesh.format, analysis_limits(), tell=_telling(mesh, claim))
        outcome = _settle(mesh, claim, analysis)
    except BrokenMesh as broken:
        _fail(mesh_id, claim, str(broken))
    except Exception as error:  # whatever went wrong says nothing about the file: it is tried again
        if not isinstance(error, (SandboxFault, Upstream, LikenessUnavailable)):
            logger.exception("the analysis of file %s failed", mesh_id)
        _postpone(mesh_id, claim, error)
    else:
        if outcome is not None:
            evidence_draw(mesh, analysis, outcome)
    mesh_analyses_sweep()


def mesh_analyse_again(*, actor: Actor, mesh_id: int) -> MeshFile:
    """Have a file analysed anew, whatever came of it before. One that a moderator cleared stays cleared.

    Raises Denied and Missing.
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        mesh = mesh_lock(mesh_id)
        with audited(actor, "mesh.analyse_again", mesh):
            mesh.state, mesh.claim, mesh.claimed_until, mesh.attempts = MeshState.WAITING, None, None, 0
            mesh.progress = 0
            mesh.save(update_fields=["state", "claim", "claimed_until", "attempts", "progress"])
        enqueue_after_commit("marketplace.tasks.mesh_analyse", mesh.pk)
        return mesh


def mesh_await(mesh_id: int, *, seconds: float) -> MeshFile:
    """The file as it is once its analysis has ended, or after so many seconds. Call it outside of transactions."""
    until = monotonic() + seconds
    while True:
        mesh = MeshFile.objects.filter(pk=mesh_id).first()
        if mesh is None:
            raise Missing("File")
        if mesh.state in (MeshState.DONE, MeshState.FAILED) or monotonic() >= until:
            return mesh
        sleep(0.1)


def mesh_analyses_sweep() -> None:
    """Hand to the workers the next files in turn: what waits for its analysis, or whose claim has run out."""
    for mesh_id in _in_turn()[: settings.MESH_AT_ONCE]:
        enqueue_after_commit("marketplace.tasks.mesh_analyse", mesh_id)


def _telling(mesh: MeshFile, claim: uuid.UUID) -> Callable[[int], None]:
    """Keeps how far the analysis has come, and pushes it to its owner's open sockets: who missed it asks for it."""
    model_ids = list(mesh.shown_by.values_list("pk", flat=True))

    def tell(percent: int) -> None:
        if not MeshFile.objects.filter(pk=mesh.pk, claim=claim).update(progress=percent):
            return
        told = {
            "type": "model_analysis",
            "model_ids": model_ids,
            "state": MeshState.RUNNING.value,
            "percent": percent,
        }
        try:
            import_string(settings.SOCKET_PUSH)(mesh.owner_id, told)
        except Exception as error:  # a channel layer that is down must not end an analysis
            logger.info("the progress of file %s was not pushed: %s", mesh.pk, type(error).__name__)

    return tell


def analysis_limits() -> Limits:
    by_the_clock = min(settings.MESH_SECONDS * 3, settings.CELERY_TASK_SOFT_TIME_LIMIT - 5)
    return Limits(memory=settings.MESH_MEMORY_MB * 2**20, seconds=settings.MESH_SECONDS, wall_seconds=by_the_clock)


def _free(now: datetime) -> Q:
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return Q(state__in=[MeshState.WAITING, MeshState.RUNNING]) & unclaimed


def workers_free(now: datetime) -> bool:
    """Whether one more may be read, to be analysed or to be described. The caller holds the gate of turns."""
    described = MeshFile.objects.filter(state=MeshState.DONE, claim__isnull=False, claimed_until__gt=now)
    return _running(now).count() + described.count() < settings.MESH_AT_ONCE


def _running(now: datetime) -> QuerySet[MeshFile]:
    """What is being analysed."""
    return MeshFile.objects.filter(state=MeshState.RUNNING, claimed_until__gt=now)


def _in_turn() -> QuerySet[MeshFile, int]:
    """Ids. Of each owner of whose files none is being analysed the oldest that waits; first who was served longest
    ago, or never."""
    now = timezone.now()
    theirs = MeshFile.objects.filter(owner=OuterRef("owner")).order_by().values("owner")
    waiting = MeshFile.objects.filter(_free(now), ~Exists(_running(now).filter(owner=OuterRef("owner"))))
    firsts = (
        waiting.order_by()
        .values("owner")
        .annotate(first=Min("pk"), served=Subquery(theirs.annotate(last=Max("analysed_at")).values("last")))
    )
    return firsts.order_by(F("served").asc(nulls_first=True), "first").values_list("first", flat=True)


def _claimed(mesh_id: int) -> uuid.UUID | None:
    """None also when it is not this file's turn; the sweep, and the end of each analysis, come back to it."""
    claim, now = uuid.uuid4(), timezone.now()
    with transaction.atomic():
        gate_lock(TURN_GATE)
        if not workers_free(now):
            return None
        of_its_owner = _running(now).filter(owner=OuterRef("owner"))
        taken = MeshFile.objects.filter(_free(now), ~Exists(of_its_owner), pk=mesh_id).update(
            state=MeshState.RUNNING, claim=claim, claimed_until=now + CLAIMED_FOR, attempts=F("attempts") + 1
        )
    return claim if taken else None


def _held(mesh_id: int, claim: uuid.UUID) -> MeshFile | None:
    """The locked file, unless the claim ran out and another has settled it or is about to."""
    rows = MeshFile.objects.select_for_update(of=("self",)).select_related("owner", "matched")
    return rows.filter(pk=mesh_id, claim=claim).first()


def _postpone(mesh_id: int, claim: uuid.UUID, error: Exception) -> None:
    """Give the claim back; the delay until the next try doubles with each. After the last one the file is given up."""
    with transaction.atomic():
        mesh = _held(mesh_id, claim)
        if mesh is None:
            return
        if mesh.attempts >= MOST_ATTEMPTS and not isinstance(error, Upstream):
            _fail(mesh_id, claim, GIVEN_UP)
            return
        mesh.state, mesh.claim = MeshState.WAITING, None
        mesh.claimed_until = timezone.now() + FIRST_DELAY * 2 ** min(mesh.attempts, 9)
        mesh.error = f"{type(error).__name__}: {error}"[:300]
        mesh.save(update_fields=["state", "claim", "claimed_until", "error"])


def _fail(mesh_id: int, claim: uuid.UUID, reason: str) -> None:
    with transaction.atomic():
        mesh = _held(mesh_id, claim)
        if mesh is None:
            return
        mesh.state, mesh.error = MeshState.FAILED, reason[:300]
        _finish(mesh)


def _settle(mesh: MeshFile, claim: uuid.UUID, analysis: Analysis) -> Outcome | None:
    """Compare the shape and store the renditions; then, one file at a time, compare with what came since and write down
    what follows. None where the claim was another's by then."""
    found = _searched(mesh, analysis, near=meshes_near(mesh, analysis))
    stored: list[DiscardedFile] = []
    try:
        # Names of their own: who knows the public ones must not know where the original lies.
        renditions = [
            (analysis.thumbnail, "jpg"),
            (analysis.preview, "glb"),
            *((view, "jpg") for view in analysis.views),
        ]
        for content, extension in renditions:
            name = f"models/{mesh.owner_id}/{uuid.uuid4()}.{extension}"
            stored.append(files.file_write("default", name, content))
        with transaction.atomic():
            gate_lock(MESH_GATE)
            locked = _held(mesh.pk, claim)
            if locked is None:
                files.files_drop(stored)
                return None
            since = _searched(mesh, analysis, after=found.newest) if found is not None else None
            outcome = mesh_compare(locked, analysis, found | since if found is not None and since is not None else None)
            _renditions_replace(locked, stored)
            _write(locked, analysis, outcome)
            shape_enter(locked, analysis.shape)
            _finish(locked)
            return outcome
    except BaseException:
        files.files_drop(stored)
        raise


def _searched(mesh: MeshFile, analysis: Analysis, *, near: Iterable[int] = (), after: int = 0) -> Found | None:
    """None after the last try that did not end in time: a moderator looks then. Raises LikenessUnavailable before."""
    try:
        return shapes_alike(mesh, analysis.shape, near=near, after=after)
    except LikenessUnavailable:
        if mesh.attempts < MOST_ATTEMPTS:
            raise
        logger.warning("the shape of file %s could not be compared in time", mesh.pk)
        return None


def _renditions_replace(mesh: MeshFile, stored: list[DiscardedFile]) -> None:
    files.file_discard("default", str(mesh.thumbnail.name or ""))
    files.file_discard("default", str(mesh.preview.name or ""))
    files.file_discard("private", str(mesh.evidence_picture.name or ""))
    mesh.evidence_picture.name = ""
    for name in mesh.views:
        files.file_discard("default", name)
    mesh.thumbnail.name, mesh.preview.name, *mesh.views = (row.name for row in stored)
    files.files_keep(stored)


def _write(mesh: MeshFile, analysis: Analysis, outcome: Outcome) -> None:
    figures = asdict(analysis.figures)
    for name, value in (figures | asdict(analysis.looks)).items():
        setattr(mesh, name, value)
    mesh.suggestions = [asdict(suggestion) for suggestion in analysis.suggestions]
    mesh.fingerprint = analysis.fingerprint.data
    mesh.shape_elongation = analysis.fingerprint.elongation
    mesh.shape_flatness = analysis.fingerprint.flatness
    mesh.shape_compactness = analysis.fingerprint.compactness
    mesh.total_compared = outcome.compared
    mesh.similarity_score = outcome.score
    mesh.matched = outcome.matched
    mesh.evidence = outcome.evidence
    if mesh.verdict != Verdict.CLEARED:  # a moderator has said it is no copy
        mesh.verdict = outcome.verdict
        copied = outcome.origin_id is not None and outcome.verdict == Verdict.REFUSED
        mesh.origin_id = outcome.origin_id if copied and outcome.origin_id else mesh.owner_id
    mesh.state, mesh.error = MeshState.DONE, ""


def _finish(mesh: MeshFile) -> None:
    """End the analysis, move its models on, and tell the owner."""
    mesh.claim, mesh.claimed_until, mesh.analysed_at = None, None, timezone.now()
    mesh.progress = 100
    mesh.save()
    models = list(models_lock(list(mesh.shown_by.values_list("pk", flat=True))))
    mesh_analysed(mesh, model_ids=[model.pk for model in models])
    for model in models:
        model.mesh = mesh
        model_advance(model, tell=True)
        announce("marketplace.file_ready", listing_id=model.pk)
