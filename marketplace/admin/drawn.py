"""How 3-D files are shown on the pages of staff: drawn, measured, and beside what they resemble."""

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html

from config.adminsite.links import list_address, row_address
from config.adminsite.panels import link
from config.core.storage import signed_link
from marketplace.duplicates.detector import risk
from marketplace.models import MeshFile


def mesh_original(request: HttpRequest, mesh: MeshFile) -> str:
    """The file's own page, and the file."""
    return format_html(
        "{} {}",
        link(mesh.file_name, row_address(request, "marketplace.MeshFile", mesh.pk)),
        link(
            f"Original, {filesizeformat(mesh.byte_size)}",
            signed_link(str(mesh.original.name), download_as=mesh.file_name) if mesh.original else "",
        ),
    )


def mesh_resemblance(request: HttpRequest, mesh: MeshFile) -> tuple[object, ...]:
    other, evidence = mesh.matched, mesh.evidence if isinstance(mesh.evidence, dict) else {}
    return (
        mesh_thumbnail(other),
        mesh.file_name,
        mesh.get_verdict_display(),
        f"{mesh.similarity_score:.2f} ({risk(mesh.similarity_score)})",
        link(other.file_name, list_address(request, "marketplace.Model3D", f"mesh__id__exact={other.pk}"))
        if other
        else "",
        format_html("{}{}", str(evidence.get("explanation") or ""), mesh_evidence(mesh)),
    )


def mesh_evidence(mesh: MeshFile) -> str:
    """Where its shape agrees with the other one."""
    if not mesh.evidence_picture:
        return ""
    return format_html(
        '<img class="atelier-picture" loading="lazy" src="{}" alt="{}">',
        signed_link(str(mesh.evidence_picture.name)),
        "The shape; what agrees with the other one is marked",
    )


def mesh_figures(mesh: MeshFile) -> str:
    size = mesh.size_mm
    if size is None:
        return mesh.error or "being analysed"
    closed = "closed" if mesh.is_watertight else "open"
    return format_html(
        '<span class="atelier-two">{} mm<small>{} triangles, {} part(s), {}</small></span>',
        " × ".join(f"{side:.3g}" for side in size),
        mesh.triangle_count,
        mesh.part_count,
        closed,
    )


def mesh_thumbnail(mesh: MeshFile | None) -> str:
    if mesh is None or not mesh.thumbnail:
        return format_html('<span class="atelier-thumb atelier-none" title="{}"></span>', "No picture to show yet")
    return format_html('<img class="atelier-thumb" loading="lazy" src="{}" alt="">', mesh.thumbnail.url)


def mesh_picture(mesh: MeshFile | None) -> str:
    if mesh is None or not mesh.thumbnail:
        return "None yet."
    return format_html('<img class="atelier-picture" src="{}" alt="">', mesh.thumbnail.url)
