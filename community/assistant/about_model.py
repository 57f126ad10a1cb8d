"""What the offline assistant says of a model: what was measured in its file, and what its page tells."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from community.assistant import wording
from community.assistant.estimates import print_time, weight_of
from community.assistant.facts import FileState, ModelFacts, RoundFeature
from community.assistant.materials import MATERIALS, USUAL, Process
from community.assistant.questions import Question, Topic
from community.assistant.vocabulary import COMMON_BED

DO_NOT_KNOW: Final = "I do not know"
DAMAGE: Final = ("open", "mixed_sides")
MOST_LISTED: Final = 6


def said_of_model(topic: Topic, question: Question, facts: ModelFacts) -> str:
    if topic in OF_LISTING:
        return OF_LISTING[topic](question, facts)
    match facts.state:
        case FileState.NO_FILE:
            return f"“{facts.title}” has no file yet, so nothing was measured in it."
        case FileState.WAITING:
            return f"The file of “{facts.title}” has not been analysed yet. Please ask again in a minute."
        case FileState.UNREADABLE:
            return f"The file of “{facts.title}” could not be read, so nothing was measured in it."
    return OF_FILE[topic](question, facts)


def _scaled(question: Question) -> str:
    return f" (at {question.scale:.0%} of its size)" if question.scale != 1 else ""


def _size(question: Question, facts: ModelFacts) -> str:
    if facts.size_mm is None:
        return "Its size could not be measured."
    size = tuple(side * question.scale for side in facts.size_mm)
    return f"It measures {wording.lengths(size, question.length_unit)} (width × depth × height){_scaled(question)}."


def _side(place: int, name: str) -> Callable[[Question, ModelFacts], str]:
    def text(question: Question, facts: ModelFacts) -> str:
        if facts.size_mm is None:
            return "Its size could not be measured."
        side = wording.length(facts.size_mm[place] * question.scale, question.length_unit)
        return f"Its {name} is {side}{_scaled(question)}."

    return text


def _length(question: Question, facts: ModelFacts) -> str:
    if facts.size_mm is None:
        return "Its size could not be measured."
    side = wording.length(max(facts.size_mm) * question.scale, question.length_unit)
    return f"Its longest side is {side}{_scaled(question)}."


def _volume(question: Question, facts: ModelFacts) -> str:
    if facts.volume_mm3 is None:
        return f"{DO_NOT_KNOW} its volume: {_why_no_volume(facts)}"
    volume = wording.volume(facts.volume_mm3 * question.scale**3, question.volume_unit)
    return f"Its volume is {volume}{_scaled(question)}."


def _why_no_volume(facts: ModelFacts) -> str:
    told = [text for code, _level, text in facts.notes if code in DAMAGE]
    return "the mesh does not enclose one. " + (" ".join(told) or "It is not closed.")


def _surface(question: Question, facts: ModelFacts) -> str:
    if facts.surface_mm2 is None:
        return "Its surface could not be measured."
    return f"Its surface is {wording.figure(facts.surface_mm2 * question.scale**2 / 100)} cm²{_scaled(question)}."


def _weight(question: Question, facts: ModelFacts) -> str:
    if facts.volume_mm3 is None or facts.surface_mm2 is None:
        return f"{DO_NOT_KNOW} its weight, because I do not know its volume: {_why_no_volume(facts)}"
    volume, surface = facts.volume_mm3 * question.scale**3, facts.surface_mm2 * question.scale**2
    materials = question.materials or tuple(MATERIALS[name] for name in USUAL)
    texts = []
    for material in materials:
        weight = weight_of(volume, surface, material, **_infill(question))
        text = f"{wording.mass(weight.solid, question.mass_unit)} in {material.name}"
        if weight.filament_m is not None:
            text += (
                f" (about {wording.mass(weight.printed, question.mass_unit)} printed with {weight.infill:.0%} infill"
            )
            text += f", {wording.figure(weight.filament_m)} m of filament)" if "filament" in question.concepts else ")"
        texts.append(f"{text}, at {material.density:.2f} g/cm³")
    return f"Solid, it weighs {'; '.join(texts)}{_scaled(question)}."


def _infill(question: Question) -> dict[str, float]:
    return {} if question.infill is None else {"infill": question.infill}


def _time(question: Question, facts: ModelFacts) -> str:
    if facts.volume_mm3 is None or facts.surface_mm2 is None or facts.size_mm is None:
        return f"{DO_NOT_KNOW} how long a print takes, because I do not know its volume: {_why_no_volume(facts)}"
    texts = []
    for material in question.materials or (MATERIALS["pla"],):
        time = print_time(
            facts.volume_mm3 * question.scale**3,
            facts.surface_mm2 * question.scale**2,
            facts.size_mm[2] * question.scale,
            material,
            layer_mm=question.layer_mm,
            **_infill(question),
        )
        if time is None:
            texts.append(f"{material.name} is not printed at home, so I cannot estimate a time for it.")
            continue
        kind = "in resin" if material.process is Process.RESIN else f"in {material.name}"
        texts.append(
            f"Printing it {kind} takes about {wording.duration(time.seconds)}{_scaled(question)}. "
            f"That is an estimate which assumes {time.assumptions} ({time.layers} layers) and 5 minutes of warming up; "
            "your slicer knows better."
        )
    return "\n".join(texts)


def _fits(question: Question, facts: ModelFacts) -> str:
    if facts.size_mm is None:
        return "Its size could not be measured."
    size = tuple(side * question.scale for side in facts.size_mm)
    bed = question.bed or COMMON_BED
    where = wording.lengths(tuple(side for side in bed if side != float("inf")))
    flat_fits = max(size[:2]) <= max(bed[:2]) and min(size[:2]) <= min(bed[:2])
    measured = wording.lengths(size, question.length_unit)
    if flat_fits and size[2] <= bed[2]:
        return f"Yes: with {measured}{_scaled(question)} it fits into {where}."
    if all(side <= room for side, room in zip(sorted(size), sorted(bed), strict=True)):
        return f"Laid on another side: with {measured}{_scaled(question)} it fits into {where} when it is turned."
    return f"No: with {measured}{_scaled(question)} it is too big for {where}, unless it is scaled down or cut."


def _watertight(_question: Question, facts: ModelFacts) -> str:
    told = [text for code, _level, text in facts.notes if code in (*DAMAGE, "inside_out", "hollow")]
    if facts.is_watertight is None:
        return f"{DO_NOT_KNOW} whether it is watertight."
    head = "Yes, the mesh is closed (watertight)." if facts.is_watertight else "No, the mesh is not watertight."
    return " ".join([head, *told])


def _holes(question: Question, facts: ModelFacts) -> str:
    """Holes drilled into it; whoever means gaps in the mesh is told of these as well. Whoever asks for a diameter gets
    that of rods and balls, too."""
    wanted = ["hole", "blind hole"]
    if re.search(r"\b(?:diameters?|radius)\b", question.spelt) and not re.search(r"\bholes?\b", question.spelt):
        wanted += ["cylinder", "ball"]
    found = [feature for feature in facts.round_features if feature.kind in wanted]
    texts = []
    if not found:
        texts.append("No round holes were found in it." if len(wanted) == 2 else "Nothing round was found in it.")
    else:
        kinds = [(kind, sum(feature.kind == kind for feature in found)) for kind in wanted]
        counted = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds if count]
        texts.append(f"It has {wording.listed(counted)}: {_listed_round(found, question)}{_scaled(question)}.")
    texts.append("Only round ones are looked for: no slots, threads and pockets.")
    if facts.is_watertight is False:
        texts.append("The mesh itself is not closed: there are gaps in its surface.")
    return " ".join(texts)


def _listed_round(found: Sequence[RoundFeature], question: Question) -> str:
    texts = []
    for feature in found[:MOST_LISTED]:
        text = f"{feature.kind} of {wording.length(feature.diameter * question.scale, question.length_unit)}"
        if feature.depth:
            depth = wording.length(feature.depth * question.scale, question.length_unit)
            text += f", {depth} {'deep' if 'hole' in feature.kind else 'long'}"
        place = ", ".join(wording.figure(value) for value in feature.position)
        texts.append(f"{text}, at ({place})")
    return "; ".join(texts) + (f"; and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else "")


def _walls(question: Question, facts: ModelFacts) -> str:
    if facts.wall_mm is None:
        return f"{DO_NOT_KNOW} how thick its walls are: they can be measured only in a mesh that is closed."
    wall = wording.length(facts.wall_mm * question.scale, question.length_unit)
    told = [text for code, _level, text in facts.notes if code == "thin_walls"]
    verdict = told or ["That is enough for a 0.4 mm nozzle, which needs 0.8 mm."]
    return " ".join([f"95 % of its walls are thicker than {wall}{_scaled(question)}.", *verdict])


def _overhangs(_question: Question, facts: ModelFacts) -> str:
    told = [text for code, _level, text in facts.notes if code == "overhangs"]
    if told:
        return f"{told[0]} Such faces need supports, unless you turn the part."
    if facts.is_watertight is False:
        return f"{DO_NOT_KNOW} about overhangs: they are measured only in a mesh that is closed."
    return "No supports are needed: standing as in its file, less than 2% of it overhangs by more than 45 degrees."


def _parts(_question: Question, facts: ModelFacts) -> str:
    if facts.parts is None:
        return f"{DO_NOT_KNOW} of how many parts it consists."
    return "It is one piece." if facts.parts == 1 else f"The file holds {facts.parts} separate parts."


def _triangles(_question: Question, facts: ModelFacts) -> str:
    if facts.triangles is None or facts.vertices is None:
        return f"{DO_NOT_KNOW} how many triangles it has."
    return f"It has {facts.triangles:,} triangles and {facts.vertices:,} vertices."


def _format(_question: Question, facts: ModelFacts) -> str:
    return f"Its file is in the {facts.format} format and has {wording.byte_size(facts.byte_size)}."


def _printability(question: Question, facts: ModelFacts) -> str:
    warnings = [text for _code, level, text in facts.notes if level == "warning"]
    remarks = [text for _code, level, text in facts.notes if level != "warning"]
    if warnings:
        return " ".join(["There is something to look at before printing it:", *warnings, *remarks])
    head = "It should print well: the analysis found nothing wrong, the mesh is closed."
    if facts.is_watertight is False:
        head = "The mesh is not closed; a slicer may have to repair it."
    walls = [] if facts.wall_mm is None else [_walls(question, facts)]
    return " ".join([head, *remarks, *walls])


def _how_to_print(question: Question, facts: ModelFacts) -> str:
    texts = []
    if facts.instructions:
        texts.append(f"Its maker says: “{facts.instructions.strip()}”")
    texts.append(_printability(question, facts))
    texts.append(_overhangs(question, facts) if facts.is_watertight else "")
    texts.append(
        "Good first settings with a 0.4 mm nozzle are 0.2 mm layers, two or three walls and 20 % infill, "
        "with the largest flat face on the bed."
    )
    return " ".join(text for text in texts if text)


OF_FILE: Final[dict[Topic, Callable[[Question, ModelFacts], str]]] = {
    Topic.SIZE: _size,
    Topic.WIDTH: _side(0, "width"),
    Topic.DEPTH: _side(1, "depth"),
    Topic.HEIGHT: _side(2, "height"),
    Topic.LENGTH: _length,
    Topic.FITS: _fits,
    Topic.VOLUME: _volume,
    Topic.SURFACE: _surface,
    Topic.WEIGHT: _weight,
    Topic.TIME: _time,
    Topic.WATERTIGHT: _watertight,
    Topic.HOLES: _holes,
    Topic.WALLS: _walls,
    Topic.OVERHANGS: _overhangs,
    Topic.PARTS: _parts,
    Topic.TRIANGLES: _triangles,
    Topic.FORMAT: _format,
    Topic.PRINTABILITY: _printability,
    Topic.HOW_TO_PRINT: _how_to_print,
}


def _price(question: Question, facts: ModelFacts) -> str:
    """Of the file. What printing costs is not known here, and is not to be taken for it."""
    if "filament" in question.concepts or question.materials:
        return f"{DO_NOT_KNOW} what material costs where you buy it; ask me how much of it is needed."
    if "print" in question.concepts:
        return f"{_price_of_file(facts)} That is for the file; what printing it costs is not known here."
    return _price_of_file(facts)


def _price_of_file(facts: ModelFacts) -> str:
    if facts.is_owned:
        return f"You own “{facts.title}” already. It costs {wording.money(facts.price, facts.currency)}."
    if not facts.price:
        return f"“{facts.title}” is free."
    text = f"“{facts.title}” costs {wording.money(facts.price, facts.currency)}"
    if facts.list_price is not None:
        text += f" at the moment, instead of {wording.money(facts.list_price, facts.currency)}"
    return f"{text}."


def _maker(_question: Question, facts: ModelFacts) -> str:
    return f"“{facts.title}” is sold by {facts.seller}."


def _licence(_question: Question, facts: ModelFacts) -> str:
    return f"Its licence is: {facts.licence}." if facts.licence else "Its seller has named no licence."


def _age(_question: Question, facts: ModelFacts) -> str:
    return f"“{facts.title}” has been here since {facts.created:%d %B %Y}."


def _rating(_question: Question, facts: ModelFacts) -> str:
    if not facts.reviews:
        return f"Nobody has reviewed “{facts.title}” yet."
    return f"Its buyers give “{facts.title}” {facts.rating:.1f} of 5, in {_counted(facts.reviews, 'review')}."


def _reception(_question: Question, facts: ModelFacts) -> str:
    told = [_counted(facts.sales, "sale"), _counted(facts.views, "view"), _counted(facts.likes, "like")]
    return f"“{facts.title}” has {wording.listed(told)}."


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _summary(question: Question, facts: ModelFacts) -> str:
    category = f", in the category {facts.category}" if facts.category else ""
    text = f"“{facts.title}” is a 3-D model by {facts.seller}{category}."
    return f"{text} {_size(question, facts)}" if facts.state is FileState.READY else text


OF_LISTING: Final[dict[Topic, Callable[[Question, ModelFacts], str]]] = {
    Topic.PRICE: _price,
    Topic.MAKER: _maker,
    Topic.LICENCE: _licence,
    Topic.AGE: _age,
    Topic.RATING: _rating,
    Topic.RECEPTION: _reception,
    Topic.SUMMARY: _summary,
}
