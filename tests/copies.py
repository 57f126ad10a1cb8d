"""More rows like those that there are, made by the database: a thousandth of what making each by a service takes."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

Column = Any  # a field of a model
# Of a unique column of letters: what has to be kept free for the number of a copy.
SUFFIX, SHORT = 4, 20


def numbered() -> list[type[models.Model]]:
    """The models whose rows have numbers; of the others, a signed-in session's and a token's, none is copied."""
    own = (model for model in apps.get_models(include_auto_created=True) if model._meta.managed)
    return [model for model in own if not model._meta.proxy and isinstance(root(model), models.AutoField)]


def root(model: type[models.Model]) -> Column:
    """The column that gives the rows their numbers: of an artwork, that of its listing."""
    key: Any = model._meta.pk
    return key if key.remote_field is None else root(key.remote_field.model)


def highest() -> dict[Column, int]:
    """The largest number of each such column."""
    roots = {key.model._meta.label: key for key in map(root, numbered())}
    parts = (
        f'SELECT \'{label}\', max("{key.column}") FROM "{key.model._meta.db_table}"' for label, key in roots.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {roots[label]: number or 0 for label, number in cursor.fetchall()}


def multiply(make: Callable[[], object], times: int) -> None:
    """Runs `make`, and has what it added there `times` times.

    What belonged to an added row belongs in each copy to the copy of that row. What has to differ does: numbers, UUIDs,
    names of which there is one, days of which there is one row.
    """
    before = highest()
    make()
    after = highest()
    with connection.cursor() as cursor:
        for model in numbered():
            columns = [column for column in model._meta.local_concrete_fields if not column.generated]
            names = ", ".join(f'"{column.column}"' for column in columns)
            values = ", ".join(copied(column, before, after) for column in columns)
            key, first = model._meta.pk, before[root(model)]
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} FROM "{model._meta.db_table}",'
                f' generate_series(1, {times - 1}) AS copy WHERE "{key.column}" > {first}'
                f' AND "{key.column}" <= {after[root(model)]}'
            )
        for key, number in highest().items():
            table = key.model._meta.db_table
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{table}"', key.column, number + 1])


def copied(column: Column, before: Any, after: Any) -> str:
    """What stands in a copy's column, as SQL."""
    name = f'"{column.column}"'
    target = column.remote_field.model if column.remote_field else column.model if column.primary_key else None
    if target is not None:
        number = root(target)
        if number not in before:
            return name
        added = after[number] - before[number]
        return f"CASE WHEN {name} > {before[number]} THEN {name} + copy * {added} ELSE {name} END"
    if column not in distinct(column.model):
        return name
    if isinstance(column, models.UUIDField):
        return "gen_random_uuid()"
    if isinstance(column, models.DateField):
        return f"{name} + copy * 1000"
    if isinstance(column, models.IntegerField):
        return f"{name} + copy * 100000"
    shortened = f"left({name}, {column.max_length - SUFFIX})" if column.max_length else name
    return f"CASE WHEN {name} = '' THEN '' ELSE {shortened} || '-' || copy END"


def distinct(model: type[models.Model]) -> set[Column]:
    """The columns of which no two rows, or no two of some rows, may have the same."""
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    found = {field for field in fields.values() if field.unique}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            named = {*constraint.fields, *(name for each in constraint.expressions for name in names_in(each))}
            found |= {fields[name] for name in named if is_a_name(fields.get(name))}
    return found


def names_in(expression: Any) -> Iterator[str]:
    if isinstance(expression, models.F):
        yield str(vars(expression)["name"])
    for inner in expression.get_source_expressions() if hasattr(expression, "get_source_expressions") else ():
        yield from names_in(inner)


def is_a_name(field: Column) -> bool:
    """Not a kind or a currency, which stand beside a name."""
    return isinstance(field, models.CharField) and not field.choices and (field.max_length or SHORT) >= SHORT
