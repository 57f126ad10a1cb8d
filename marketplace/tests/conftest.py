"""What tests of the catalogue share."""

from collections.abc import Iterator

import pytest

from marketplace.services.models_3d.shapes import shape_index_forget
from marketplace.services.pictures.detection import detector_forget


@pytest.fixture(autouse=True)
def _fresh_detector() -> Iterator[None]:
    """Detector and index remember what they have seen committed, and tests roll back."""
    detector_forget()
    shape_index_forget()
    yield
    detector_forget()
    shape_index_forget()
