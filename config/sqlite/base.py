"""The database wrapper of `config.sqlite`: lookups without case know the capital letters of all scripts.

SQLite's own LIKE knows those of ASCII alone. Here both sides of `iexact`, `icontains` and their like are folded
(config.core.folding) by a function in this process. It reads no index, as LIKE without case reads none; what is
searched a lot has a column of its own for it (config.core.text_search).
"""

from typing import Any

from django.db.backends.sqlite3 import base, operations

from config.core.folding import folded

FUNCTION = "ATELIER_FOLDED"
LOOKUPS = ("iexact", "icontains", "istartswith", "iendswith")


def _folded(value: Any) -> Any:
    return None if value is None else folded(str(value))


class DatabaseOperations(operations.DatabaseOperations):
    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        if lookup_type in LOOKUPS:
            return f"{FUNCTION}(%s)"
        return super().lookup_cast(lookup_type, internal_type)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    operators = base.DatabaseWrapper.operators | dict.fromkeys(LOOKUPS, f"LIKE {FUNCTION}(%s) ESCAPE '\\'")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function(FUNCTION, 1, _folded, deterministic=True)
        return connection
