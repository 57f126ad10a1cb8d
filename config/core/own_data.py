"""What the platform has of a person, and gives them when they ask: each app says it for its own models, in
`<app>/selectors/own_data.py`; settings.OWN_DATA names these modules.

Of every column that points to a person it is said there whether its rows are given, or why they are left out. Others
appear by their user names alone, and secrets not at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import PurePosixPath
from typing import Any, Final

from django.conf import settings
from django.db.models import F, Model, Q, QuerySet, Value

from config.core.file_names import file_name_cleaned

AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Given:
    """One JSON file: rows of `model`, those of whom one of the columns `by` leads to. `columns` are names, or
    `name=path` where a column is another row's or is called otherwise."""

    name: str
    model: type[Model]
    by: str
    columns: str
    where: Q = field(default_factory=Q)

    def rows(self, user_id: int) -> QuerySet[Any]:
        whose = reduce(or_, (Q(**{path: user_id}) for path in self.by.split()))
        return self.model._default_manager.filter(whose, self.where)

    def records(self, user_id: int) -> Iterator[dict[str, Any]]:
        parts = [column.partition("=") for column in self.columns.split()]
        names, paths = [name for name, *_rest in parts], [path or name for name, _is, path in parts]
        rows = self.rows(user_id).order_by("pk").values_list(*paths)
        return (dict(zip(names, row, strict=True)) for row in rows.iterator(chunk_size=AT_ONCE))


@dataclass(frozen=True)
class StoredFile:
    storage: str
    stored: str
    path: str
    """Where it lies in the export."""


@dataclass(frozen=True)
class GivenFiles:
    """Files that somebody uploaded: the column `stored` of `model`, by whom `by` leads to. `storage` is its name, or a
    column; `called` is the column of what its owner calls it."""

    folder: str
    model: type[Model]
    by: str
    stored: str
    storage: str
    called: str = ""
    where: Q = field(default_factory=Q)

    def rows(self, user_id: int) -> QuerySet[Any]:
        return self.model._default_manager.filter(self.where, **{self.by: user_id}).exclude(**{self.stored: ""})

    def files(self, user_id: int) -> Iterator[StoredFile]:
        place = Value(self.storage) if self.storage in settings.STORAGES else F(self.storage)
        rows = self.rows(user_id).order_by("pk").annotate(in_storage=place)
        columns = ("pk", self.stored, self.called or self.stored, "in_storage")
        for pk, stored, called, storage in rows.values_list(*columns).iterator(chunk_size=AT_ONCE):
            name = file_name_cleaned(str(called), default=PurePosixPath(stored).name)
            yield StoredFile(storage, stored, f"files/{self.folder}/{pk}-{name}")


@dataclass(frozen=True)
class OwnData:
    """An app's part. `left_out` says of each other column that points to a person, `Model.column`, why its rows are not
    given. `in_the_way` says, in sentences, what has to be settled before their account can be deleted."""

    given: tuple[Given, ...]
    files: tuple[GivenFiles, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    in_the_way: Callable[[int], list[str]] = lambda _user_id: []


def own_data() -> list[OwnData]:
    """All apps' parts."""
    return [import_module(name).OWN_DATA for name in settings.OWN_DATA]
