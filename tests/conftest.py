"""The small world of tests/roles, for whatever spans apps."""

from collections.abc import Iterator

import pytest

from tests.once import made_once
from tests.roles.world import World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once a module. Each request works on it in a transaction of its own that is taken back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SANDBOX_ALLOWED", True)
        patch.setattr("django.conf.settings.MESH_CHECK_WAIT", 0)  # no worker would come
        yield from made_once(django_db_blocker, World)
