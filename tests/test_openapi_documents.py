"""The OpenAPI documents are made without a doubt of their maker's."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS

from tests.openapi import DIALECTS, document

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_two_bodies_share_a_name(dialect: str) -> None:
    """One would silently be documented as the other."""
    GENERATOR_STATS.reset()
    document(dialect)
    assert [words for words in GENERATOR_STATS._warn_cache if "identical names" in words] == []
