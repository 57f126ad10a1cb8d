"""Two of the people of the small world, as they call."""

import pytest
from rest_framework.test import APIClient

from tests.roles.world import World


@pytest.fixture
def bob(world: World) -> APIClient:
    return world.bearer("buyer")


@pytest.fixture
def alice(world: World) -> APIClient:
    return world.bearer("artist")
