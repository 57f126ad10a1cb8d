"""Files: a public storage for renditions, a private one for originals, and links that expire.

On S3 the links are the bucket's own signed ones. On disk a private file is served by `/files/<signed name>`.
"""

from django.core import signing
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.functional import LazyObject
from django.utils.http import content_disposition_header

FILE_LINK_SALT = "atelier.files"


class PrivateFileSystemStorage(FileSystemStorage):
    """Files on disk outside of what is served. `url` gives a signed link for one file that expires."""

    def url(self, name: str | None, download_as: str | None = None) -> str:
        signed = signing.dumps({"name": name, "as": download_as}, salt=FILE_LINK_SALT)
        return f"/files/{signed}"


class _Private(LazyObject):
    def _setup(self) -> None:
        self._wrapped = storages["private"]


private_files = _Private()


def private_storage() -> Storage:
    """For `FileField(storage=private_storage)`: keeps the setting out of migrations."""
    return storages["private"]


def signed_link(name: str, *, download_as: str | None = None) -> str:
    """A link to a private file, good for FILE_LINK_SECONDS: absolute on S3, a path of this site on disk."""
    storage = storages["private"]
    if isinstance(storage, PrivateFileSystemStorage):
        return storage.url(name, download_as)
    disposition = content_disposition_header(download_as is not None, download_as or "") or "inline"
    return str(storage.url(name, parameters={"ResponseContentDisposition": disposition}))  # type: ignore[call-arg]
