"""Search for words: PostgreSQL's full text with ranking, prefixes and misspellings, plain matching elsewhere.

A column that is searched has a `SearchKey` beside it: its text in one form for all spellings (config.core.folding),
which Python writes and every database compares. Its model is `Searched`.

On PostgreSQL a table that is searched has besides a generated column `words` (tsvector, of the keys) with a GIN index,
unknown to the ORM, and trigram indexes on its keys; migrations make them by `add_words` and `add_triples`.

Every word of the text must be found: as the beginning of a word (after stemming, where the index stems), or, from four
letters on, as a misspelling of a word in one of the short columns. Where words are not set apart by blanks, any part of
the text is a word.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVectorExact, SearchVectorField
from django.contrib.postgres.search import TrigramWordSimilarity as WordSimilarity
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Case, Expression, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Contains

from config.core.folding import folded_for_search

MOST_WORDS: Final = 8
SHORTEST_MISSPELT: Final = 4
# How much of a word's letter triples must be found: "sivler" finds "silver", "river" and "farm" do not find "form".
MISSPELT: Final = 0.42
# A word that is in more rows than this says little: the newest of them are ranked, all are counted.
MOST_RANKED: Final = 5000
# Letters of a text that are searched. A tsvector holds a megabyte and raises an error above.
MOST_SEARCHED: Final = 20_000

# Chinese and Japanese: looked for, and on PostgreSQL kept, by pairs of letters.
_PAIRED: Final = re.compile(
    "[\u3005-\u3007\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)
# Thai, Lao, Tibetan, Burmese and Khmer are written without blanks, too, but with signs that do not stand alone.
_WITHOUT_BLANKS: Final = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
MARKS: Final = "".join(sign for sign in map(chr, range(0x21, 0x7F)) if not sign.isalnum())


# ---------------------------------------------------------------- what is stored
def search_key(*texts: str) -> str:
    """The texts in the form in which they are searched.

    After them come, once more, the pieces of those words that hold Chinese or Japanese: all pairs of neighbours, and
    the last letter alone. So a database that knows words by their beginnings finds each part.
    """
    key = folded_for_search(" ".join(texts)[:MOST_SEARCHED])[:MOST_SEARCHED]
    if not _PAIRED.search(key):
        return key
    pieces = [piece for word in key.split() if _PAIRED.search(word) for piece in _pieces(word)]
    return " ".join([key, *pieces])


def _pieces(word: str) -> Iterator[str]:
    for paired, part in _parts(word):
        if paired:
            yield from (part[start : start + 2] for start in range(len(part)))
        else:
            yield part


def _parts(word: str) -> Iterator[tuple[bool, str]]:
    """What of it is Chinese or Japanese, and what stands between."""
    end = 0
    for found in _PAIRED.finditer(word):
        if word[end : found.start()]:
            yield False, word[end : found.start()]
        yield True, found.group()
        end = found.end()
    if word[end:]:
        yield False, word[end:]


class SearchKey(models.TextField):  # type: ignore[type-arg]
    """The search key of other columns of the same row, texts or lists of them, written whenever the row is saved (see
    Searched)."""

    def __init__(self, *columns: str, **options: Any) -> None:
        self.columns = columns
        super().__init__(**options | {"editable": False, "blank": True, "default": "", "db_default": ""})

    def deconstruct(self) -> Any:
        name, path, _args, options = super().deconstruct()
        own = {"editable", "blank", "default", "db_default"}
        return name, path, self.columns, {key: value for key, value in options.items() if key not in own}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        values = [getattr(model_instance, column) or "" for column in self.columns]
        key = search_key(*(" ".join(map(str, value)) if isinstance(value, list) else value for value in values))
        setattr(model_instance, self.attname, key)
        return key


class _HoldsWritten(Contains):
    """`icontains` of a key: that it holds the word, however it is written."""

    def get_prep_lookup(self) -> Any:
        return folded_for_search(str(super().get_prep_lookup()))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self.rhs:  # nothing but accents and the like: not all that is there
            raise EmptyResultSet
        return super().as_sql(compiler, connection)


SearchKey.register_lookup(_HoldsWritten, "icontains")


class Searched(models.Model):
    """A model with search keys. They follow their columns also where only some columns are saved.

    `QuerySet.update` of such a column does not write its key: change a searched text by saving the row.
    """

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **options: Any) -> None:
        if options.get("update_fields") is not None:
            saved = set(options["update_fields"])
            keys = {key.name for key in keys_of(type(self)) if saved & set(key.columns)}
            options["update_fields"] = saved | keys
        super().save_base(*args, **options)


def keys_of(model: type[models.Model]) -> list[SearchKey]:
    return [field for field in model._meta.concrete_fields if isinstance(field, SearchKey)]


def searched_as(model: type[models.Model], name: str) -> str:
    """The name of the key by which the column `name` (also a related row's: `seller__username`) is searched, if it has
    one; else the name itself, which Django's admin may begin with a sign (`=id`)."""
    if name.startswith(("=", "^", "@")):
        return name
    *relations, column = name.split("__")
    for relation in relations:
        related = model._meta.get_field(relation).related_model
        if not isinstance(related, type):
            return name
        model = related
    key = next((key.name for key in keys_of(model) if column in key.columns), column)
    return "__".join([*relations, key])


# ---------------------------------------------------------------- what is looked for
def words_of(text: str) -> list[str]:
    """The words to look for, folded, without marks and repetitions."""
    found = []
    for word in "".join(letter if _in_words(letter) else " " for letter in folded_for_search(text)).split():
        found += [part for _paired, part in _parts(word) if any(letter.isalnum() for letter in part)]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def _in_words(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"


def words_as_written(text: str) -> list[str]:
    """What stands between the blanks, without repetitions, for searches by `icontains`.

    Each word may cost a look at the whole table: a hundred of them kept the database busy until it gave up.
    """
    return list(dict.fromkeys(text.split()))[:MOST_WORDS]


def each_word_in(text: str, *columns: str) -> Q:
    """That every word of the text stands somewhere in one of the columns or keys; for the lists' filters."""
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


ENGLISH: Final = "atelier_english"  # made by add_words
SIMPLE: Final = "simple"


@dataclass(frozen=True)
class TextIndex:
    """What of a table is searched: names of keys. `short` ones forgive misspellings; `long` ones do not."""

    short: tuple[str, ...]
    long: tuple[str, ...] = ()
    config: str = ENGLISH

    def matches(self, word: str) -> Q:
        if connection.vendor != "postgresql":
            return self._holds(word)
        found = Q(SearchVectorExact(_Words(self.short[0]), self._query([word])))
        if _WITHOUT_BLANKS.search(word):
            found |= self._holds(word)
        elif len(word) >= SHORTEST_MISSPELT and not _PAIRED.search(word):
            for key in self.short:
                found |= Q(TrigramWordSimilar(F(key), Value(word)))
        return found

    def begins_with_all(self, words: list[str]) -> Q:
        """That every word begins one of the row's; none is misspelt. In one question to the index, which on PostgreSQL
        is quick also for words that are in very many rows."""
        spaced = [word for word in words if not _WITHOUT_BLANKS.search(word)]
        found, others = Q(), words
        if connection.vendor == "postgresql":
            others = [word for word in words if word not in spaced]
            if spaced:
                found = Q(SearchVectorExact(_Words(self.short[0]), self._query(spaced, " & ")))
        for word in others:
            found &= self._holds(word)
        return found

    def _holds(self, word: str) -> Q:
        found = Q()
        for key in (*self.short, *self.long):
            found |= Q(**{f"{key}__contains": word})
        return found

    def rank(self, words: list[str]) -> Expression:
        """How well a row that matches does; titles weigh more than texts."""
        if connection.vendor != "postgresql":
            begins = [When(**{f"{key}__startswith": words[0]}, then=Value(2.0)) for key in self.short]
            holds = [When(**{f"{key}__contains": words[0]}, then=Value(1.0)) for key in self.short]
            return Case(*begins, *holds, default=Value(0.0), output_field=FloatField())
        rank: Any = Coalesce(SearchRank(_Words(self.short[0]), self._query(words)), Value(0.0))
        for key in self.short:
            rank = rank + Coalesce(WordSimilarity(" ".join(words), key), Value(0.0))
        return rank  # type: ignore[no-any-return]

    def _query(self, words: list[str], joined_by: str = " | ") -> SearchQuery:
        return SearchQuery(joined_by.join(map(_asked, words)), search_type="raw", config=self.config)


def _asked(word: str) -> str:
    """The word as the beginning of one; of Chinese or Japanese, its pairs one after the other."""
    if len(word) > 2 and _PAIRED.fullmatch(word):
        return f"({' <-> '.join(word[start : start + 2] for start in range(len(word) - 1))})"
    return f"{word}:*"


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
    skip: int = 0,
) -> Found:
    """The best `shown` of `rows`, after those to skip, in which every word of the text `matches`, the newest first
    among equals. None shown is counting alone."""
    words = words_of(text)
    if not words:
        return Found([], 0)
    found = rows
    for word in words:
        found = found.filter(matches(word))
    with misspellings():
        total = found.order_by().count()
        if shown == 0 or skip >= min(total, MOST_RANKED):
            return Found([], total)
        if total > MOST_RANKED:
            found = rows.filter(pk__in=found.order_by("-pk").values("pk")[:MOST_RANKED])
        best = found.alias(match_rank=rank(words)).order_by("-match_rank", "-pk")[skip : skip + shown]
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
