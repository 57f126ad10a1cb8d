"""Forty questions with known answers, ten without, and what else the offline assistant must get right."""

import pytest

from accounts.tests.factories import ArtistFactory, BuyerFactory
from community.help_articles import articles_add
from community.models import HelpArticle
from marketplace.assistant.offline import Setting, answer
from marketplace.tests.assistant.asked import KNOWN, TITLES, UNKNOWN
from marketplace.tests.assistant.people import known_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def articles(db):
    """Migrations write them, but tests with transactions of their own empty the tables."""
    articles_add(HelpArticle)


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def models(alice):
    return {name: known_model(name, alice) for name in TITLES}


def test_it_answers_what_it_can_know(models, bob):
    wrong = [
        (asked.question, said)
        for asked in KNOWN
        if not asked.is_answered_by(said := answer(asked.question, Setting(bob, models[asked.model])))
    ]
    assert wrong == []
    assert len(KNOWN) >= 40


def test_it_says_what_it_does_not_know(models, bob):
    guessed = [
        (asked.question, said)
        for asked in UNKNOWN
        if "I do not know" not in (said := answer(asked.question, Setting(bob, models[asked.model])))
        or len(said.split("I do not know")[0].strip()) > 0
    ]
    assert guessed == []
    assert len(UNKNOWN) >= 10
