"""alice sells models whose figures are known, bob asks about them."""

from dataclasses import asdict
from decimal import Decimal
from functools import cache

from accounts.models import User
from community.tests.assistant.asked import PRICES, TITLES
from marketplace.models import Model3D
from marketplace.tests.factories import MeshFileFactory, Model3DFactory
from marketplace.tests.meshes.known import as_stl


@cache
def figures(name: str) -> dict[str, object]:
    """What the analysis measures in the known mesh as STL."""
    found = as_stl(name).figures
    names = (
        "triangle_count vertex_count part_count bounds volume_mm3 surface_mm2 wall_mm is_watertight is_convex".split()
    )
    notes = [{"code": note.code, "level": note.level, "text": note.text} for note in found.notes]
    suggestions = [asdict(suggestion) for suggestion in as_stl(name).suggestions]
    return {column: getattr(found, column) for column in names} | {"notes": notes, "suggestions": suggestions}


def known_model(name: str, seller: User) -> Model3D:
    mesh = MeshFileFactory.create(owner=seller, **figures(name))
    return Model3DFactory.create(seller=seller, title=TITLES[name], price=Decimal(PRICES[name]), mesh=mesh)
