"""What a design might cost: what designs like it were really sold for in the last twelve months.

The sales compared are paid lines of designs of the same category and currency, anybody's, that were not given back
whole: of those whose file is about as large and detailed when there are enough of them. Without ten sales the prices
that designs of the category are offered at stand in, and `sales` is 0. All is read from the newest 5,000 rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import mean, median, quantiles
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from commerce.choices import PAID
from commerce.models import PaymentShare
from commerce.selectors.orders import KEPT
from config.core.money import ZERO, chargeable
from config.core.references import Reference
from marketplace.models import MeshFile, Model3D
from marketplace.selectors import models_3d as model_selectors

LOOK_BACK: Final = timedelta(days=365)
ENOUGH: Final = 10
MOST: Final = 5_000
NEAR: Final = 3
"""A file is near in size and detail when neither differs by more than this factor."""
FEW_RIVALS, MANY_RIVALS = 10, 50


class Complexity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Level(StrEnum):
    """In which third of what is compared a figure lies."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


@dataclass(frozen=True)
class Sample:
    """A price, paid or asked, and what is known of the file: empty where it was not measured."""

    listing_id: int
    price: Decimal
    triangles: int | None
    file_bytes: int | None
    print_hours: float | None


@dataclass(frozen=True)
class Factor:
    """`impact` in percent: by how much the price of those of the same level differs from that of all."""

    name: str
    level: Level
    impact: int


@dataclass(frozen=True)
class Suggestion:
    """Prices are None where nothing is there to be compared, and factors missing that cannot be computed. `designs` is
    how many it rests on."""

    design: Model3D
    price: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    category_mean: Decimal | None
    designs: int
    sales: int
    rivals: int
    factors: list[Factor]

    @property
    def competition(self) -> str:
        """By how many designs of others are on sale in the category: low below 10, medium below 50, else high."""
        if self.rivals < FEW_RIVALS:
            return "low"
        return "medium" if self.rivals < MANY_RIVALS else "high"


def price_suggest(
    *,
    actor: User,
    reference: Reference,
    category: str = "",
    complexity: Complexity | None = None,
    file_mb: float | None = None,
    print_hours: float | None = None,
) -> Suggestion:
    """A price for an own design: the median of what is compared, between its quartiles. Raises Missing.

    `category` asks how it would stand in another one. The other three are what the seller says of a file that is not
    there yet: what was measured goes before it.
    """
    design = model_selectors.own_model(actor=actor, reference=reference, thing="Design")
    mesh = MeshFile.objects.defer("fingerprint").filter(pk=design.mesh_id).first() if design.mesh_id else None
    own = Sample(
        design.pk,
        design.price,
        mesh.triangle_count if mesh else None,
        mesh.byte_size if mesh else int(file_mb * 1_000_000) if file_mb is not None else None,
        (_print_hours(mesh.volume_mm3, mesh.surface_mm2) if mesh else None) or print_hours,
    )
    rivals = model_selectors.models_in_category(category=category or None, like=design).exclude(pk=design.pk)
    rivals = rivals.filter(currency=design.currency)
    sold = _sold(model_selectors.models_in_category(category=category or None, like=design, on_sale=False), design)
    basis = near if len(near := [sample for sample in sold if _is_near(own, sample)]) >= ENOUGH else sold
    sales = len(basis)
    if sales < ENOUGH:
        basis, sales = _offered(rivals), 0
    whole = sold if sales else basis
    prices = sorted(sample.price for sample in basis)
    lowest, middle, highest = _quartiles(prices)
    currency = design.currency
    return Suggestion(
        design=design,
        price=_rounded(middle, currency),
        lowest=_rounded(lowest, currency),
        highest=_rounded(highest, currency),
        category_mean=_rounded(mean(sample.price for sample in whole) if whole else None, currency),
        designs=len({sample.listing_id for sample in basis}),
        sales=sales,
        rivals=rivals.exclude(seller=actor.pk).count(),
        factors=_factors(own, whole, complexity),
    )


# ---------------------------------------------------------------- what is compared
_FILE: Final = ("mesh__triangle_count", "mesh__byte_size", "mesh__volume_mm3", "mesh__surface_mm2")


