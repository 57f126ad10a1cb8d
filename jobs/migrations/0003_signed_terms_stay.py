"""A trigger that refuses to change what was signed, to take a signature back, and to delete a signed contract.

SQLite forgets triggers with the table it rebuilds: a later migration that rebuilds jobs_contract there calls `guard` again.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SIGNED = ("job_id", "artist_id", "buyer_id", "terms", "rights_type", "amount", "currency", "deadline", "terms_digest")
SIGNATURES = ("artist_signed_at", "buyer_signed_at")
WORDS = "what was signed is not changed"
FUNCTION = f"""
CREATE FUNCTION signed_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def guard(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    vendor = editor.connection.vendor
    if vendor == "postgresql":
        editor.execute(FUNCTION)
        does, differs = "EXECUTE FUNCTION signed_terms_stay()", "IS DISTINCT FROM"
    elif vendor == "sqlite":
        does, differs = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END", "IS NOT"
    else:
        return
    changed = [f"NEW.{column} {differs} OLD.{column}" for column in SIGNED]
    changed += [f"(OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})" for column in SIGNATURES]
    for verb, condition in (("UPDATE", " OR ".join(changed)), ("DELETE", "1 = 1")):
        editor.execute(
            f"CREATE TRIGGER signed_terms_no_{verb.lower()} BEFORE {verb} ON jobs_contract "
            f"FOR EACH ROW WHEN (OLD.terms_digest <> '' AND ({condition})) {does}"
        )


def unguard(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    vendor = editor.connection.vendor
    if vendor not in {"postgresql", "sqlite"}:
        return
    table = " ON jobs_contract" if vendor == "postgresql" else ""
    for verb in ("update", "delete"):
        editor.execute(f"DROP TRIGGER signed_terms_no_{verb}{table}")
    if vendor == "postgresql":
        editor.execute("DROP FUNCTION signed_terms_stay")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_search")]
    operations = [migrations.RunPython(guard, unguard)]
