"""Exports of all that the platform has of a person: a zip, made by a worker, written away while it is made.

An export is claimed for CLAIM, renewed as it proceeds. A worker that dies leaves a claim that runs out, and the sweep
lets another begin anew; what the first one wrote is removed by itself.
"""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import UNFINISHED_EXPORTS, ExportState
from accounts.errors import ExportUnderWay, InvalidLink
from accounts.models import DataExport, User
from accounts.policies import is_above, may_decide_about_people
from accounts.selectors.exports import export_link
from accounts.services.archives import archive_of
from accounts.services.deliveries import email_queue
from config.core.announce import enqueue_after_commit
from config.core.audit import audit_record
from config.core.errors import Denied, Limited, Missing
from config.core.files import file_discard, files_drop, files_keep
from config.core.zips import stream_write, zipped

logger = logging.getLogger(__name__)

MOST_A_DAY: Final = 2
"""That a person asks for themselves."""
MOST_AT_ONCE: Final = 2
"""On the whole platform: workers have other work beside."""
CLAIM: Final = timedelta(minutes=5)
PAUSE: Final = timedelta(minutes=2)
"""After a try that failed."""
MOST_TRIES: Final = 3
TOLD_EVERY: Final = 2.0
SECONDS: Final = 2900.0
"""Less than `files.SWEPT_AFTER`, when what is written and not yet referred to is removed."""
SALT: Final = "accounts.export"


class _Taken(Exception):
    """Somebody else has the claim, or the person is gone."""


def export_request(*, actor: Actor, user_id: int) -> DataExport:
    """Have all that the platform has of a person put together: for the person, or by administrators, whose asking is in
    the audit trail. The link is mailed to the person either way.

    Raises Missing, Denied, ExportUnderWay, and Limited for who asks a third time within a day.
    """
    with transaction.atomic():
        if actor.pk != user_id and not may_decide_about_people(actor):
            raise Denied
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise Missing("User")
        mine = DataExport.objects.filter(user=user)
        if mine.filter(state__in=UNFINISHED_EXPORTS).exists():
            raise ExportUnderWay
        if actor.pk == user_id:
            _count(user)
        elif is_above(user, actor):
            raise Denied
        export = DataExport.objects.create(user=user, asked_by=person(actor))
        if actor.pk != user_id:
            audit_record(actor=actor, action="user.export", target=user)
        enqueue_after_commit("accounts.tasks.export_make", export.pk)
    return export


def _count(user: User) -> None:
    """The person's row is locked."""
    if settings.RATE_LIMITS == "off":
        return
    day = timedelta(days=1)
    asked = DataExport.objects.filter(user=user, asked_by=user, created_at__gt=timezone.now() - day)
    latest = list(asked.order_by("-pk").values_list("created_at", flat=True)[:MOST_A_DAY])
    if len(latest) == MOST_A_DAY:
        wait = int((latest[-1] + day - timezone.now()).total_seconds()) + 1
        raise Limited(f"You can ask for your data {MOST_A_DAY} times a day.", wait=wait)


# ---------------------------------------------------------------- made
def export_make(export_id: int) -> None:
    """Make it, unless it is made, another worker is at it, or as many are being made as may be."""
    export = _claim(export_id)
    if export is None:
        return
    try:
        pieces = zipped(archive_of(export.user, _progress_of(export)))
        reserved, size = stream_write("private", f"exports/{export.user_id}/{uuid.uuid4()}.zip", pieces)
    except _Taken:
        return
    except Exception as fault:  # whatever went wrong, it is tried again
        _failed(export, fault)
        return
    with transaction.atomic():
        now = timezone.now()
        done = DataExport.objects.filter(pk=export.pk, claim=export.claim, state=ExportState.RUNNING).update(
            state=ExportState.READY,
            progress=100,
            file=reserved.name,
            byte_size=size,
            ended_at=now,
            expires_at=now + settings.KEEP["exports"],
            claim=None,
            claimed_until=None,
        )
        if not done:
            files_drop([reserved])
            return
        files_keep([reserved])
        late = "accounts.services.exports.link_in_mail"
        email_queue(user=export.user, template="data_export", context={"export": export.pk}, late=late)


