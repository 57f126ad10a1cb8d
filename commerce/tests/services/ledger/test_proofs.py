"""The proof of the books is of one moment, whatever is bought meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection

from commerce.models import LedgerProof
from commerce.services.audit import proofs
from marketplace.models import Category


@pytest.mark.django_db(transaction=True)
def test_what_is_written_meanwhile_is_no_fault(monkeypatch):
    def written() -> None:
        with closing(connection):
            Category.objects.create(name="Written meanwhile")

    def faults() -> Iterator[str]:
        before = Category.objects.count()
        other = threading.Thread(target=written)
        other.start()
        other.join(timeout=20)
        if Category.objects.count() != before:
            yield "read at two moments"

    monkeypatch.setattr(proofs, "ledger_faults", faults)
    assert proofs.ledger_prove() == []
    assert (Category.objects.filter(name="Written meanwhile").count(), LedgerProof.objects.get().faults) == (1, 0)
