"""How migrations work on PostgreSQL."""

from typing import Any, Self

from django.db.backends.postgresql import schema


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """A statement of a request is given up after a while (settings.DATABASES). One that fills a column of a large table
    or makes its index takes as long as it takes; it waits for a lock no longer than a request does."""

    def __enter__(self) -> Self:
        super().__enter__()
        if not self.collect_sql:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET {'LOCAL' if self.atomic_migration else 'SESSION'} statement_timeout TO 0")
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        if not self.collect_sql and not self.atomic_migration:
            with self.connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
