"""docs/reference/asyncapi.yaml, read as a client's program reads it. `SocketClient` holds each message against it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "asyncapi.yaml"


@cache
def document() -> dict[str, Any]:
    return dict(yaml.load(FILE.read_bytes(), yaml.CSafeLoader))


def resolved(reference: str) -> Any:
    found: Any = document()
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found["$ref"]) if isinstance(found, dict) and set(found) == {"$ref"} else found


def messages(channel: str, action: str) -> dict[str, dict[str, Any]]:
    """What the server sends (`send`) or takes (`receive`) on a channel, by type."""
    found = [resolved(part["$ref"]) for part in document()["operations"][f"{channel}.{action}"]["messages"]]
    return {message["payload"]["properties"]["type"]["const"]: message for message in found}


def channel_at(path: str) -> str | None:
    for name, channel in document()["channels"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", channel["address"]) + "/?", path):
            return str(name)
    return None


@cache
def _validator(channel: str, kind: str) -> Draft202012Validator:
    return Draft202012Validator(_strict(messages(channel, "send")[kind]["payload"]))


def check_sent(path: str, message: dict[str, Any]) -> None:
    """What a socket sends is described: each property, and none is missing."""
    channel = channel_at(path)
    assert channel is not None, f"{path} is no channel of the document"
    kinds = messages(channel, "send")
    assert message.get("type") in kinds, f"{channel}: {message} is none of {sorted(kinds)}"
    faults = list(_validator(channel, message["type"]).iter_errors(message))
    assert not faults, f"{channel}: {[f'{fault.json_path}: {fault.message}' for fault in faults]}"


def _strict(schema: Any) -> Any:
    """With its references followed, its `allOf` made one, and nothing allowed that it does not name."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _strict(resolved(schema["$ref"]))
    if "allOf" in schema:
        parts = [_strict(part) for part in schema["allOf"]]
        return {
            "type": "object",
            "required": sorted({name for part in parts for name in part.get("required", [])}),
            "properties": {name: shape for part in parts for name, shape in part["properties"].items()},
            "additionalProperties": False,
        }
    strict = {name: _strict(part) for name, part in schema.items() if name not in ("examples", "properties")}
    if "properties" in schema:
        properties = {name: _strict(part) for name, part in schema["properties"].items()}
        strict |= {"properties": properties, "additionalProperties": False}
    return strict
