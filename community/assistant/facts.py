"""What is known about a 3-D model, and of the caller's own affairs: read as the caller, never as anybody else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from accounts.actors import Actor
from commerce.selectors.balances import SellerAccount, seller_accounts
from commerce.selectors.listing_sales import Sold, sales_of
from commerce.selectors.orders import orders_bought, owned_models
from commerce.services.orders.pricing import offers_for
from community.models import SupportTicket
from community.selectors.tickets import tickets_of
from marketplace import policies
from marketplace.choices import MeshFormat, MeshState
from marketplace.models import Listing, MeshFile, Model3D

MOST_ORDERS: Final = 5
MOST_OWN: Final = 1000
ROUND_KINDS: Final = {"hole": "hole", "blind_hole": "blind hole", "cylinder": "cylinder", "ball": "ball"}
Y_IS_UP: Final = (MeshFormat.GLB, MeshFormat.GLTF, MeshFormat.OBJ)


class FileState(Enum):
    NO_FILE = "no file"
    WAITING = "not analysed yet"
    UNREADABLE = "cannot be read"
    READY = "analysed"


@dataclass(frozen=True)
class RoundFeature:
    """A hole, blind hole, cylinder or ball that was found in the shape: see marketplace.meshes.suggestions.

    `depth` is 0 where there is none. `position` is where the file has its mouth, upper end or top.
    """

    kind: str
    diameter: float
    depth: float
    position: tuple[float, float, float]


@dataclass(frozen=True)
class ModelFacts:
    """Lengths in millimetres, as measured; None where the analysis could not tell. `instructions` is its maker's text,
    and empty for people who neither made nor bought it."""

    title: str
    seller: str
    category: str
    price: Decimal
    list_price: Decimal | None
    currency: str
    licence: str
    is_mine: bool
    is_owned: bool
    instructions: str
    created: datetime
    rating: Decimal
    reviews: int
    sales: int
    views: int
    likes: int
    state: FileState
    format: str = ""
    byte_size: int = 0
    size_mm: tuple[float, float, float] | None = None
    """Width, depth and height, with the height upwards."""
    volume_mm3: float | None = None
    surface_mm2: float | None = None
    wall_mm: float | None = None
    triangles: int | None = None
    vertices: int | None = None
    parts: int | None = None
    is_watertight: bool | None = None
    round_features: tuple[RoundFeature, ...] = ()
    notes: tuple[tuple[str, str, str], ...] = ()
    """(code, level, sentence) each; see marketplace.meshes.measuring."""


@dataclass(frozen=True)
class SalesFact:
    """What a listing of the caller's sold; `revenue` is before the fee, less what was refunded."""

    title: str
    sales: int
    revenue: Decimal
    currency: str


@dataclass(frozen=True)
class OrderFact:
    number: int
    placed: datetime
    status: str
    total: Decimal
    currency: str
    lines: tuple[str, ...]
    downloads: tuple[int, ...]


def model_facts(*, actor: Actor, model: Model3D) -> ModelFacts:
    """Of a model that the actor may see, with its seller, category and file loaded."""
    offer = offers_for(buyer=actor, listings=[model])[model.pk]
    is_mine, is_owned = policies.owns(actor, model), model.pk in owned_models(actor, [model.pk])
    return ModelFacts(
        title=model.title,
        seller=model.seller.username,
        category=model.category.name if model.category else model.subcategory,
        price=offer.price,
        list_price=offer.list_price,
        currency=model.currency,
        licence=model.get_licence_display() if model.licence else "",
        is_mine=is_mine,
        is_owned=is_owned,
        instructions=model.instructions if is_mine or is_owned else "",
        created=model.created_at,
        rating=model.rating,
        reviews=model.rating_count,
        sales=sales_of([model.pk]).get(model.pk, Sold()).sales,
        views=model.views_count,
        likes=model.likes_count,
        **_figures(model.mesh),
    )


def orders_facts(*, actor: Actor, number: int | None = None) -> list[OrderFact]:
    """The actor's newest purchases, or the one of that number if it is theirs."""
    orders = orders_bought(actor=actor)
    if number is not None:
        orders = orders.filter(pk=number) if number < 2**63 else orders.none()
    return [
        OrderFact(
            number=order.pk,
            placed=order.created_at,
            status=order.status,
            total=order.total_amount,
            currency=order.currency,
            lines=tuple(line.title for line in order.lines.all()),
            downloads=tuple(line.download_count for line in order.lines.all() if line.is_digital),
        )
        for order in orders[:MOST_ORDERS]
    ]


def sales_facts(*, actor: Actor) -> list[SalesFact]:
    """What each of the actor's listings sold (of the newest thousand), the best first; none that sold nothing."""
    mine = {
        listing.pk: listing
        for listing in Listing.objects.filter(seller_id=actor.pk).only("title", "currency").order_by("-pk")[:MOST_OWN]
    }
    sold = [(mine[pk], found) for pk, found in sales_of(list(mine)).items() if found.sales]
    facts = [SalesFact(listing.title, found.sales, found.revenue, listing.currency) for listing, found in sold]
    return sorted(facts, key=lambda fact: (-fact.sales, -fact.revenue, fact.title))


def balance_facts(*, actor: Actor) -> Sequence[SellerAccount]:
    return seller_accounts(actor=actor)


def ticket_facts(*, actor: Actor) -> list[SupportTicket]:
    return list(tickets_of(actor=actor)[:MOST_ORDERS])


def _figures(mesh: MeshFile | None) -> dict[str, Any]:
    if mesh is None:
        return {"state": FileState.NO_FILE}
    if mesh.state != MeshState.DONE:
        failed = mesh.state == MeshState.FAILED
        return {"state": FileState.UNREADABLE if failed else FileState.WAITING, "format": mesh.get_format_display()}
    size = mesh.size_mm
    if size is not None and mesh.format in Y_IS_UP:
        size = (size[0], size[2], size[1])
    return {
        "state": FileState.READY,
        "format": mesh.get_format_display(),
        "byte_size": mesh.byte_size,
        "size_mm": size,
        "volume_mm3": mesh.volume_mm3,
        "surface_mm2": mesh.surface_mm2,
        "wall_mm": mesh.wall_mm,
        "triangles": mesh.triangle_count,
        "vertices": mesh.vertex_count,
        "parts": mesh.part_count,
        "is_watertight": mesh.is_watertight,
        "round_features": tuple(_round_features(mesh)),
        "notes": tuple((note["code"], note["level"], note["text"]) for note in mesh.notes),
    }


def _round_features(mesh: MeshFile) -> Iterator[RoundFeature]:
    for found in mesh.suggestions:
        kind, sizes = ROUND_KINDS.get(found["kind"]), found.get("sizes", {})
        if kind is not None and "diameter" in sizes:
            x, y, z = found["position"]
            yield RoundFeature(kind, sizes["diameter"], sizes.get("depth", 0.0), (x, y, z))
