"""The assistant that needs no service: answers from the model's figures, the caller's own affairs, and the help.

What it cannot tell from these it says it does not know.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from accounts.models import User
from community.assistant.about_caller import OWN
from community.assistant.about_model import DO_NOT_KNOW, said_of_model
from community.assistant.articles import Found, article_for, asked_words
from community.assistant.facts import ModelFacts, model_facts
from community.assistant.language import is_question, sentences
from community.assistant.questions import ABOUT_A_MODEL, Question, Topic, question_of
from community.choices import ChatAuthor
from marketplace.models import Model3D

NAME: Final = "offline"
MOST_ANSWERS: Final = 12
CAPABILITIES: Final = (
    "I am the platform's built-in assistant, a program and not a person. I can tell you what was measured in a 3-D "
    "model (size, volume, weight, print time, printability), what it costs, what you ordered and sold, and what the "
    "help says. I understand English."
)
NO_MODEL: Final = (
    "This chat is not about a model. Start a chat about one, and I can tell you what was measured in it. "
    "To find one, use the search of the site: I do not look through the catalogue."
)
RIGHTS: Final = "What you may do with a model stands in its licence, on its page. Ask me in a chat about that model."
GONE: Final = "The model that this chat was about can no longer be seen by you, so I cannot say anything about it."


@dataclass(frozen=True)
class Setting:
    """Who asks, about which model (None: about none, or one that they may no longer see), and what was said before."""

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
        if topic == Topic.WHO:
            texts.append(CAPABILITIES)
        elif topic in OWN:
            texts.append(OWN[topic](question, setting.actor))
    if about_model and facts is None and "may_i" in question.concepts:
        texts.append(RIGHTS)
    elif about_model and facts is None:
        found = None if setting.was_about_a_model else _article(question)
        texts.append(GONE if setting.was_about_a_model else found.article.body if found else NO_MODEL)
    elif facts is not None:
        texts += [said_of_model(topic, question, facts) for topic in about_model]
    if not texts and question.topics == (Topic.HELLO,):
        is_farewell = re.search(r"\b(?:thank\w*|thx|cheers|bye|goodbye)\b", question.text)
        return ["You are welcome." if is_farewell else "Hello! " + CAPABILITIES]
    if not texts or question.is_help:
        found = _article(question) if "unknowable" not in question.concepts or question.is_help else None
        if found is not None:
            texts.append(f"{found.article.title}\n{found.article.body}")
    return texts


def _article(question: Question) -> Found | None:
    """As it was typed, since the articles know more words than we mend by; else with its words mended."""
    return article_for(question.text) or (article_for(question.spelt) if question.spelt != question.text else None)


def _unknown(question: Question) -> str:
    if not asked_words(question.text):
        return f"{DO_NOT_KNOW} what you mean. {CAPABILITIES}" if is_question(question.text) else CAPABILITIES
    asked = question.text if len(question.text) <= 120 else question.text[:117] + "…"
    if "unknowable" in question.concepts:
        return (
            f"{DO_NOT_KNOW} that (“{asked}”): it cannot be told from the file. "
            "Strength, colour and safety depend on how it is printed and in what; the seller may know."
        )
    if not is_question(question.text):
        return f"{DO_NOT_KNOW} what to say to “{asked}”. {CAPABILITIES}"
    return f"{DO_NOT_KNOW} the answer to “{asked}”. Neither the model's figures nor the help articles speak of it."
