"""What makers are told about their 3-D models. Call these in the transaction that causes them."""

from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from marketplace.choices import MeshState, Verdict
from marketplace.models import MeshFile, Model3D


def mesh_analysed(mesh: MeshFile, *, model_ids: list[int]) -> None:
    """The analysis of a file has ended, whatever came of it."""
    if mesh.state == MeshState.FAILED:
        title, message = "Your 3-D file cannot be used", f"{mesh.file_name}: {mesh.error}"
    elif mesh.verdict == Verdict.REFUSED:
        title, message = "Your 3-D file is a copy", f"The shape of {mesh.file_name} is that of somebody else's model."
    elif mesh.verdict == Verdict.HELD:
        title = "Your 3-D file waits for a moderator"
        message = f"The shape of {mesh.file_name} resembles another model, so a moderator looks at it first."
    else:
        title = "Your 3-D file is ready"
        message = f"{mesh.file_name}: {mesh.triangle_count} triangles, {mesh.part_count} part(s)."
    notification_send(
        user=mesh.owner,
        notification_type=NotificationType.MODEL_ANALYSED,
        title=title,
        message=message,
        data={"mesh_id": mesh.pk, "model_ids": model_ids, "state": mesh.state, "verdict": mesh.verdict},
    )


def model_approved(model: Model3D) -> None:
    notification_send(
        user=model.seller,
        notification_type=NotificationType.MODEL_APPROVED,
        title="3-D model approved",
        message=f'"{model.title}" is on sale now.',
        data={"model_id": model.pk},
        email="model_approved",
        email_context={"model_id": model.pk, "title": model.title},
    )


def model_rejected(model: Model3D, *, reason: str) -> None:
    notification_send(
        user=model.seller,
        notification_type=NotificationType.MODEL_REJECTED,
        title="3-D model rejected",
        message=f'"{model.title}" was not accepted.' + (f" {reason}" if reason else ""),
        data={"model_id": model.pk, "reason": reason},
        email="model_rejected",
        email_context={"model_id": model.pk, "title": model.title, "reason": reason},
    )
