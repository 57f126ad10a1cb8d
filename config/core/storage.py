"""Files: a public storage for renditions, a private one for originals, and links that expire.

On S3 the links are the bucket's own signed ones. On disk a private file is served by `/files/<signed name>`.

A link may depend on a right that can end, a purchase for one: a link of ours is then good while the right holds, the
bucket's, which nobody can ask, for RIGHT_LINK_SECONDS.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.functional import LazyObject
from django.utils.http import content_disposition_header
from django.utils.module_loading import import_string

FILE_LINK_SALT = "atelier.files"
# Cache-Control. The file of a name never changes; one that was taken down is soon gone from caches too.
PUBLIC = "public, max-age=3600"
PRIVATE = "private, no-store"


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may have a file by. FILE_RIGHTS says who knows whether `name` of these ids holds."""

    name: str
    of: tuple[int, ...]


class PrivateFileSystemStorage(FileSystemStorage):
    """Files on disk outside of what is served. `url` gives a signed link for one file that expires."""

    def url(self, name: str | None, download_as: str | None = None, right: Right | None = None) -> str:
        link: dict[str, Any] = {"name": name, "as": download_as}
        if right is not None:
            link["by"] = [right.name, *right.of]
        return f"/files/{signing.dumps(link, salt=FILE_LINK_SALT)}"


class _Private(LazyObject):
    def _setup(self) -> None:
        self._wrapped = storages["private"]


private_files = _Private()


def private_storage() -> Storage:
    """For `FileField(storage=private_storage)`: keeps the setting out of migrations."""
    return storages["private"]


def bucket_storages(options: dict[str, Any], *, custom_domain: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Django's settings of the public and the private storage in one bucket (`options` of django-storages' S3).

    Each has a folder, so that one rule of the bucket opens the public one, whose addresses are plain and last. A silent
    bucket is given up before the request that waits for it is (WEB_TIMEOUT); of itself the library would try for five
    minutes, and hold a thread for so long.
    """
    from botocore.config import Config  # takes a while to load, and few commands and no embedded platform need it

    patience = Config(
        s3={"addressing_style": options["addressing_style"]},
        signature_version=options["signature_version"],
        connect_timeout=3,
        read_timeout=15,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    options = options | {"client_config": patience}
    public = {
        "location": "public",
        "custom_domain": custom_domain or None,
        "querystring_auth": False,
        "object_parameters": {"CacheControl": PUBLIC},
    }
    backend = "storages.backends.s3.S3Storage"
    return {"BACKEND": backend, "OPTIONS": options | public}, {
        "BACKEND": backend,
        "OPTIONS": options | {"location": "private"},
    }


def signed_link(name: str, *, download_as: str | None = None, right: Right | None = None) -> str:
    """A link to a private file, good for `link_seconds`: absolute on S3, a path of this site on disk."""
    storage = storages["private"]
    if isinstance(storage, PrivateFileSystemStorage):
        return storage.url(name, download_as, right)
    disposition = content_disposition_header(download_as is not None, download_as or "") or "inline"
    parameters = {"ResponseContentDisposition": disposition, "ResponseCacheControl": PRIVATE}
    return str(storage.url(name, parameters=parameters, expire=link_seconds(right)))  # type: ignore[call-arg]


def name_in_link(address: str, *, origin: str) -> str | None:
    """The file of a link that `signed_link` gave, whenever that was; None for any other address. `origin` is by which
    the caller knows this site. Ask whose the file is: whoever was given a link can show it."""
    storage = storages["private"]
    if isinstance(storage, PrivateFileSystemStorage):
        base = f"{origin}/files/"
        if not address.startswith(base):
            return None
        try:
            return str(signing.loads(address[len(base) :], salt=FILE_LINK_SALT)["name"])
        except (signing.BadSignature, KeyError, TypeError):
            return None
    try:
        ours, shown = urlsplit(signed_link("-")), urlsplit(address)
    except ValueError:
        return None
    base = ours.path[:-1]
    is_ours = shown.netloc == ours.netloc and shown.path.startswith(base)
    return unquote(shown.path[len(base) :]) if is_ours else None


def link_seconds(right: Right | None = None) -> int:
    """How long a link lives at most."""
    if right is None or isinstance(storages["private"], PrivateFileSystemStorage):
        return settings.FILE_LINK_SECONDS
    return min(settings.RIGHT_LINK_SECONDS, settings.FILE_LINK_SECONDS)


def link_holds(link: dict[str, Any]) -> bool:
    """Whether what the link was made by still holds. `link` is what was signed."""
    name, *of = link.get("by") or [""]
    if not name:
        return True
    asked = settings.FILE_RIGHTS.get(name)
    return asked is not None and bool(import_string(asked)(*of))
