"""The audit trail is only added to, by us and by the database itself."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts.actors import SYSTEM
from config.core.audit import audit_record
from config.core.callers import called_from
from config.core.errors import AppendOnly
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(admin, bob):
    with called_from("203.0.113.7"):
        return audit_record(
            actor=admin,
            action="user.verify",
            target=bob,
            before={"is_verified": False},
            after={"is_verified": True},
        )


def test_an_entry_says_who_what_and_where_from(entry, admin, bob):
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.address) == (admin, "user.verify", "203.0.113.7")
    assert (entry.target_type, entry.target_id) == ("user", str(bob.pk))
    assert (entry.before, entry.after) == ({"is_verified": False}, {"is_verified": True})


def test_the_platform_itself_is_nobody(bob):
    assert audit_record(actor=SYSTEM, action="user.verify", target=bob).actor is None


def test_the_model_refuses_changes(entry):
    entry.action = "nothing"
    for change in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.filter(pk=entry.pk).update(action="nothing"),
    ):
        with pytest.raises(AppendOnly):
            change()
    assert AuditEntry.objects.get().action == "user.verify"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_auditentry SET action = 'nothing'", "DELETE FROM core_auditentry"],
)
def test_the_database_refuses_changes(entry, statement):
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().action == "user.verify"


def test_who_did_something_cannot_be_deleted(entry, admin):
    with pytest.raises(ProtectedError):
        admin.delete()
