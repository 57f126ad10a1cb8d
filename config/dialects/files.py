"""Addresses of stored files, as answers of every dialect give them."""

from urllib.parse import unquote

from django.core.files.storage import default_storage
from django.utils.encoding import filepath_to_uri
from django.utils.functional import cached_property
from rest_framework.request import Request

from config.core.storage import name_in_link, signed_link


class Files:
    """For one answer. Addresses are absolute, by the name that the caller knows the platform by."""

    def __init__(self, request: Request | None = None, *, origin: str = "") -> None:
        """Of a request, or with `origin` of a socket, which has none."""
        self.origin = origin if request is None else request.build_absolute_uri("/")[:-1]

    def public(self, name: str | None) -> str | None:
        """Of a rendition that everybody may see."""
        return self._public + filepath_to_uri(name) if name else None

    def name_of(self, address: str) -> str | None:
        """The file that `public` gives this address of; None for an address that is none of ours."""
        return unquote(address[len(self._public) :]) if address.startswith(self._public) else None

    @cached_property
    def _public(self) -> str:
        """What all addresses of public files begin with; asking the storage for each costs more."""
        return self.absolute(default_storage.url("-"))[:-1]

    def private(self, name: str | None) -> str | None:
        """A signed link that expires; whoever has it gets the file, so ask first who may."""
        return self.absolute(signed_link(name)) if name else None

    def stored_of(self, address: str) -> tuple[str, str] | None:
        """Storage and name of the file that `public`, or a signed link, gives this address of; None for others."""
        name = self.name_of(address)
        if name:
            return "default", name
        name = name_in_link(address, origin=self.origin)
        return ("private", name) if name else None

    def absolute(self, address: str) -> str:
        return self.origin + address if address.startswith("/") else address
