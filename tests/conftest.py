"""The small world of tests/roles, for whatever spans apps."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from tests.roles.world import World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once a module. Each request works on it in a transaction of its own that is taken back."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.conf.settings.SANDBOX_ALLOWED", True)
        patch.setattr("django.conf.settings.MESH_CHECK_WAIT", 0)  # no worker would come
        made = World()
        # After each test the foreign keys are checked that are deferred to the end of the transaction: these once.
        connection.check_constraints()
        yield made
        transaction.set_rollback(True)
