"""What people find by words: ranked, by beginnings of words, and in spite of misspellings."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from accounts.actors import SYSTEM
from accounts.selectors.people import artist_profiles_filtered, artists_found, buyer_profiles_filtered
from accounts.tests.factories import ArtistFactory, BuyerFactory
from adminpanel.selectors.jobs import jobs_for_staff
from adminpanel.selectors.people import people
from config.core.text_search import MOST_WORDS, words_of
from jobs.selectors import jobs_listed
from marketplace.choices import Status
from marketplace.selectors.artworks import artworks_found, artworks_listed
from marketplace.selectors.equipment import equipment_listed
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


def titles(text: str, shown: int = 20) -> list[str]:
    return [row["title"] for row in artworks_found(text=text, shown=shown).rows]


class TestArtworks:
    def test_a_title_counts_more_than_a_description(self) -> None:
        ArtworkFactory.create(title="Harbour", description="A boat at dawn.")
        ArtworkFactory.create(title="Dawn", description="Over the hills.")
        assert titles("dawn") == ["Dawn", "Harbour"]

    def test_every_word_must_be_found(self) -> None:
        ArtworkFactory.create(title="Modern logo", description="Blue.")
        ArtworkFactory.create(title="Modern chair", description="Blue.")
        assert titles("logo modern") == ["Modern logo"]
        assert titles("modern blue logo red") == []

    @pytest.mark.parametrize("text", ["sun", "SUNS", "sunset", "sunsets"])
    def test_beginnings_and_forms_of_a_word(self, text: str) -> None:
        ArtworkFactory.create(title="Sunset", description="Oil.")
        ArtworkFactory.create(title="Moon", description="Oil.")
        assert titles(text) == ["Sunset"]

    @pytest.mark.parametrize("text", ["sunste", "snset", "sunnset", "harbor sunset", "harbuor"])
    def test_misspellings_of_a_title(self, text: str) -> None:
        ArtworkFactory.create(title="Harbour at sunset", description="Oil.")
        ArtworkFactory.create(title="Silver river", description="Oil.")
        assert titles(text) == ["Harbour at sunset"]

    def test_what_is_spelt_right_comes_first(self) -> None:
        right = ArtworkFactory.create(title="A form of grace")
        near = ArtworkFactory.create(title="A farm of grace")
        found = artworks_found(text="form", shown=20).rows
        assert found[0]["id"] == right.pk
        assert near.pk not in {row["id"] for row in found[:1]}

    def test_of_a_word_that_is_everywhere_the_newest_are_ranked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("config.core.text_search.MOST_RANKED", 2)
        for title in ("Sunset", "At sunset, a boat", "The hill at sunset"):
            ArtworkFactory.create(title=title, description="Sunset.")
        found = artworks_found(text="sunset", shown=20)
        assert found.total == 3
        assert {row["title"] for row in found.rows} == {"At sunset, a boat", "The hill at sunset"}

    def test_only_what_is_on_sale(self) -> None:
        ArtworkFactory.create(title="Sunset pending", status=Status.PENDING)
        ArtworkFactory.create(title="Sunset hidden", is_available=False)
        ArtworkFactory.create(title="Sunset sold out", stock=0)
        assert artworks_found(text="sunset", shown=20) == ([], 0)

    def test_the_total_counts_what_is_not_shown(self) -> None:
        for number in range(5):
            ArtworkFactory.create(title=f"Sunset {number}")
        found = artworks_found(text="sunset", shown=2)
        assert (len(found.rows), found.total) == (2, 5)
        assert [row["title"] for row in found.rows] == ["Sunset 4", "Sunset 3"]

    @pytest.mark.parametrize("text", ["'; drop table", "a & b | !c", ":*", "(((", "\\", "%", "_", "<->", "'"])
    def test_marks_mean_nothing(self, text: str) -> None:
        ArtworkFactory.create(title="Sunset")
        assert titles(text) == []

    def test_a_long_text_is_cut(self) -> None:
        assert len(words_of("one two three four five six seven eight nine ten")) == MOST_WORDS


@pytest.mark.parametrize(
    "listed", [artist_profiles_filtered, buyer_profiles_filtered, jobs_listed, people, jobs_for_staff, equipment_listed]
)
def test_no_list_is_searched_for_more_words_than_that(listed: Callable[..., QuerySet[Any]]) -> None:
    words = [f"{letter}{digit}" for letter in "abcdefgh" for digit in range(6)]
    asked, cut = (
        listed(actor=SYSTEM, search=" ".join(some)).query.sql_with_params() for some in (words, words[:MOST_WORDS])
    )
    assert asked == cut
    again = listed(actor=SYSTEM, search="a0 a0 a0").query.sql_with_params()
    assert again == listed(actor=SYSTEM, search="a0").query.sql_with_params()


def test_nor_is_that_of_artworks() -> None:
    words = [f"a{digit}" for digit in range(30)]
    asked, cut = (
        artworks_listed(search=" ".join(some)).query.sql_with_params() for some in (words, words[:MOST_WORDS])
    )
    assert asked == cut


@pytest.mark.django_db(transaction=True)
def test_other_queries_keep_their_own_idea_of_likeness() -> None:
    def threshold() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pg_trgm.word_similarity_threshold', true)::float")
            return cursor.fetchone()

    titles("sunste")
    assert threshold() == (0.6,)


class TestArtists:
    def test_by_name_and_by_skill_together(self) -> None:
        alice = ArtistFactory.create(username="alice", profile__skills="Oil painting, Portraits")
        ArtistFactory.create(username="dora", profile__skills="Sculpture", profile__portfolio_description="Figures.")
        assert [artist.pk for artist in artists_found(text="alice oil", shown=20).rows] == [alice.pk]
        assert [artist.pk for artist in artists_found(text="portraits", shown=20).rows] == [alice.pk]

    def test_a_misspelt_name(self) -> None:
        alice = ArtistFactory.create(username="alice_painter")
        ArtistFactory.create(username="zoltan")
        assert [artist.pk for artist in artists_found(text="alicce", shown=20).rows] == [alice.pk]

    def test_without_a_profile_and_not_those_who_left_or_only_buy(self) -> None:
        alice = ArtistFactory.create(username="alice")
        ArtistFactory.create(username="alice2", is_active=False)
        BuyerFactory.create(username="alice3")
        assert [artist.pk for artist in artists_found(text="alice", shown=20).rows] == [alice.pk]