def exports_sweep() -> None:
    """Begin what no worker has begun, or has finished; remove what is old."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = DataExport.objects.filter(free, state__in=UNFINISHED_EXPORTS).order_by("pk")
    for export_id in waiting.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        enqueue_after_commit("accounts.tasks.export_make", export_id)
    for export_id in DataExport.objects.filter(expires_at__lte=now).order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            export_remove(export_id)


def export_remove(export_id: int) -> None:
    """With its file. Call it in a transaction."""
    export = DataExport.objects.select_for_update(of=("self",)).filter(pk=export_id).first()
    if export is not None:
        file_discard("private", str(export.file.name or ""))
        export.delete()


def _claim(export_id: int) -> DataExport | None:
    now = timezone.now()
    with transaction.atomic():
        rows = DataExport.objects.select_for_update(of=("self",), skip_locked=True).select_related("user")
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        export = rows.filter(free, pk=export_id, state__in=UNFINISHED_EXPORTS).first()
        busy = DataExport.objects.filter(state=ExportState.RUNNING, claimed_until__gt=now).count()
        if export is None or busy >= MOST_AT_ONCE:
            return None
        if export.attempts >= MOST_TRIES:  # each of its workers died
            _end(export)
            return None
        export.state, export.claim, export.claimed_until = ExportState.RUNNING, uuid.uuid4(), now + CLAIM
        export.attempts, export.progress = export.attempts + 1, 0
        export.save(update_fields=["state", "claim", "claimed_until", "attempts", "progress"])
    return export


def _progress_of(export: DataExport) -> Callable[[int], None]:
    """Called again and again with the percentage: tells it, and renews the claim. Raises _Taken and TimeoutError."""
    begun = told = time.monotonic()
    rows = DataExport.objects.filter(pk=export.pk, claim=export.claim, state=ExportState.RUNNING)

    def progress(percent: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < TOLD_EVERY:
            return
        told = now
        if now - begun > SECONDS:
            raise TimeoutError
        if not rows.update(progress=min(percent, 99), claimed_until=timezone.now() + CLAIM):
            raise _Taken

    return progress


def _failed(export: DataExport, fault: Exception) -> None:
    is_last = export.attempts >= MOST_TRIES
    logger.log(
        logging.ERROR if is_last else logging.WARNING,
        "export %s could not be made at try %s: %s",
        export.pk,
        export.attempts,
        type(fault).__name__,
    )
    with transaction.atomic():
        held = DataExport.objects.select_for_update().filter(pk=export.pk, claim=export.claim).first()
        if held is None:
            return
        if is_last:
            _end(held)
        else:
            held.state, held.claim, held.claimed_until = ExportState.WAITING, None, timezone.now() + PAUSE
            held.save(update_fields=["state", "claim", "claimed_until"])


def _end(export: DataExport) -> None:
    """It is not tried again."""
    export.state, export.claim, export.claimed_until = ExportState.FAILED, None, None
    export.ended_at, export.expires_at = timezone.now(), timezone.now() + settings.KEEP["exports"]
    export.save(update_fields=["state", "claim", "claimed_until", "ended_at", "expires_at"])


# ---------------------------------------------------------------- the link of its e-mail
def link_in_mail(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Missing once it is over: then it is not sent."""
    export = DataExport.objects.filter(pk=context["export"], user=user).first()
    if export is None or export.expires_at is None or not export.is_ready:
        raise Missing("Export")
    signed = Signer(salt=SALT).sign(f"{export.number.hex}.{user.credentials_version}")
    page = reverse("data_export", kwargs={"signed": signed}, urlconf="config.urls")
    return {
        "download_url": f"{settings.PUBLIC_URL.rstrip('/')}{page}",
        "expires": f"{export.expires_at:%d %B %Y, %H:%M} UTC",
    }


def export_open(*, signed: str) -> str:
    """Where the link of an e-mail leads to. Raises InvalidLink, also once every session of the account was ended."""
    try:
        number, version = Signer(salt=SALT).unsign(signed).split(".")
        found = DataExport.objects.select_related("user").filter(number=uuid.UUID(number)).first()
    except (BadSignature, ValueError):
        raise InvalidLink from None
    link = export_link(found) if found is not None and found.user.credentials_version == int(version) else None
    if link is None:
        raise InvalidLink
    return link
