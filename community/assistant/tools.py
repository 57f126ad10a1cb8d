"""What a language model may ask for: four reads, always as the caller and about the session's own model.

No tool takes an id, none changes anything. What people wrote (titles, descriptions, help) is handed over under
`untrusted_text`, which the instructions tell the model to treat as data.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from community.assistant import wording
from community.assistant.articles import article_for
from community.assistant.estimates import INFILL, print_time, weight_of
from community.assistant.facts import FileState, ModelFacts, model_facts, orders_facts
from community.assistant.language import plain
from community.assistant.materials import MATERIALS, material_named
from community.assistant.offline import Setting

LONGEST_TEXT: Final = 2000
LONGEST_RESULT: Final = 8000
Result = dict[str, Any]


class Refused(Exception):
    """The call makes no sense; the text is for the model."""


def declarations(setting: Setting) -> list[dict[str, Any]]:
    """As the chat completions API wants them. Those about a model are there in sessions about one."""
    return [
        {"type": "function", "function": {"name": name, "description": tool.__doc__, "parameters": _schema(name)}}
        for name, tool in TOOLS.items()
        if setting.model is not None or name not in OF_MODEL
    ]


def run(name: str, arguments: str, setting: Setting) -> str:
    """The result as JSON. A call that makes no sense gives `{"error": …}`, which the model may mend."""
    try:
        tool = TOOLS.get(name)
        if tool is None or (name in OF_MODEL and setting.model is None):
            raise Refused("There is no such tool.")
        result = tool(setting, **_arguments(name, arguments))
    except Refused as refusal:
        result = {"error": str(refusal)}
    return json.dumps(result, ensure_ascii=False, default=str)[:LONGEST_RESULT]


def _arguments(name: str, raw: str) -> Mapping[str, Any]:
    try:
        sent = json.loads(raw or "{}")
    except (ValueError, RecursionError):
        raise Refused("The arguments are no JSON object.") from None
    if not isinstance(sent, dict):
        raise Refused("The arguments are no JSON object.")
    allowed = PARAMETERS[name]
    unknown = [str(key)[:40] for key in sent if key not in allowed]
    if unknown:
        raise Refused(f"No such argument: {', '.join(unknown[:5])}. This tool only reads what belongs to this chat.")
    return {key: value for key, value in sent.items() if value is not None}


def _schema(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": PARAMETERS[name], "additionalProperties": False}


# ---------------------------------------------------------------- tools
def get_model_facts(setting: Setting) -> Result:
    """What was measured in the model of this chat, what it costs and who sells it. Lengths in millimetres."""
    facts = _facts(setting)
    return {
        "file": facts.state.value,
        "format": facts.format,
        "size_mm": dict(zip(("width", "depth", "height"), facts.size_mm, strict=True)) if facts.size_mm else None,
        "volume_cm3": facts.volume_mm3 / 1000 if facts.volume_mm3 is not None else None,
        "surface_cm2": facts.surface_mm2 / 100 if facts.surface_mm2 is not None else None,
        "wall_mm": facts.wall_mm,
        "triangles": facts.triangles,
        "parts": facts.parts,
        "is_watertight": facts.is_watertight,
        "round_features": [vars(feature) for feature in facts.round_features],
        "printing_notes": [text for _code, _level, text in facts.notes],
        "price": wording.money(facts.price, facts.currency),
        "licence": facts.licence or None,
        "rating": float(facts.rating) if facts.reviews else None,
        "reviews": facts.reviews,
        "untrusted_text": {
            "title": facts.title,
            "seller": facts.seller,
            "category": facts.category,
            "instructions": facts.instructions[:LONGEST_TEXT],
            "description": setting.model.description[:LONGEST_TEXT] if setting.model else "",
        },
    }


def estimate_print(
    setting: Setting, material: Any = "PLA", infill_percent: Any = INFILL * 100, layer_mm: Any = None
) -> Result:
    """Weight and print time of the model of this chat in a material, estimated by the platform's formula."""
    found = material_named(material) if isinstance(material, str) else None
    if found is None:
        raise Refused(f"`material` is one of {', '.join(one.name for one in MATERIALS.values())}.")
    infill = _number(infill_percent, "infill_percent", 0, 100) / 100
    layer = None if layer_mm is None else _number(layer_mm, "layer_mm", 0.02, 1)
    facts = _facts(setting)
    if facts.volume_mm3 is None or facts.surface_mm2 is None or facts.size_mm is None:
        raise Refused("Unknown: the volume of this model could not be measured.")
    weight = weight_of(facts.volume_mm3, facts.surface_mm2, found, infill=infill)
    time = print_time(facts.volume_mm3, facts.surface_mm2, facts.size_mm[2], found, infill=infill, layer_mm=layer)
    return {
        "material": found.name,
        "density_g_cm3": found.density,
        "solid_weight_g": round(weight.solid, 2),
        "printed_weight_g": round(weight.printed, 2),
        "filament_m": weight.filament_m and round(weight.filament_m, 2),
        "print_time": wording.duration(time.seconds) if time else None,
        "assumptions": time.assumptions if time else None,
    }


def search_help(setting: Setting, query: Any = "") -> Result:
    """The platform's help article about something."""
    if not isinstance(query, str) or not query.strip():
        raise Refused("`query` is a text.")
    found = article_for(plain(query[:200]))
    if found is None:
        return {"found": False}
    body = found.article.body[:LONGEST_TEXT]
    return {"found": True, "untrusted_text": {"title": found.article.title, "body": body}}


def list_my_orders(setting: Setting) -> Result:
    """The newest purchases of the person in this chat."""
    return {
        "orders": [
            {
                "number": order.number,
                "placed": f"{order.placed:%Y-%m-%d}",
                "status": order.status,
                "total": wording.money(order.total, order.currency),
                "untrusted_text": {"titles": list(order.lines)},
            }
            for order in orders_facts(actor=setting.actor)
        ]
    }


def _facts(setting: Setting) -> ModelFacts:
    if setting.model is None:
        raise Refused("This chat is not about a model.")
    facts = model_facts(actor=setting.actor, model=setting.model)
    if facts.state is not FileState.READY and facts.size_mm is not None:
        raise Refused("Unknown.")
    return facts


def _number(value: Any, name: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused(f"`{name}` is a number from {least:g} to {most:g}.")
    return float(value)


TOOLS: Final[dict[str, Callable[..., Result]]] = {
    "get_model_facts": get_model_facts,
    "estimate_print": estimate_print,
    "search_help": search_help,
    "list_my_orders": list_my_orders,
}
OF_MODEL: Final = frozenset({"get_model_facts", "estimate_print"})
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "get_model_facts": {},
    "estimate_print": {
        "material": {"type": "string", "enum": [material.name for material in MATERIALS.values()]},
        "infill_percent": {"type": "number", "minimum": 0, "maximum": 100},
        "layer_mm": {"type": "number", "minimum": 0.02, "maximum": 1},
    },
    "search_help": {"query": {"type": "string"}},
    "list_my_orders": {},
}
