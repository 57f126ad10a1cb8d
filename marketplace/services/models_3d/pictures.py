"""The pictures and further files that a maker puts beside a model's file. All are uploads of theirs."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from accounts.models import User
from config.core.errors import Invalid
from marketplace.choices import UploadKind
from marketplace.models import Model3D, UploadedFile
from marketplace.selectors.uploads import files_beside
from marketplace.services.models_3d.states import model_look_again
from marketplace.services.uploads.files import is_main, own_upload

MOST_PICTURES = 12
MOST_FURTHER = 10


def thumbnail_set(model: Model3D, *, owner: User, said: str | None) -> None:
    """`said` is the id or address of an uploaded image; none, or the picture that is drawn of the file, shows the drawn
    one. The model is locked. Raises Invalid (`thumbnail_url`)."""
    drawn = {str(model.mesh.thumbnail.name), *model.mesh.views} if model.mesh is not None else set()
    if said and _is_named(said, {str(model.thumbnail.name)}):
        return
    name = "" if not said or _is_named(said, drawn) else _picture(model, owner, said, "thumbnail_url").stored
    model.thumbnail.name = name
    model.save(update_fields=["thumbnail", "updated_at"])
    _pictures_follow(model, owner)


def pictures_set(model: Model3D, *, owner: User, said: Sequence[str]) -> None:
    """`said` are ids or addresses of uploaded images; those drawn of the file are shown after them in any case. The
    model is locked. Raises Invalid (`preview_images`)."""
    drawn = {str(model.mesh.thumbnail.name), *model.mesh.views} if model.mesh is not None else set()
    known = {name for name in model.pictures if name}
    names = []
    for each in said:
        if _is_named(each, drawn):
            continue
        kept = next((name for name in known if _is_named(each, {name})), None)
        names.append(kept or _picture(model, owner, each, "preview_images").stored)
    names = list(dict.fromkeys(names))
    if len(names) > MOST_PICTURES:
        raise Invalid(f"At most {MOST_PICTURES} pictures.", field="preview_images")
    model.pictures = names
    model.save(update_fields=["pictures", "updated_at"])
    _pictures_follow(model, owner)


def further_files_set(model: Model3D, *, owner: User, file_ids: Sequence[str]) -> None:
    """Uploads that stand beside the main file: FBX, BLEND and ZIP. What may be a main file is compared with others'
    as one, and so never stands here. Another set of files is looked at as another main file is.

    The model is locked. Raises Invalid (`further_files`).
    """
    if file_ids and model.mesh_id is None:
        raise Invalid("Further files stand beside a main file, never alone.", field="further_files")
    if len(file_ids) > MOST_FURTHER:
        raise Invalid(f"At most {MOST_FURTHER} further files.", field="further_files")
    uploads = [
        own_upload(actor=owner, file_id=each, kind=UploadKind.MODEL, field="further_files")
        for each in sorted(dict.fromkeys(file_ids))
    ]
    for upload in uploads:
        if is_main(upload):
            raise Invalid("FBX, BLEND and ZIP alone stand beside a main file.", field="further_files")
        if upload.listing_id not in (None, model.pk):
            raise Invalid("That file is used already.", field="further_files")
    chosen = {upload.pk for upload in uploads}
    before = set(files_beside([model.pk]).values_list("pk", flat=True))
    if chosen == before:
        return
    UploadedFile.objects.filter(pk__in=before - chosen).update(listing=None)
    UploadedFile.objects.filter(pk__in=chosen).update(listing=model.pk)
    model.further_formats = sorted({upload.format for upload in uploads})
    model.save(update_fields=["further_formats", "updated_at"])
    model_look_again(model, actor=owner, reason="The files beside the main one were changed.")


def main_file_check(upload: UploadedFile, *, field: str) -> None:
    """Raises Invalid for what may only stand beside a main file."""
    if not is_main(upload):
        raise Invalid("FBX, BLEND and ZIP may stand beside a main file, never alone.", field=field)


def _picture(model: Model3D, owner: User, said: str, field: str) -> UploadedFile:
    """Addresses of uploads end with their id. One model shows it: when that shows it no longer, it goes."""
    stem = PurePosixPath(_path(said)).stem if "/" in said else said
    upload = own_upload(actor=owner, file_id=stem, kind=UploadKind.IMAGE, field=field)
    if upload.listing_id not in (None, model.pk):
        raise Invalid("Another model shows that picture. Please upload it again for this one.", field=field)
    return upload


def _pictures_follow(model: Model3D, owner: User) -> None:
    """What it shows is in use, what it shows no longer is not."""
    shown = [name for name in (str(model.thumbnail.name or ""), *model.pictures) if name]
    UploadedFile.objects.filter(listing=model.pk, kind=UploadKind.IMAGE).exclude(stored__in=shown).update(listing=None)
    UploadedFile.objects.filter(owner=owner, kind=UploadKind.IMAGE, stored__in=shown, listing=None).update(
        listing=model.pk
    )


def _is_named(said: str, names: set[str]) -> bool:
    path = _path(said)
    return any(name and path.endswith(f"/{name}") for name in names)


def _path(said: str) -> str:
    """Of an address; of what is none, nothing."""
    try:
        return urlsplit(said).path
    except ValueError:
        return ""
