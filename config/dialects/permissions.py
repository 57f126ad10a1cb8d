"""Policies as permissions of operations: who may not call one is told so before what they sent is looked at.

The services and selectors behind it ask the same policies again.
"""

from collections.abc import Callable
from typing import Any

from rest_framework.permissions import BasePermission


def asking(may: Callable[[Any], bool]) -> type[BasePermission]:
    """The permission of whom `may`, a policy about nobody but the caller, lets."""

    class Asking(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            return may(request.user)

    return Asking