def _sold(designs: QuerySet[Model3D], design: Model3D) -> list[Sample]:
    """What a piece was sold for, one a line, the newest first."""
    file = tuple(f"line__listing__model3d__{column}" for column in _FILE)
    shares = PaymentShare.objects.filter(
        KEPT,
        payment__status__in=PAID,
        payment__completed_at__gte=timezone.now() - LOOK_BACK,
        payment__currency=design.currency,
        line__unit_price__gt=ZERO,
        line__listing__in=designs.order_by().values("pk"),
    ).order_by("-payment__completed_at", "-pk")
    return [_sample(row) for row in shares.values_list("line__listing", "line__unit_price", *file)[:MOST]]


def _offered(designs: QuerySet[Model3D]) -> list[Sample]:
    priced = designs.filter(price__gt=ZERO).order_by("-created_at", "-pk")
    return [_sample(row) for row in priced.values_list("pk", "price", *_FILE)[:MOST]]


def _sample(row: tuple) -> Sample:  # type: ignore[type-arg]
    listing, price, triangles, size, volume, surface = row
    return Sample(listing, price, triangles, size, _print_hours(volume, surface))


def _print_hours(volume_mm3: float | None, surface_mm2: float | None) -> float | None:
    """Roughly, with a 0.4 mm nozzle: walls of 0.8 mm and a fifth of the inside, at 10 cubic millimetres a second."""
    if volume_mm3 is None or surface_mm2 is None:
        return None
    walls = min(surface_mm2 * 0.8, volume_mm3)
    return (walls + 0.2 * (volume_mm3 - walls)) / 10 / 3600


def _is_near(own: Sample, other: Sample) -> bool:
    """In size and detail, as far as both are known of both."""
    pairs = [(own.triangles, other.triangles), (own.file_bytes, other.file_bytes)]
    known = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return bool(known) and all(max(pair) <= NEAR * min(pair) for pair in known)


# ---------------------------------------------------------------- figures
def _quartiles(prices: Sequence[Decimal]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    if not prices:
        return None, None, None
    if len(prices) == 1:
        return prices[0], prices[0], prices[0]
    low, middle, high = quantiles(prices, n=4, method="inclusive")
    return low, middle, high


def _rounded(amount: Decimal | None, currency: str) -> Decimal | None:
    """A price that may be asked."""
    return None if amount is None else chargeable(amount, currency)


def _factors(own: Sample, basis: Sequence[Sample], complexity: Complexity | None) -> list[Factor]:
    """What detail, size of the file and printing time do to the price."""
    said = {Complexity.LOW: Level.LOW, Complexity.MEDIUM: Level.MIDDLE, Complexity.HIGH: Level.HIGH}
    found = [
        _factor("complexity", lambda sample: sample.triangles, own, basis, said[complexity] if complexity else None),
        _factor("file size", lambda sample: sample.file_bytes, own, basis, None),
        _factor("print time", lambda sample: sample.print_hours, own, basis, None),
    ]
    return [factor for factor in found if factor is not None]


def _factor(
    name: str,
    figure: Callable[[Sample], float | None],
    own: Sample,
    basis: Sequence[Sample],
    said: Level | None,
) -> Factor | None:
    """What is compared is parted into thirds by this figure; the design's own, or else what was said, tells which third
    is looked at. None without ten prices to compare, or where nothing is known of the design."""
    known = [(value, sample.price) for sample in basis if (value := figure(sample)) is not None]
    if len(known) < ENOUGH:
        return None
    values = sorted(value for value, _price in known)
    third = len(values) // 3
    low, high = values[third], values[-1 - third]

    def level_of(value: float) -> Level:
        return Level.LOW if value < low else Level.HIGH if value > high else Level.MIDDLE

    mine = figure(own)
    level = said if mine is None else level_of(mine)
    alike = [price for value, price in known if level_of(value) == level]
    if level is None or not alike:
        return None
    difference = median(alike) / median(price for _value, price in known) - 1
    return Factor(name, level, int((difference * 100).to_integral_value()))
