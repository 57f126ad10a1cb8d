"""What one sentence asks: which topics, in which units, of which materials and settings.

Every word is first mended and brought to a concept ("heavy", "weighs" and "wieght" are `weight`). A topic has a rule
over the concepts of a sentence; a sentence may have several topics.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from community.assistant.language import EMPTY, mended, tokens
from community.assistant.materials import Material, material_named
from community.assistant.vocabulary import (
    CONCEPTS,
    EVERYDAY,
    LENGTHS,
    MASSES,
    MODEL_WORDS,
    PRINTERS,
    VOCABULARY,
    VOLUMES,
)


class Topic(Enum):
    SIZE = "size"
    HEIGHT = "height"
    WIDTH = "width"
    DEPTH = "depth"
    LENGTH = "length"
    FITS = "fits"
    VOLUME = "volume"
    SURFACE = "surface"
    WEIGHT = "weight"
    TIME = "time"
    WATERTIGHT = "watertight"
    WALLS = "walls"
    OVERHANGS = "overhangs"
    PARTS = "parts"
    TRIANGLES = "triangles"
    FORMAT = "format"
    PRINTABILITY = "printability"
    HOW_TO_PRINT = "how to print"
    PRICE = "price"
    MAKER = "maker"
    LICENCE = "licence"
    AGE = "age"
    RATING = "rating"
    RECEPTION = "reception"
    HOLES = "holes"
    SUMMARY = "summary"
    ORDERS = "orders"
    BALANCE = "balance"
    TICKETS = "tickets"
    SALES = "sales"
    OTHERS = "others"
    WHO = "who"
    HELLO = "hello"


OWN_AFFAIRS: Final = frozenset({Topic.ORDERS, Topic.BALANCE, Topic.TICKETS, Topic.SALES, Topic.OTHERS})
OF_THE_WHOLE: Final = frozenset(
    {Topic.SIZE, Topic.HEIGHT, Topic.WIDTH, Topic.DEPTH, Topic.LENGTH, Topic.WEIGHT, Topic.WALLS}
)
ABOUT_A_MODEL: Final = frozenset(Topic) - OWN_AFFAIRS - {Topic.WHO, Topic.HELLO}


@dataclass(frozen=True)
class Question:
    """One sentence, understood. `foreign` are words of it that nothing here is about; `spelt` is it with its words
    mended."""

    text: str
    topics: tuple[Topic, ...]
    materials: tuple[Material, ...] = ()
    length_unit: str = ""
    mass_unit: str = ""
    volume_unit: str = ""
    infill: float | None = None
    layer_mm: float | None = None
    scale: float = 1.0
    bed: tuple[float, float, float] | None = None
    order_number: int | None = None
    is_help: bool = False
    foreign: tuple[str, ...] = ()
    concepts: frozenset[str] = field(default_factory=frozenset)
    spelt: str = ""


def question_of(sentence: str, *, title: str = "") -> Question:
    """`sentence` is in plain spelling (see `language.sentences`); `title` is that of the model that is talked about."""
    words = [mended(word, VOCABULARY, EVERYDAY) for word in tokens(sentence)]
    mended_text = " ".join(words)
    concepts = frozenset(CONCEPTS[word] for word in words if word in CONCEPTS)
    concepts |= {name for name, phrase in _PHRASES.items() if phrase.search(mended_text)}
    named = tuple(dict.fromkeys(material for word in words if (material := material_named(word)) is not None))
    titled = {word for word in tokens(title.lower()) if len(word) > 2}
    known = EMPTY | VOCABULARY | MODEL_WORDS | titled
    foreign = tuple(word for word in words if word.isalpha() and word not in known and len(word) > 1)
    is_about_it = bool(set(words) & (MODEL_WORDS | titled - EMPTY)) or not _has_subject(words, foreign)
    number = re.search(r"\border (?:number |no |# ?)?(\d{1,18})\b", mended_text)
    is_help = "platform" in concepts or ("support" in concepts and bool(concepts & {"ticket", "contact"}))
    is_help = is_help and not concepts & {"may_i", "my_sales"} and not ("reduced" in concepts and is_about_it)
    layer = _layer(sentence)
    concepts |= {"numbered"} if number else set()
    concepts |= {"layered"} if layer else set()
    topics = _topics(concepts, named=bool(named), is_help=is_help)
    if (foreign and not is_about_it) or "unknowable" in concepts:
        topics = tuple(topic for topic in topics if topic not in ABOUT_A_MODEL)
    percents = re.search(r"(\d+(?:\.\d+)?) ?(?:%|percent)", mended_text)
    share = float(percents.group(1)) / 100 if percents else None
    is_scale = bool(re.search(r"\bscaled?\b|\bsize\b.*%|% (?:of the |its )?size|% bigger", mended_text))
    return Question(
        text=sentence,
        topics=topics,
        materials=named,
        length_unit=_unit(sentence, LENGTHS) or ("in" if re.search(r"\d ?\"|\bin in\b", sentence) else ""),
        mass_unit=_unit(sentence, MASSES),
        volume_unit=_unit(sentence, VOLUMES),
        infill=share if share is not None and not is_scale and 0 <= share <= 1 else None,
        layer_mm=layer,
        scale=_scale(mended_text, share if is_scale else None),
        bed=_bed(sentence),
        order_number=int(number.group(1)) if number else None,
        is_help=is_help,
        foreign=foreign,
        concepts=concepts,
        spelt=mended_text,
    )


_PHRASES: Final = {
    "how_much": re.compile(r"\bhow much\b"),
    "how_many": re.compile(r"\bhow many\b"),
    "how_often": re.compile(r"\bhow (?:many times|often)\b"),
    "how_long": re.compile(r"\bhow long\b"),
    "how_big": re.compile(r"\bhow (?:big|small|large)\b|\bbig is\b"),
    "how_do": re.compile(
        r"\bhow (?:do|should|can|would|to|must)\b|\bbest way\b|\bwhat(?:'s| is)? the best\b|\bwhich\b|\bany\b"
    ),
    "takes": re.compile(r"\b(?:takes?|taking|need|needs|until|finish|ready|done|wait)\b"),
    "mine": re.compile(r"\b(?:my|mine|i|our|we)\b"),
    # Rights, sales, money and other people, which single words do not tell.
    "may_i": re.compile(
        r"(?<!how )\b(?:can|may) (?:i|we|you|one)\b.*\b(?:sell|resell|modify|remix|share|redistribute)\b.*"
        r"\b(?:it|this|them|prints?|copies)\b"
        r"|\ballowed to\b.*\b(?:sell|resell|modify|remix|share|redistribute|print)\b"
    ),
    "my_sales": re.compile(
        r"\b(?:bought|buys?|purchased|ordered) (?:\w+ ){0,3}(?:my|our) (?:\w+ )?(?:designs?|models?|works?|items?)\b"
        r"|\b(?:bought|purchased|ordered) (?:\w+ ){0,2}from me\b|\b(?:have|did) i (?:\w+ )?(?:sold|sell)\b"
        r"|\bsales (?:did|do|have) i\b|\bmy (?:\w+ )?sales\b|\bhow many sales\b.*\bi\b"
        r"|\b(?:my|our) (?:\w+ )?(?:designs?|models?|works?|items?) (?:\w+ )?(?:sells?|sold|selling)\b(?! (?:it|them))"
    ),
    "sold": re.compile(
        r"\bhow (?:many|often)\b.*\b(?:bought|buyers?|purchases?|purchased|ordered|sold|sales|customers?|views?|seen)\b"
        r"|\b(?:did|has|have) (?:anyone|anybody|someone|somebody|people|nobody)\b.*\b(?:buy|bought|purchased?)\b"
    ),
    "reduced": re.compile(
        r"^(?!how )(?:.*\b(?:discount|reduction|coupon|offer|deal|promotion)s?\b.*\b(?:it|this)\b"
        r"|.*\b(?:it|this)\b.*\b(?:on sale|reduced|discounted)\b)"
    ),
    "liked": re.compile(r"\bany good\b|\bworth (?:it|buying|the)\b|\bfeedback\b"),
    "my_money": re.compile(
        r"\bhow much (?:money )?(?:do i have|have i (?:got|made)|did i (?:make|get)|can i (?:withdraw|take out))\b"
        r"|\bmoney (?:do i have|have i)\b"
    ),
    "platform": re.compile(r"\bmoney back\b|\breimburse\w*"),
    "others": re.compile(
        r"\b(?:other|another|all|every|any) (?:people|persons?|users?|customers?|buyers?|members?|sellers?|accounts?)\b"
        r"|\b(?:someone|somebody|anyone) else\b|\b(?:everyone|everybody)\b"
    ),
    "when": re.compile(r"\bwhen\b|\bhow (?:old|new|long ago)\b|\bwhat date\b"),
    "contact": re.compile(r"\b(?:contact|reach|write to|speak to|talk to|open a|customer|team|staff)\b"),
    "need": re.compile(r"\b(?:need|needs|require|requires|required|without|structures?|necessary|use)\b"),
    "hello": re.compile(r"^(?:hi|hello|hey|good (?:morning|evening|afternoon))\b"),
    "you": re.compile(
        r"\b(?:who|what) are you\b|^are you (?!sure)\w+$|\bare you (?:a |an )?(?:real|human|bot|ai|robot|person)\b"
        r"|\bwhat can you (?:do|tell|help)|\bwhat do you know\b"
    ),
    "what_is_it": re.compile(
        r"\bwhat is (?:it|this|that)(?: (?:model|part|thing|design|object|piece|file))?\s*(?:about|for)?$"
        r"|\btell me (?:more )?about (?:it|this|the (?:model|design|part))|\bdescribe\b|\bsummar"
    ),
}


def _topics(c: frozenset[str], *, named: bool, is_help: bool) -> tuple[Topic, ...]:
    """The rules, one line a topic. Help has the word where a rule would only guess."""
    material_use = "filament" in c and bool(c & {"how_much", "how_many", "mass_unit"})
    about_time = ("time" in c and "how_often" not in c) or (
        "how_long" in c and (named or bool(c & {"print", "takes", "layered"}))
    )
    has = {
        Topic.HELLO: "hello" in c,
        Topic.WHO: "you" in c or ("assistant" in c and "contact" not in c),
        Topic.SUMMARY: "what_is_it" in c,
        Topic.FORMAT: not is_help
        and "file" in c
        and bool(c & {"size", "format", "kind", "how_big"})
        or "format" in c
        and not is_help,
        Topic.SIZE: "file" not in c
        and bool(c & {"size", "how_big"})
        and not c & {"wall", "triangles", "fits", "layer"},
        Topic.HEIGHT: "height" in c and "settings" not in c,
        Topic.WIDTH: "width" in c,
        Topic.DEPTH: "depth" in c,
        Topic.LENGTH: "length" in c or ("how_long" in c and not about_time and not is_help),
        Topic.FITS: not is_help and ("fits" in c or ("printer" in c and not about_time and "settings" not in c)),
        Topic.VOLUME: "volume" in c,
        Topic.SURFACE: "surface" in c and "area" in c,
        Topic.WEIGHT: "weight" in c or ("mass_unit" in c and not is_help) or material_use,
        Topic.TIME: about_time and not is_help,
        Topic.WATERTIGHT: "watertight" in c,
        Topic.HOLES: "hole" in c,
        Topic.WALLS: "wall" in c,
        Topic.OVERHANGS: "overhang" in c
        or ("support" in c and not c & {"ticket", "contact"} and bool(c & {"need", "print", "settings", "how_do"})),
        Topic.PARTS: "parts" in c and "wall" not in c,
        Topic.TRIANGLES: "triangles" in c,
        Topic.PRINTABILITY: "printable" in c or ("print" in c and "trouble" in c),
        Topic.HOW_TO_PRINT: not is_help
        and (("how_do" in c and "print" in c) or "settings" in c and bool(c & {"print", "how_do"})),
        Topic.PRICE: not is_help
        and (
            "price" in c
            or "reduced" in c
            or (
                "how_much" in c
                and not c
                & {
                    "weight",
                    "volume",
                    "filament",
                    "time",
                    "mass_unit",
                    "balance",
                    "surface",
                    "support",
                    "overhang",
                    "order",
                }
            )
        )
        and "my_money" not in c,
        Topic.MAKER: "maker" in c and "when" not in c and not is_help,
        Topic.LICENCE: "licence" in c or "may_i" in c,
        Topic.AGE: "maker" in c and "when" in c and not is_help,
        Topic.RATING: ("rating" in c or "liked" in c) and not is_help,
        Topic.RECEPTION: ("reception" in c or "sold" in c) and "mine" not in c and not is_help,
        Topic.ORDERS: ("mine" in c or "numbered" in c)
        and ("order" in c and not c & {"how_do"} or "download" in c and "remaining" in c)
        and not is_help
        and not c & {"my_sales", "others", "may_i", "sold"},
        Topic.SALES: "my_sales" in c,
        Topic.OTHERS: "others" in c and bool(c & {"order", "balance", "ticket"}),
        Topic.BALANCE: ("mine" in c and "balance" in c and "others" not in c) or "my_money" in c,
        Topic.TICKETS: "mine" in c and "ticket" in c and "contact" not in c and "how_do" not in c,
    }
    found = [topic for topic, is_asked in has.items() if is_asked]
    if Topic.HELLO in found and len(found) > 1:
        found.remove(Topic.HELLO)
    if Topic.TIME in found and Topic.HOW_TO_PRINT in found and "settings" not in c:
        found.remove(Topic.HOW_TO_PRINT)
    if Topic.HOLES in found:  # their sizes, not the model's
        found = [topic for topic in found if topic not in OF_THE_WHOLE]
    if OWN_AFFAIRS & set(found):
        found = [topic for topic in found if topic not in ABOUT_A_MODEL]
    return tuple(found)


def _has_subject(words: list[str], foreign: tuple[str, ...]) -> bool:
    """Whether it asks about something else, as in "the weight of an elephant" and "bitcoin price"."""
    before = {"the", "a", "an", "of", "my", "your", "for", "in", "is", "are", "does", "do", "will", "would", "to"}
    return any(
        word in foreign
        and len(word) > 2
        and (
            (place > 0 and words[place - 1] in before) or words[place + 1 : place + 2] and words[place + 1] in CONCEPTS
        )
        for place, word in enumerate(words)
    )


def _unit(sentence: str, units: dict[str, str]) -> str:
    """The unit that the answer is wanted in; numbers with a unit say something else."""
    for pattern, unit in units.items():
        if re.search(rf"(?<!\d )(?<!\d)\b(?:{pattern})\b(?!\s*(?:layer|nozzle))", sentence):
            return unit
    return ""


def _layer(sentence: str) -> float | None:
    found = re.search(
        r"(\d*\.\d+) ?(?:mm)?[ -]*(?:layer|height)|layers? (?:height )?(?:of |at )?(\d*\.\d+)"
        r"|\b(?:at|with|in) (\d*\.\d+) ?mm\b(?! ?nozzle)",
        sentence,
    )
    layer = float(next(group for group in found.groups() if group)) if found else 0.0
    return layer if 0.02 <= layer <= 1 else None


def _scale(text: str, share: float | None) -> float:
    if share is not None and 0.01 <= share <= 100:
        return share
    if re.search(r"\bhalf (?:the |its )?(?:size|scale)\b", text):
        return 0.5
    return 2.0 if re.search(r"\b(?:twice|double) (?:the |its )?(?:size|scale|big)\b|\btwice as big\b", text) else 1.0


def _bed(sentence: str) -> tuple[float, float, float] | None:
    found = re.search(
        r"(\d{2,4}) ?(?:mm|cm)? ?(?:x|by) ?(\d{2,4})(?: ?(?:mm|cm)? ?(?:x|by) ?(\d{2,4}))? ?(mm|cm)?", sentence
    )
    if found:
        factor = 10.0 if found.group(4) == "cm" else 1.0
        width, depth = float(found.group(1)) * factor, float(found.group(2)) * factor
        return width, depth, float(found.group(3)) * factor if found.group(3) else float("inf")
    return next((size for name, size in PRINTERS.items() if re.search(rf"\b{name}\b", sentence)), None)
