"""Choices in the OpenAPI documents: each is a component whose name stays when a value is added.

Those of a choices class have the class's name. Others, which a dialect words itself, are named in its texts, or else
after the first place that has them: the component and the property.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.db import models
from rest_framework.fields import ChoiceField

OWNER: Final = "x-choices-of"
"""On the way only: the class whose choices a schema has."""
NAMES: Final = {"marketplace.choices.Kind": "ListingKind", "marketplace.choices.Status": "ListingStatus"}
"""Where a class's own name says too little outside of its app."""
NONE: Final = "Null"
EMPTY: Final = "EmptyText"
Ref = dict[str, str]


def owner_of(field: ChoiceField) -> str | None:
    """The name of the class whose choices these are: all of them, with its labels. None for a dialect's own words.

    Raises LookupError when two classes have the same choices: one of them then needs another label.
    """
    wanted = [(str(value), str(label)) for value, label in field.choices.items() if value not in ("", None)]
    owners = {
        f"{choices.__module__}.{choices.__qualname__}"
        for choices in _all_choices(models.Choices)
        if [(str(value), str(label)) for value, label in choices.choices] == wanted
    }
    if len(owners) > 1:
        raise LookupError(f"{field.field_name}: its choices are those of {sorted(owners)}.")
    return next((NAMES.get(path, path.rpartition(".")[2]) for path in owners), None)


def _all_choices(base: type[models.Choices]) -> Iterator[type[models.Choices]]:
    for found in base.__subclasses__():
        if len(found):
            yield found
        yield from _all_choices(found)


def named(document: dict[str, Any], names: Mapping[str, list[str]]) -> None:
    """Makes the choices in `document` components. `names` has for each name of the dialect's own choices the properties
    that have them: `status`, or `Order.status` for one component's and `orders.list.status` for one parameter alone."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    places = {place: name for name, found in names.items() for place in found}
    made: dict[str, Any] = {}

    def component(name: str, values: list[Any], **rest: Any) -> Ref:
        shape = {**rest, "enum": values}
        if made.setdefault(name, shape) != shape or name in schemas:
            raise LookupError(f"{name} would be the name of two things: {made[name]} and {shape}")
        return {"$ref": f"#/components/schemas/{name}"}

    def replaced(schema: dict[str, Any], name: str) -> None:
        """`schema` with a reference instead of its choices."""
        values, kind = schema.pop("enum"), schema.pop("type", None)
        refs = [
            component(name, [value for value in values if value not in ("", None)], **({"type": kind} if kind else {}))
        ]
        if "" in values:
            refs.append(component(EMPTY, [""], type="string"))
        if None in values:
            refs.append(component(NONE, [None]))
        for gone in ("minLength", "nullable", "x-spec-enum-id", OWNER):
            schema.pop(gone, None)
        if len(refs) > 1:
            schema["oneOf"] = refs
        elif schema:
            schema["allOf"] = refs
        else:
            schema.update(refs[0])

    def walk(schema: Any, name_of: Callable[[str], str], name: str) -> None:
        if isinstance(schema, list):
            for part in schema:
                walk(part, name_of, name)
        if not isinstance(schema, dict):
            return
        if "enum" in schema:
            replaced(schema, schema.get(OWNER) or name)
        for prop, part in schema.get("properties", {}).items():
            walk(part, name_of, name_of(prop))
        for key in ("items", "additionalProperties", "oneOf", "allOf", "anyOf"):
            walk(schema.get(key), name_of, name)

    for component_name, schema in list(schemas.items()):
        base = component_name.removeprefix("Patched").removesuffix("Request")

        def name_of(prop: str, base: str = base) -> str:
            camel = "".join(part.capitalize() if part.islower() else part for part in prop.split("_"))
            return places.get(f"{base}.{prop}") or places.get(prop) or f"{base}{camel[:1].upper()}{camel[1:]}"

        if "enum" not in schema:  # one that is a component of its own already
            walk(schema, name_of, base)
    for operation, parameter in _parameters(document):
        schema = parameter["schema"]
        for part in (schema, schema.get("items", {})):
            place = f"{operation}.{parameter['name']}"
            if "enum" in part and (name := part.get(OWNER) or places.get(place) or places.get(parameter["name"])):
                replaced(part, name)
            elif "enum" in part:  # such as the orderings of one list
                part.pop("x-spec-enum-id", None)
                part.pop("minLength", None)
    document["components"]["schemas"] = dict(sorted((schemas | made).items()))


def _parameters(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with the name of its operation's route."""
    for operations in document["paths"].values():
        for operation in operations.values():
            name = operation["operationId"].partition(".")[2]
            yield from ((name, parameter) for parameter in operation.get("parameters", ()))
