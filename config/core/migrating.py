"""Operations for our migrations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddIndex, CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState

from config.core.text_search import ENGLISH, MARKS, keys_of


class CreateModels(Operation):
    """Many new models at once; they may refer to each other, also in a circle.

    Django renders whatever is related to a new model anew after each single one. Nearly everything here is related to
    everything else by way of the account, so that one after the other costs the square of their number.
    """

    def __init__(self, *operations: CreateModel) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.operations), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # rendered anew, once, by who needs it next
        state.is_delayed = False  # what was put off is rendered with it: RunPython need not do so for itself each time
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {len(self.operations)} models"


class Together(Operation):
    """Changes of tables that are there: fields of different ones, or indexes.

    Django renders all that is related to a changed model anew after each single change, as it does for new ones.
    """

    def __init__(self, *operations: FieldOperation | AddIndex) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.operations), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        state.is_delayed = False
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Make {len(self.operations)} changes"


class OnPostgreSQL(RunSQL):
    """Statements for it alone. Unlike RunPython, it has no models rendered."""

    def __init__(self, *, forward: Sequence[str], backward: Sequence[str]) -> None:
        super().__init__(tuple(forward), tuple(backward))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"forward": self.sql, "backward": self.reverse_sql}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


# ---------------------------------------------------------------- searches (config.core.text_search)
MigrationCode = tuple[Callable[[Any, Any], None], Callable[[Any, Any], None]]
ROWS_AT_ONCE = 500


def fill_keys(app_label: str, *models: str) -> MigrationCode:
    """Write the search keys of rows that were there before, where they differ. Forward and backward code of a
    migration."""

    def forward(apps: Any, _schema_editor: Any) -> None:
        for name in models:
            model = apps.get_model(app_label, name)
            keys = keys_of(model)
            names = [key.name for key in keys]
            rows = model.objects.only("pk", *names, *{column for key in keys for column in key.columns}).order_by("pk")
            for batch in _batches(rows.iterator(ROWS_AT_ONCE)):
                changed = []
                for row in batch:
                    before = [getattr(row, name) for name in names]
                    if before != [key.pre_save(row, add=False) for key in keys]:
                        changed.append(row)
                model.objects.bulk_update(changed, names)

    def backward(_apps: Any, _schema_editor: Any) -> None:
        pass

    return forward, backward


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, ROWS_AT_ONCE)):
        yield batch


def add_words(table: str, weighted: dict[str, str], *, config: str = ENGLISH) -> OnPostgreSQL:
    """The column of words. `weighted` gives each key its weight (A counts most, D least)."""
    # The parser takes what such marks join (red/blue, a@b, 3.5) for one word.
    blanks = " " * len(MARKS)
    parts = [
        f"setweight(to_tsvector('{config}', translate({key}, $marks${MARKS}$marks$, '{blanks}')), '{weight}')"
        for key, weight in weighted.items()
    ]
    return OnPostgreSQL(
        forward=[
            MAKE_ENGLISH,
            f"ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS ({' || '.join(parts)}) STORED",
            f"CREATE INDEX {table}_words ON {table} USING gin (words)",
        ],
        backward=[f"ALTER TABLE {table} DROP COLUMN IF EXISTS words"],
    )


def add_triples(table: str, *keys: str) -> OnPostgreSQL:
    """Trigram indexes `<table>_<key>_triples`: for misspellings, and for parts of words."""
    return OnPostgreSQL(
        forward=[
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            *(f"CREATE INDEX {table}_{key}_triples ON {table} USING gin ({key} gin_trgm_ops)" for key in keys),
        ],
        backward=[f"DROP INDEX IF EXISTS {table}_{key}_triples" for key in keys],
    )


# English endings are taken off, but no word is left out: all words of a text must be found, "the" and "at" as well.
MAKE_ENGLISH = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = '{ENGLISH}') THEN
        CREATE TEXT SEARCH DICTIONARY {ENGLISH}_stem (TEMPLATE = snowball, LANGUAGE = english);
        CREATE TEXT SEARCH CONFIGURATION {ENGLISH} (COPY = simple);
        ALTER TEXT SEARCH CONFIGURATION {ENGLISH}
            ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part WITH {ENGLISH}_stem;
    END IF;
END $$"""
