"""Which help article answers a question: words weighed by how rare they are, and how many of them it holds."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from community.assistant.language import EMPTY, mended, plain, stem, tokens
from community.models import HelpArticle
from community.selectors.help import help_candidates

CONSIDERED: Final = 30
ENOUGH: Final = 0.5
"""How much of what was asked, by weight, an article must speak of."""
# The articles' words, and what people say for them (patterns of whole words).
SAID_FOR: Final = {
    "refund": ("money back", r"reimburse\w*", "get my money", "return policy", "give back"),
    "payout": (
        "get paid",
        "paid out",
        "cash ?out",
        r"withdraw\w*",
        r"pay ?out\w*",
        "money out",
        "transfer my earnings",
    ),
    "twofactor authentication": ("two[- ]?(?:factor|step)", "2[- ]?(?:fa|step)", "mfa", "otp", "authenticator"),
    "sign in": ("log ?in", "logging in", "locked out"),
    "commission fee": ("take a cut", "commissions?", "percentages?"),
    "campaign discount": ("coupons?", "vouchers?", "promo(?:s|tions?|te|ting)?", "sales? campaign"),
    "contact support ticket": (
        "customer (?:service|care|support)",
        "help ?desk",
        r"(?:contact|reach|(?:talk|speak|write) (?:to|with)) (?:(?:a|an|the|your|some) )?(?:\w+ )?"
        r"(?:human|person|people|someone|somebody|agent|staff|team|support)\w*",
        r"talk to a \w+",
        r"complain\w*",
    ),
    "duplicate rejected appeal": ("stolen", "copied", r"plagiari\w+", r"copy of some\w+", "false positive", "flagged"),
    "label": (r"annotat\w+",),
    "fee": ("charge[sd]?",),
    "sell": ("sellers?",),
    "expired": ("expires?",),
    "payment method card": ("(?:credit|debit) cards?", "paypal", "visa", "mastercard"),
    "sell design": ("put .{0,20}up for sale", "(?:list|offer) my (?:design|model|item|work)s?"),
    "buy purchase": (r"purchas\w+",),
    "order shipping": (r"order\w*", r"shipp?\w*", r"deliver\w*", "parcel", "package"),
    "download": ("fetch", "get (?:the|my) files?"),
}
_PHRASES: Final = {word: re.compile(rf"\b(?:{'|'.join(said)})\b") for word, said in SAID_FOR.items()}
TWO_FACTOR: Final = re.compile(r"two-factor|\b2fa\b", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    article: HelpArticle
    coverage: float
    """From 0 to 1: how much of the question it speaks of."""


def asked_words(sentence: str) -> list[str]:
    """What a plain sentence is about, in the articles' own words; without those that say nothing."""
    for word, phrase in _PHRASES.items():
        sentence = phrase.sub(f" {word} ", sentence)
    words = [
        word for word in tokens(sentence) if word not in EMPTY and word.replace("-", "").isalpha() and len(word) > 1
    ]
    return list(dict.fromkeys(words))


def article_for(sentence: str) -> Found | None:
    """The published article that answers a plain sentence best, or None when none speaks of enough of it."""
    words = asked_words(sentence)
    if not words:
        return None
    candidates = help_candidates(words=words[:12], shown=CONSIDERED)
    if not candidates:
        return None
    titles, bodies = (
        [_stems(article.title) for article in candidates],
        [_stems(f"{article.category or ''} {article.body}") for article in candidates],
    )
    vocabulary = {word for article in candidates for word in _spellings(f"{article.title} {article.body}")}
    stems = list(dict.fromkeys(stem(mended(word, vocabulary)) for word in words))
    weights = {word: _rarity(word, titles, bodies) for word in stems}
    whole = sum(weights.values())
    best: Found | None = None
    best_score = 0.0
    for article, title, body in zip(candidates, titles, bodies, strict=True):
        held = {word: weight for word, weight in weights.items() if word in title or word in body}
        coverage = sum(held.values()) / whole
        in_title = sum(weight for word, weight in held.items() if word in title) / whole
        score = coverage + in_title
        if coverage >= ENOUGH and (in_title >= 0.2 or (coverage >= 0.85 and len(stems) > 2)) and score > best_score:
            best, best_score = Found(article, coverage), score
    return best


def _spellings(text: str) -> list[str]:
    return [word for word in tokens(plain(TWO_FACTOR.sub("twofactor", text))) if word not in EMPTY]


def _stems(text: str) -> set[str]:
    return {stem(word) for word in _spellings(text)}


def _rarity(word: str, titles: Sequence[set[str]], bodies: Sequence[set[str]]) -> float:
    """A word that is nowhere weighs most: the question is about something that no article speaks of."""
    holding = sum(word in title or word in body for title, body in zip(titles, bodies, strict=True))
    return math.log(1 + (len(titles) + 1) / (holding + 0.5))
