"""Background work of the catalogue: each task calls one service. Each may run twice."""

from celery import shared_task

from config.core.errors import Upstream
from marketplace.services import views
from marketplace.services.models_3d import analyses, describing, files, trending
from marketplace.services.pictures import checks, descriptions, uploads
from marketplace.services.uploads.files import uploads_forget as _uploads_forget
from marketplace.services.uploads.parts import parts_forget


@shared_task
def picture_check(picture_id: int) -> None:
    checks.picture_check(picture_id)


@shared_task
def picture_checks_sweep() -> None:
    checks.picture_checks_sweep()


@shared_task
def pictures_describe() -> None:
    descriptions.pictures_describe()


@shared_task(autoretry_for=(Upstream,), retry_backoff=5, max_retries=5)
def rendition_make(picture_id: int) -> None:
    uploads.rendition_make(picture_id)


@shared_task
def mesh_analyse(mesh_id: int) -> None:
    analyses.mesh_analyse(mesh_id)


@shared_task
def mesh_analyses_sweep() -> None:
    analyses.mesh_analyses_sweep()


@shared_task
def shapes_describe() -> None:
    describing.shapes_describe()


@shared_task
def meshes_forget() -> None:
    files.meshes_forget()


@shared_task
def uploads_forget() -> None:
    _uploads_forget()
    parts_forget()


@shared_task
def views_forget() -> None:
    views.views_forget()


@shared_task
def trending_keep() -> None:
    trending.trending_keep()
