"""How the admin API shows amounts and files."""

from typing import Any

from rest_framework.request import Request

from config.core.storage import signed_link

LARGEST_ID = 2**63 - 1


def link_to(file: Any, request: Request) -> str | None:
    """The absolute address of a public file."""
    return request.build_absolute_uri(file.url) if file else None


def private_link_to(file: Any, request: Request) -> str | None:
    """An absolute, expiring link to a private file."""
    return request.build_absolute_uri(signed_link(file.name)) if file else None
