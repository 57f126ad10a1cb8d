"""A printer's messages become its state. `merge` is a pure function: a new state comes out, the old one stays as it is.

The state is plain JSON, small and bounded: it holds what the views read and nothing else, so that it can be stored and
no printer can make it grow. Trays stand in it by their global number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def decoded(payload: bytes) -> dict[str, Any] | None:
    """The message in a payload: UTF-8, else Latin-1. None when it is no JSON object."""
    raise NotImplementedError


def merge(state: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    """The state after the message; `{}` is the state of a printer that was never heard.

    Full reports, deltas, `get_version` answers and the cloud's events are merged; an acknowledgement is not, but that a
    command was refused for want of a signature is remembered. Takes any JSON.
    """
    raise NotImplementedError


def after_connect(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a kept state holds after a (re)connect or restart: the trays, the model and that signatures are asked
    for. What the printer does is only known again when it says so, so no first message looks like a change."""
    raise NotImplementedError


def refusals_forgotten(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state after the printer's access was changed by hand: commands may be tried again."""
    raise NotImplementedError
