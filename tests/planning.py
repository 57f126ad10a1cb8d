"""What PostgreSQL plans by, brought up to date in the middle of a test."""

from django.db import connection, models, transaction


def counted(*tables: type[models.Model]) -> None:
    """Tell the planner how these tables are filled now. Of all tables it would take a second."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(table._meta.db_table for table in tables)}")


def emptied(*tables: type[models.Model]) -> None:
    """Delete all rows, of which nothing else is left to refer to any, and tell the planner. Foreign keys are not looked
    at, which would take a look into thirty tables for each of thousands of rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            cursor.execute(f"DELETE FROM {table._meta.db_table}")
    counted(*tables)
