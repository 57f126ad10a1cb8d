"""Search for words: PostgreSQL's full text with ranking, prefixes and misspellings, plain matching elsewhere.

A table that is searched has on PostgreSQL a generated column `words` (tsvector) with a GIN index, unknown to the ORM,
and trigram indexes on the upper case of its short columns; migrations make them by `add_search` and `add_triples`.

Every word of the text must be found: as the beginning of a word (after stemming, where the index stems), or, from four
letters on, as a misspelling of a word in one of the short columns.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVectorExact, SearchVectorField
from django.contrib.postgres.search import TrigramWordSimilarity as WordSimilarity
from django.db import connection, transaction
from django.db.models import Case, Expression, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Upper

MOST_WORDS: Final = 8
SHORTEST_MISSPELT: Final = 4
# How much of a word's letter triples must be found: "sivler" finds "silver", "river" and "farm" do not find "form".
MISSPELT: Final = 0.42
# A word that is in more rows than this says little: the newest of them are ranked, all are counted.
MOST_RANKED: Final = 5000


def words_of(text: str) -> list[str]:
    """The words to look for, without marks and repetitions."""
    found = re.findall(r"\w+", text.replace("_", " ").lower())
    return list(dict.fromkeys(found))[:MOST_WORDS]


def words_as_written(text: str) -> list[str]:
    """What stands between the blanks, without repetitions, for searches by `icontains`.

    Each word may cost a look at the whole table: a hundred of them kept the database busy until it gave up.
    """
    return list(dict.fromkeys(text.split()))[:MOST_WORDS]


def each_word_in(text: str, *columns: str) -> Q:
    """That every word of the text, as it is written, stands somewhere in one of the columns; for the lists' filters."""
    found = Q()
    for word in words_as_written(text):
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        found &= anywhere
    return found


class _Words(Func):
    """The `words` column of the table that `field` is a column of."""

    output_field = SearchVectorField()

    def __init__(self, field: str) -> None:
        super().__init__(F(field))

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        quote = compiler.quote_name_unless_alias
        column: Any = self.source_expressions[0]  # a Col, once resolved
        return f"{quote(column.alias)}.{connection.ops.quote_name('words')}", []


@dataclass(frozen=True)
class TextIndex:
    """What of a table is searched. `short` columns forgive misspellings; `long` ones do not. `config` stems or not."""

    short: tuple[str, ...]
    long: tuple[str, ...] = ()
    config: str = "english"

    def matches(self, word: str) -> Q:
        if connection.vendor != "postgresql":
            found = Q()
            for column in (*self.short, *self.long):
                found |= Q(**{f"{column}__icontains": word})
            return found
        found = Q(SearchVectorExact(_Words(self.short[0]), self._query([word])))
        if len(word) >= SHORTEST_MISSPELT:
            for column in self.short:
                found |= Q(TrigramWordSimilar(Upper(column), Value(word.upper())))
        return found

    def rank(self, words: list[str]) -> Expression:
        """How well a row that matches does; titles weigh more than texts."""
        if connection.vendor != "postgresql":
            begins = [When(**{f"{column}__istartswith": words[0]}, then=Value(2.0)) for column in self.short]
            holds = [When(**{f"{column}__icontains": words[0]}, then=Value(1.0)) for column in self.short]
            return Case(*begins, *holds, default=Value(0.0), output_field=FloatField())
        rank: Any = Coalesce(SearchRank(_Words(self.short[0]), self._query(words)), Value(0.0))
        for column in self.short:
            rank = rank + Coalesce(WordSimilarity(" ".join(words), column), Value(0.0))
        return rank  # type: ignore[no-any-return]

    def _query(self, words: list[str]) -> SearchQuery:
        return SearchQuery(" | ".join(f"{word}:*" for word in words), search_type="raw", config=self.config)


class Found(NamedTuple):
    """The best matches, and how many there are in all."""

    rows: list[Any]
    total: int


def best_matches(
    rows: QuerySet[Any, Any],
    text: str,
    *,
    matches: Callable[[str], Q],
    rank: Callable[[list[str]], Expression],
    shown: int,
) -> Found:
    """The best `shown` of `rows` in which every word of the text `matches`, the newest first among equals."""
    words = words_of(text)
    if not words:
        return Found([], 0)
    found = rows
    for word in words:
        found = found.filter(matches(word))
    with misspellings():
        total = found.order_by().count()
        if total > MOST_RANKED:
            found = rows.filter(pk__in=found.order_by("-pk").values("pk")[:MOST_RANKED])
        best = found.alias(match_rank=rank(words)).order_by("-match_rank", "-pk")[:shown]
        return Found(list(best), total)


@contextmanager
def misspellings() -> Iterator[None]:
    """Within it, the database forgives as much in a word as MISSPELT says."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(MISSPELT)])
        yield


MigrationCode = tuple[Callable[[Any, Any], None], Callable[[Any, Any], None]]


def add_search(table: str, weighted: dict[str, str], *, config: str = "english") -> MigrationCode:
    """Forward and backward code of a migration. `weighted` gives each column its weight (A counts most, D least)."""
    parts = [
        f"setweight(to_tsvector('{config}', coalesce({column}, '')), '{weight}')" for column, weight in weighted.items()
    ]
    return _on_postgresql(
        forward=[
            f"ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS ({' || '.join(parts)}) STORED",
            f"CREATE INDEX {table}_words ON {table} USING gin (words)",
        ],
        backward=[f"ALTER TABLE {table} DROP COLUMN IF EXISTS words"],
    )


def add_triples(table: str, *columns: str) -> MigrationCode:
    """Trigram indexes `<table>_<column>_triples`: for misspellings, and for `icontains`."""
    return _on_postgresql(
        forward=[
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            *(
                # upper(): that is how Django asks for icontains.
                f"CREATE INDEX {table}_{column}_triples ON {table} USING gin (upper({column}) gin_trgm_ops)"
                for column in columns
            ),
        ],
        backward=[f"DROP INDEX IF EXISTS {table}_{column}_triples" for column in columns],
    )


def _on_postgresql(*, forward: list[str], backward: list[str]) -> MigrationCode:
    def runner(statements: list[str]) -> Callable[[Any, Any], None]:
        def run(_apps: Any, schema_editor: Any) -> None:
            if schema_editor.connection.vendor == "postgresql":
                for statement in statements:
                    schema_editor.execute(statement)

        return run

    return runner(forward), runner(backward)
