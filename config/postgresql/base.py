"""The database wrapper of `config.postgresql`."""

import select
import time

import psycopg
from django.db.backends.postgresql import base

from config.postgresql.schema import DatabaseSchemaEditor

# A connection that was idle for longer is asked (SELECT 1): a firewall may have forgotten it without a word.
IDLE_SECONDS = 30.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Knows a kept connection to be alive without a round trip to the server.

    A server that ends a connection says so on its socket. When nothing has arrived there since the connection was last
    used, a moment ago, it is alive. Anything else is settled by Django's own check.
    """

    SchemaEditorClass = DatabaseSchemaEditor
    checked_at = 0.0
    health_check_enabled: bool
    health_check_done: bool

    def close_if_health_check_failed(self) -> None:
        now = time.monotonic()
        if self.connection is not None and self.health_check_enabled and not self.health_check_done:
            if now - self.checked_at < IDLE_SECONDS and self._is_quiet():
                self.health_check_done = True
            self.checked_at = now
        super().close_if_health_check_failed()

    def _is_quiet(self) -> bool:
        try:
            news = select.poll()
            news.register(self.connection.fileno(), select.POLLIN)
            return not news.poll(0)
        except (OSError, psycopg.Error):  # closed on our side
            return False
