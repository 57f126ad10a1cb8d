"""From a 3MF file to triangles in millimetres."""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO

from config.core.archives import BrokenArchive, opened
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.reading.read import Read
from marketplace.meshes.results import Looks, Note

from .layout import Layout
from .package import Package
from .parts import MILLIMETRES
from .slicers import roles_of


def read(file: BinaryIO) -> Read:
    try:
        with opened(file) as archive:
            package = Package(archive)
            root = package.model()
            layout = Layout(package, root, roles_of(package))
            vertices, faces = layout.placed()
    except (BrokenArchive, OSError) as error:
        words = str(error) if isinstance(error, BrokenArchive) else "The 3MF file is damaged or cut off."
        raise BrokenMesh(f"{words} Export the model again.") from error
    parts = layout.parts
    unit = parts[root].unit
    if unit not in MILLIMETRES:
        raise BrokenMesh(f"The 3MF file measures in “{unit[:20]}”, which is no unit of 3MF. Export it in millimetres.")
    if not parts[root].items and package.is_sliced:
        raise BrokenMesh(
            "The 3MF file holds a printer's instructions (G-code) and no model. Export the project itself."
        )
    if not parts[root].items:
        raise BrokenMesh("The 3MF file places nothing in its build. Put the model on the plate and export it again.")
    if not len(faces) and layout.left_out.total():
        raise BrokenMesh(
            "The 3MF file holds modifiers, supports or loose surfaces alone. Add the model itself and export it again."
        )
    looks = Looks(
        has_materials=any(part.has_colours for part in parts.values()),
        has_textures=any(part.has_textures for part in parts.values()),
    )
    notes = _notes(layout.left_out)
    if any(part.unit != unit for part in parts.values()):
        text = f"Parts of the file name another unit; it was read in that of its main part, {unit}."
        notes.append(Note("units", "warning", text))
    return Read(vertices * MILLIMETRES[unit], faces, looks, notes)


def _notes(left_out: Counter[str]) -> list[Note]:
    negative, modifiers = left_out["negative parts"], left_out["modifiers"] + left_out["supports"]
    notes = []
    if negative:
        notes.append(
            Note(
                "negative_part",
                "warning",
                f"Left out: {_count(negative, 'negative part')}, which a slicer cuts out of the model. The printed "
                "volume is smaller than the one measured here.",
            )
        )
    if modifiers:
        text = f"Left out, since they are no material: {_count(modifiers, 'modifier, blocker or support')}."
        notes.append(Note("modifiers", "info", text))
    if left_out["slices"]:
        text = "The file holds slices as well, which were not read: if its mesh is a rough one, so are these figures."
        notes.append(Note("slices", "warning", text))
    if left_out["unprintable"]:
        text = f"Left out: {_count(left_out['unprintable'], 'object')} set not to be printed."
        notes.append(Note("not_printable", "info", text))
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
