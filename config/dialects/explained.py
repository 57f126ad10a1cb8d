"""Puts a dialect's texts into its OpenAPI document.

The texts are `texts/<dialect>.yaml`: `info`; `tags` in order; `properties`, a glossary of the properties and parameters
of every name; `schemas`, where a name means something else in one component, and by `_` what is to be said of the
component itself; `enums`, names for choices that are the dialect's own words (`Name: [property, Component.property]`);
and `operations` by the names of their routes:

    artworks.create:
      tag: Artworks           # where it is not the one of the operation before
      summary: Upload an artwork
      description: who may, in which states, what it does, which refusals it may get
      parameters: {ordering: "…"}
      request: {…}            # an example of the body
      responses:
        201: {example: {…}}   # or, where an answer has forms, examples: {name: {…}}
        400: {when: "…", example: {…}}
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

JSON: Final = "application/json"
NULL: Final = "#/components/schemas/Null"
FOLDER: Final = Path(__file__).parent / "texts"
# How the answers that most operations share are called where they stand once for all.
SHARED: Final = {
    "400": "Invalid",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "KeyInUse",
    "422": "Invalid",
    "429": "TooManyRequests",
    "default": "Refused",
}
Texts = Mapping[str, Any]


@functools.cache
def texts_of(dialect: str) -> Texts:
    """What the dialect's file says, with every part there is."""
    file = FOLDER / f"{dialect}.yaml"
    found: dict[str, Any] = yaml.load(file.read_bytes(), yaml.CSafeLoader) if file.exists() else {}
    empty: dict[str, Any] = {"info": {}, "tags": [], "properties": {}, "schemas": {}, "enums": {}, "operations": {}}
    return empty | found


def explain(document: dict[str, Any], dialect: str, texts: Texts) -> None:
    """Raises LookupError where a text is about something that the document has not."""
    document["info"] |= texts["info"]
    document["tags"] = texts["tags"]
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        base = name.removeprefix("Patched").removesuffix("Request")
        own = {**texts["schemas"].get(base, {}), **texts["schemas"].get(name, {})}
        if "_" in own:
            schema["description"] = own.pop("_")
        _describe(schema, own, texts["properties"])
    if any(NULL in str(schema) for schema in schemas.values()):
        schemas.setdefault("Null", {"enum": [None]})
    tags = _tags(texts["operations"])
    shared: dict[str, Any] = {}
    for operation in _operations(document):
        name = operation["operationId"].removeprefix(f"{dialect}.")
        text = texts["operations"].get(name, {})
        operation["tags"] = [tags[name]] if name in tags else operation["tags"]
        operation |= {key: text[key].strip() for key in ("summary", "description") if key in text}
        _say_parameters(operation, text.get("parameters", {}), texts["properties"])
        if "request" in text:
            _put_example(operation["requestBody"], text, "request")
        _say_answers(operation, text.get("responses", {}), shared)
    document["components"]["responses"] = dict(sorted(shared.items()))
    _in_order(document, dialect, texts["operations"])


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for operations in document["paths"].values() for operation in operations.values())


def _describe(schema: Any, own: Mapping[str, str], glossary: Mapping[str, str]) -> None:
    """The properties of a schema and of those within it."""
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    for name, part in properties.items():
        words = own.get(name) or part.get("description") or glossary.get(name)
        properties[name] = _plain(part | ({"description": words} if words else {}))
    parts = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for part in [*parts, *(inner for key in ("oneOf", "allOf", "anyOf") for inner in schema.get(key, ()))]:
        _describe(part, own, glossary)


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """As every reader of OpenAPI 3.0 understands it: nothing stands beside a reference, and what may be null besides
    what a reference says is one of two."""
    schema.pop("readOnly", None)  # what is sent has components of its own
    if "$ref" in schema and len(schema) > 1:
        schema = {"allOf": [{"$ref": schema.pop("$ref")}], **schema}
    if schema.get("nullable") and "type" not in schema:
        del schema["nullable"]
        for key, other in (("allOf", "oneOf"), ("oneOf", "oneOf"), ("anyOf", "anyOf")):
            if key in schema:
                first, *rest = schema.pop(key)
                if "type" in first:
                    return {other: [first | {"nullable": True}, *rest], **schema}
                return {other: [first, *rest, {"$ref": NULL}], **schema}
    return schema


def _tags(operations: Mapping[str, Any]) -> dict[str, str]:
    found, last = {}, None
    for name, text in operations.items():
        last = text.get("tag", last)
        if last is not None:
            found[name] = last
    return found


def _say_parameters(operation: dict[str, Any], own: Mapping[str, str], glossary: Mapping[str, str]) -> None:
    there = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
    if strange := set(own) - set(there):
        raise LookupError(f"{operation['operationId']} has no parameters {sorted(strange)}.")
    for name, parameter in there.items():
        inner = parameter["schema"].pop("description", None)
        words = own.get(name) or parameter.get("description") or inner or glossary.get(name)
        if words:
            parameter["description"] = words


def _put_example(body: dict[str, Any], text: Mapping[str, Any], key: str) -> None:
    content = body["content"]
    shown = content.get(JSON) or next(iter(content.values()))
    shown["example"] = text[key]


def _say_answers(operation: dict[str, Any], texts: Mapping[Any, Mapping[str, Any]], shared: dict[str, Any]) -> None:
    """What the operation says of its own is written there; what all refusals have in common, once for all."""
    answers = operation["responses"]
    refusal = answers["default"]
    for number, text in texts.items():
        status = str(number)
        if status not in answers:
            if status < "400":
                raise LookupError(f"{operation['operationId']} never answers {status}.")
            answers[status] = {**refusal}
        answers[status] = {**answers[status], **({"description": text["when"]} if "when" in text else {})}
        if "example" in text or "examples" in text:
            content = answers[status]["content"]
            answers[status]["content"] = content | {JSON: content[JSON] | _examples(text)}
    said = {str(number) for number in texts}
    for status in [status for status in answers if status in SHARED and status not in said]:
        if shared.setdefault(SHARED[status], answers[status]) == answers[status]:
            answers[status] = {"$ref": f"#/components/responses/{SHARED[status]}"}
    operation["responses"] = dict(sorted(answers.items()))


def _examples(text: Mapping[str, Any]) -> dict[str, Any]:
    if "example" in text:
        return {"example": text["example"]}
    return {"examples": {name: {"value": shown} for name, shown in text["examples"].items()}}


def _in_order(document: dict[str, Any], dialect: str, operations: Mapping[str, Any]) -> None:
    """As the texts have the operations, which is how the dialect's table has them."""
    place = {f"{dialect}.{name}": number for number, name in enumerate(operations)}

    def place_of(operation: Mapping[str, Any]) -> int:
        return place.get(operation["operationId"], len(place))

    paths: dict[str, dict[str, Any]] = {
        path: dict(sorted(found.items(), key=lambda item: place_of(item[1])))
        for path, found in document["paths"].items()
    }
    document["paths"] = dict(sorted(paths.items(), key=lambda item: min(map(place_of, item[1].values()))))
