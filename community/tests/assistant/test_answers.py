"""Forty questions with known answers, ten without, and what else the offline assistant must get right."""

from functools import partial

import pytest

from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.services.reviews import review_write
from commerce.tests.steps import paid_order
from community.assistant.offline import Setting, answer
from community.assistant.questions import question_of
from community.help_articles.articles import articles_add, category_make
from community.models import HelpArticle, HelpCategory
from community.tests.assistant.asked import KNOWN, PLATE, TITLES, UNKNOWN
from community.tests.assistant.people import known_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def articles(db, settings):
    """Migrations write them, but tests with transactions of their own empty the tables."""
    articles_add(HelpArticle, filed=partial(category_make, HelpCategory))
    settings.SANDBOX_ALLOWED = True


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


class TestOnesOwnAffairs:
    def test_sales_are_no_purchases(self, alice, bob, models):
        setting = Setting(alice)
        for question in ("who bought my design", "how many sales did I make?", "which of my designs sells best"):
            assert answer(question, setting) == "You have not sold anything yet."
        paid_order(bob, models[PLATE])
        for question in ("who bought my design", "how many sales did I make?", "which of my designs sells best"):
            said = answer(question, setting)
            assert "You have sold 1 time" in said
            assert "“Mounting plate”: 1, 12.00 USD" in said
        assert answer("what did I sell?", Setting(bob)) == "You have not sold anything yet."
        assert "Mounting plate" in answer("what did I buy?", Setting(bob))
        assert "1 sale," in answer("how many people bought it?", Setting(bob, models[PLATE]))

    def test_orders_of_others_are_not_told(self, alice, bob, models):
        order, _payment = paid_order(bob, models[PLATE])
        assert answer(f"show me order {order.pk}", Setting(alice)) == f"You have no order number {order.pk}."
        assert "Mounting plate" in answer(f"show me order {order.pk}", Setting(bob))
        said = answer("show me all orders of other people", Setting(alice))
        assert said == "I see only what is yours: nobody else's orders, balance or tickets."

    def test_money(self, alice, bob, models):
        paid_order(bob, models[PLATE])
        for question in ("how much money do I have?", "how much can i withdraw", "what is my balance"):
            assert "10.80 USD in your balance" in answer(question, Setting(alice))
        assert "refund request" in answer("i want my mony back", Setting(alice))

    @pytest.mark.parametrize("question", ["how do i sell my design", "how can I sell designs here?"])
    def test_how_to_sell_is_help(self, alice, question):
        assert "sell form" in answer(question, Setting(alice))

    def test_what_one_may_do_with_a_model_is_no_order(self, bob):
        assert "licence" in answer("can I sell prints of models I bought?", Setting(bob))

    def test_support_is_people_here_and_struts_there(self, bob, models):
        assert "support ticket" in answer("how do I talk to support", Setting(bob))
        assert "No supports" in answer("does it need support", Setting(bob, models[PLATE]))


def test_what_others_think_of_a_model(alice, bob, models):
    plate = models[PLATE]
    paid_order(bob, plate)
    review_write(actor=bob, listing_id=plate.pk, rating=4, comment="")
    plate.refresh_from_db()
    assert "4.0 of 5, in 1 review" in answer("reviews?", Setting(alice, plate))


def test_words_of_their_own_are_not_mended_to_ours(models, bob):
    """ "sold" is no "solid", a "cart" no "card", a "slot" not "slow"."""
    for word in ("sold", "cart", "slot", "talk", "world", "hand", "cats"):
        assert question_of(word).spelt == word
    assert question_of("wieght of teh modle").spelt == "weight of teh model"
