"""What a 3MF file may ask for beyond the core specification."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.meshes.formats import BrokenMesh

_MICROSOFT, _CONSORTIUM = "http://schemas.microsoft.com/3dmanufacturing/", "http://schemas.3mf.io/3dmanufacturing/"
CORE = (f"{_MICROSOFT}core/2015/02", f"{_MICROSOFT}2013/01", "")
"""Drafts had a namespace of their own, and some programs write none."""

KNOWN = {
    *CORE,
    f"{_MICROSOFT}production/2015/06",  # parts in several files
    f"{_MICROSOFT}material/2015/02",  # colours
    f"{_MICROSOFT}trianglesets/2021/07",  # selections of triangles
}
"""None of these adds or takes away material, or else it is read."""

_NAMES = {
    "beamlattice": "beam lattice",
    "slice": "slice",
    "securecontent": "secure content (encryption)",
    "booleanoperations": "boolean operations",
    "displacement": "displacement",
    "volumetric": "volumetric",
    "implicit": "implicit",
    "production": "production alternatives",
}


def required(written: str, namespaces: Mapping[str, str]) -> None:
    """Refuse a model that cannot be understood without an extension that is not known here. `written` are prefixes."""
    for prefix in written.split():
        uri = namespaces.get(prefix, prefix)
        if uri not in KNOWN:
            raise refused(uri)


def refused(uri: str) -> BrokenMesh:
    return BrokenMesh(
        f"This 3MF file asks for the {label(uri)} extension, which cannot be read here. Export it without that, as a "
        "plain mesh."
    )


def shapes(uri: str) -> bool:
    """Whether elements of this namespace are shapes of their own, which would be lost without a word."""
    return uri.startswith((_MICROSOFT, _CONSORTIUM)) and uri not in KNOWN


def label(uri: str) -> str:
    for prefix in (_MICROSOFT, _CONSORTIUM):
        if uri.startswith(prefix):
            return _NAMES.get(uri.removeprefix(prefix).partition("/")[0], uri)
    return "".join(sign for sign in uri if sign.isprintable())[:120]
