"""The database itself keeps what was signed, whatever the code above it does."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.utils import ConnectionHandler
from django.utils import timezone

from jobs.choices import ContractStatus
from jobs.models import Contract
from jobs.services.contracts import contract_sign
from jobs.tests.factories import ContractFactory

guards = import_module("jobs.migrations.0003_signed_terms_stay")
CHANGES = {
    "terms": "Everything for nothing.",
    "rights_type": "display_only",
    "amount": Decimal("1.00"),
    "currency": "USD",
    "deadline": timezone.now() + timedelta(days=99),
    "job_id": 1,
    "artist_id": 1,
    "buyer_id": 1,
    "terms_digest": "0" * 64,
    "artist_signed_at": None,
}


@pytest.fixture
def signed(db):
    contract = ContractFactory.create()
    return contract_sign(actor=contract.artist, contract_id=contract.pk)


@pytest.mark.parametrize(("column", "value"), CHANGES.items())
def test_no_update_changes_what_was_signed(signed, column, value):
    with pytest.raises(IntegrityError, match="what was signed"), transaction.atomic():
        Contract.objects.filter(pk=signed.pk).update(**{column: value})


def test_a_signed_contract_is_not_deleted(signed):
    with pytest.raises(IntegrityError, match="what was signed"), transaction.atomic():
        signed.delete()


def test_the_other_signature_and_the_status_still_move(signed):
    contract_sign(actor=signed.buyer, contract_id=signed.pk)
    Contract.objects.filter(pk=signed.pk).update(status=ContractStatus.COMPLETED)

    signed.refresh_from_db()
    assert (signed.status, signed.is_fully_signed) == (ContractStatus.COMPLETED, True)


@pytest.mark.django_db
def test_unsigned_terms_are_free():
    contract = ContractFactory.create()
    Contract.objects.filter(pk=contract.pk).update(terms="Others.")
    contract.delete()


@pytest.fixture
def sqlite(db, tmp_path):
    """The guard on a table as the embedded default has it, with a signed contract (1) and an unsigned one (2)."""
    made = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}})["default"]
    columns = ["id", "status", *guards.SIGNED, *guards.SIGNATURES]
    with made.cursor() as cursor:
        cursor.execute(f"CREATE TABLE jobs_contract ({', '.join(columns)})")
        for contract, digest, signed_at in ((1, "a" * 64, 1), (2, "", None)):
            values = {"id": contract, "terms_digest": digest, "artist_signed_at": signed_at, "buyer_signed_at": None}
            row = [values.get(column, "first") for column in columns]
            cursor.execute(f"INSERT INTO jobs_contract VALUES ({', '.join(['%s'] * len(row))})", row)
    guards.guard(apps, made.schema_editor(atomic=False))
    yield made
    made.close()


class TestSqlite:
    @pytest.mark.parametrize("column", [*guards.SIGNED, "artist_signed_at"])
    def test_no_update_changes_what_was_signed(self, sqlite, column):
        with sqlite.cursor() as cursor:
            with pytest.raises(IntegrityError, match="what was signed"):
                cursor.execute(f"UPDATE jobs_contract SET {column} = 'other' WHERE id = 1")
            cursor.execute(f"UPDATE jobs_contract SET {column} = 'other' WHERE id = 2")
            assert cursor.rowcount == 1

    def test_a_signed_contract_is_not_deleted(self, sqlite):
        with sqlite.cursor() as cursor:
            with pytest.raises(IntegrityError, match="what was signed"):
                cursor.execute("DELETE FROM jobs_contract WHERE id = 1")
            cursor.execute("DELETE FROM jobs_contract WHERE id = 2")
            assert cursor.rowcount == 1

    def test_the_other_signature_and_the_status_still_move(self, sqlite):
        with sqlite.cursor() as cursor:
            cursor.execute("UPDATE jobs_contract SET buyer_signed_at = 3, status = 'active' WHERE id = 1")
            assert cursor.rowcount == 1

    def test_the_guard_can_be_taken_away(self, sqlite):
        guards.unguard(apps, sqlite.schema_editor(atomic=False))
        with sqlite.cursor() as cursor:
            cursor.execute("DELETE FROM jobs_contract WHERE id = 1")
            assert cursor.rowcount == 1


@pytest.mark.django_db
def test_the_guard_can_be_taken_away_on_postgresql(signed):
    with transaction.atomic():
        with connection.schema_editor() as editor:
            guards.unguard(apps, editor)
        signed.delete()
        transaction.set_rollback(True)
