"""Triggers that refuse to change or delete what was booked and, on PostgreSQL, a transaction that does not add up."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BOOKED = ("commerce_ledgerentry", "commerce_ledgertransaction")

POSTGRESQL = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION ledger_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM commerce_ledgerentry WHERE transaction_id = NEW.transaction_id) <> 0 THEN
        RAISE EXCEPTION 'a ledger transaction must add up to nothing' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_adds_up AFTER INSERT ON commerce_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_adds_up();
"""


def guard(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    vendor = editor.connection.vendor
    if vendor == "postgresql":
        editor.execute(POSTGRESQL)
    for table in BOOKED:
        if vendor == "postgresql":
            editor.execute(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"
            )
        elif vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                editor.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )


def unguard(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    vendor = editor.connection.vendor
    if vendor == "postgresql":
        editor.execute("DROP TRIGGER ledger_adds_up ON commerce_ledgerentry")
    for table in BOOKED:
        if vendor == "postgresql":
            editor.execute(f"DROP TRIGGER append_only ON {table}")
        elif vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                editor.execute(f"DROP TRIGGER {table}_no_{verb.lower()}")
    if vendor == "postgresql":
        editor.execute("DROP FUNCTION ledger_adds_up")
        editor.execute("DROP FUNCTION ledger_is_append_only")


class Migration(migrations.Migration):
    dependencies = [("commerce", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
