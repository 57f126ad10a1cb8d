"""The assistant that needs no service: answers from the model's figures, the caller's own affairs, and the help.

What it cannot tell from these it says it does not know.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from accounts.models import User
from marketplace.assistant import wording
from marketplace.assistant.articles import article_for, asked_words
from marketplace.assistant.estimates import print_time, weight_of
from marketplace.assistant.facts import (
    FileState,
    ModelFacts,
    balance_facts,
    model_facts,
    orders_facts,
    ticket_facts,
)
from marketplace.assistant.language import is_question, sentences
from marketplace.assistant.materials import MATERIALS, USUAL, Process
from marketplace.assistant.questions import ABOUT_A_MODEL, Question, Topic, question_of
from marketplace.assistant.vocabulary import COMMON_BED
from marketplace.choices import ChatAuthor
from marketplace.models import Model3D

NAME: Final = "offline"
MOST_ANSWERS: Final = 12
DOWNLOADS: Final = 10
CAPABILITIES: Final = (
    "I am the platform's built-in assistant, a program and not a person. I can tell you what was measured in a 3-D "
    "model (size, volume, weight, print time, printability), what it costs, what you ordered, and what the help says."
)
NO_MODEL: Final = "This chat is not about a model. Start a chat about one, and I can tell you what was measured in it."
GONE: Final = "The model that this chat was about can no longer be seen by you, so I cannot say anything about it."
DO_NOT_KNOW: Final = "I do not know"
DAMAGE: Final = ("open", "mixed_sides")


@dataclass(frozen=True)
class Setting:
    """Who asks, about which model (None: about none, or one that he may no longer see), and what was said before."""

    actor: User
    model: Model3D | None = None
    was_about_a_model: bool = False
    before: Sequence[tuple[ChatAuthor, str]] = ()

    @property
    def asked_before(self) -> list[str]:
        return [text for author, text in self.before if author == ChatAuthor.USER]


def answer(message: str, setting: Setting) -> str:
    """Each question of the message answered, in its order; once each. Statements beside questions need no answer."""
    facts = model_facts(actor=setting.actor, model=setting.model) if setting.model is not None else None
    said: list[str] = []
    unknown: list[str] = []
    statements: list[str] = []
    for question in _questions(message, setting, facts.title if facts else ""):
        found = _answers(question, setting, facts)
        said += [text for text in found if text not in said]
        if not found and (
            (is_question(question.text) and asked_words(question.text)) or "unknowable" in question.concepts
        ):
            unknown.append(_unknown(question))
        elif not found:
            statements.append(_unknown(question))
    texts = [*said, *unknown] or statements or [f"{DO_NOT_KNOW} what you mean. {CAPABILITIES}"]
    return "\n\n".join(texts[:MOST_ANSWERS])


def _questions(message: str, setting: Setting, title: str) -> list[Question]:
    """A sentence without a topic that only names a material, a unit or a setting belongs to the question after it
    ("if I cast it in silver, what does it weigh?"), or carries on what was asked before."""
    found: list[Question] = []
    loose: Question | None = None
    for sentence in sentences(message):
        question = question_of(sentence, title=title)
        if loose is not None and question.topics:
            question = replace(
                question,
                materials=question.materials or loose.materials,
                infill=loose.infill if question.infill is None else question.infill,
                layer_mm=question.layer_mm or loose.layer_mm,
            )
            found.remove(loose)
        loose = None
        if not question.topics and not question.is_help and "unknowable" not in question.concepts:
            earlier = found[-1] if found else _asked_last(setting.asked_before, title)
            if earlier is not None:
                question = _carried_on(question, earlier)
            if not question.topics and (question.materials or question.infill is not None or question.layer_mm):
                loose = question
        found.append(question)
    if len(found) > 1:
        found = [question for question in found if question.topics != (Topic.HELLO,)] or found[:1]
    return found


def _asked_last(messages: Sequence[str], title: str) -> Question | None:
    for message in reversed(messages):
        for sentence in reversed(sentences(message)):
            question = question_of(sentence, title=title)
            if set(question.topics) & ABOUT_A_MODEL:
                return question
    return None


def _carried_on(question: Question, earlier: Question) -> Question:
    topics: tuple[Topic, ...] = ()
    of_material = {Topic.WEIGHT, Topic.TIME}
    of_length = {Topic.SIZE, Topic.HEIGHT, Topic.WIDTH, Topic.DEPTH, Topic.LENGTH, Topic.WALLS}
    asked = set(earlier.topics)
    if question.materials or question.infill is not None or question.mass_unit or question.layer_mm:
        topics = tuple(topic for topic in earlier.topics if topic in of_material)
    elif question.volume_unit and Topic.VOLUME in asked:
        topics = (Topic.VOLUME,)
    elif question.length_unit:
        topics = tuple(topic for topic in earlier.topics if topic in of_length)
    elif question.bed is not None and Topic.FITS in asked:
        topics = (Topic.FITS,)
    if question.foreign and len(question.foreign) > 1:
        return question
    return replace(question, topics=topics, materials=question.materials or (earlier.materials if topics else ()))


def _answers(question: Question, setting: Setting, facts: ModelFacts | None) -> list[str]:
    texts: list[str] = []
    about_model = [topic for topic in question.topics if topic in ABOUT_A_MODEL]
    for topic in question.topics:
        if topic in OWN:
            texts.append(OWN[topic](question, setting))
    if about_model and facts is None:
        found = None if setting.was_about_a_model else article_for(question.text)
        texts.append(GONE if setting.was_about_a_model else found.article.body if found else NO_MODEL)
    elif facts is not None:
        texts += [_about(topic, question, facts) for topic in about_model]
    if not texts and question.topics == (Topic.HELLO,):
        is_farewell = re.search(r"\b(?:thank\w*|thx|cheers|bye|goodbye)\b", question.text)
        return ["You are welcome." if is_farewell else "Hello! " + CAPABILITIES]
    if not texts or question.is_help:
        found = article_for(question.text) if "unknowable" not in question.concepts or question.is_help else None
        if found is not None:
            texts.append(f"{found.article.title}\n{found.article.body}")
    return texts


def _unknown(question: Question) -> str:
    asked = question.text if len(question.text) <= 120 else question.text[:117] + "…"
    if "unknowable" in question.concepts:
        return (
            f"{DO_NOT_KNOW} that (“{asked}”): it cannot be told from the file. "
            "Strength, colour and safety depend on how it is printed and in what; the seller may know."
        )
    return f"{DO_NOT_KNOW} the answer to “{asked}”. Neither the model's figures nor the help articles speak of it."


# ---------------------------------------------------------------- about the model
def _about(topic: Topic, question: Question, facts: ModelFacts) -> str:
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
    Topic.WALLS: _walls,
    Topic.OVERHANGS: _overhangs,
    Topic.PARTS: _parts,
    Topic.TRIANGLES: _triangles,
    Topic.FORMAT: _format,
    Topic.PRINTABILITY: _printability,
    Topic.HOW_TO_PRINT: _how_to_print,
}


def _price(_question: Question, facts: ModelFacts) -> str:
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


def _summary(question: Question, facts: ModelFacts) -> str:
    category = f", in the category {facts.category}" if facts.category else ""
    text = f"“{facts.title}” is a 3-D model by {facts.seller}{category}."
    return f"{text} {_size(question, facts)}" if facts.state is FileState.READY else text


OF_LISTING: Final[dict[Topic, Callable[[Question, ModelFacts], str]]] = {
    Topic.PRICE: _price,
    Topic.MAKER: _maker,
    Topic.LICENCE: _licence,
    Topic.SUMMARY: _summary,
}


# ---------------------------------------------------------------- about the caller's own affairs
def _orders(question: Question, setting: Setting) -> str:
    orders = orders_facts(actor=setting.actor, number=question.order_number)
    if not orders:
        numbered = question.order_number is not None
        return (
            f"You have no order number {question.order_number}." if numbered else "You have not ordered anything yet."
        )
    texts = []
    for order in orders:
        text = f"Order {order.number} of {order.placed:%d %B %Y}: {wording.listed(list(order.lines))}"
        text += f", {wording.money(order.total, order.currency)}, {order.status}"
        if order.downloads:
            left = [max(0, DOWNLOADS - used) for used in order.downloads]
            text += f", downloads left: {wording.listed([str(count) for count in left])}"
        texts.append(f"{text}.")
    return "\n".join(texts if question.order_number is not None else ["Your newest orders:", *texts])


def _balance(_question: Question, setting: Setting) -> str:
    if not setting.actor.may_sell:
        return "You have a buyer's account, which earns nothing."
    texts = []
    for account in balance_facts(actor=setting.actor):
        text = f"{wording.money(account.balance, account.currency)} in your balance"
        text += f", {wording.money(account.held, account.currency)} on hold" if account.held else ""
        texts.append(text)
    return f"There is {wording.listed(texts)}."


def _tickets(_question: Question, setting: Setting) -> str:
    tickets = ticket_facts(actor=setting.actor)
    if not tickets:
        return "You have no support tickets."
    texts = [f"{ticket.number} (“{ticket.subject}”) is {ticket.get_status_display().lower()}." for ticket in tickets]
    return "\n".join(["Your newest tickets:", *texts])


OWN: Final[dict[Topic, Callable[[Question, Setting], str]]] = {
    Topic.ORDERS: _orders,
    Topic.BALANCE: _balance,
    Topic.TICKETS: _tickets,
    Topic.WHO: lambda _question, _setting: CAPABILITIES,
}
