"""What tests of the catalogue share."""

from collections.abc import Iterator

import pytest

from marketplace.services.pictures.detection import detector_forget


@pytest.fixture(autouse=True)
def _fresh_detector() -> Iterator[None]:
    """A detector remembers what it has seen committed, and tests roll back."""
    detector_forget()
    yield
    detector_forget()
