"""The homepage, in rows: what it says, the models and creators it shows, and how large the platform is."""

from typing import Any, Final

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from adminpanel.models import HomepageContent, SliderModel
from commerce.selectors.market_figures import market_sold
from config.core.errors import Denied
from marketplace.choices import Kind
from marketplace.models import Listing
from marketplace.models.listings import FEATURED, LISTED, in_stock, on_sale
from marketplace.selectors.models_3d import models_on_sale

SHOWN_MODELS: Final = 8
SHOWN_CREATORS: Final = 6
EXACT_UP_TO: Final = 2000
COUNTED_FOR: Final = 60
_KEY: Final = "homepage-figures"


def homepage_content() -> dict[str, Any]:
    content = HomepageContent.objects.values_list("content", flat=True).first()
    return content if content is not None else {}


def homepage_content_for(*, actor: Actor) -> dict[str, Any]:
    """The same, for who writes it. Raises Denied."""
    if not policies.may_write_homepage(actor):
        raise Denied
    return homepage_content()


def slider_models(*, columns: tuple[str, ...]) -> QuerySet[SliderModel, Any]:
    """Rows of those that the public lists hold, in their order. `columns` begin with `model__`."""
    return SliderModel.objects.filter(on_sale("model__") & in_stock("model__")).values(*columns)


def slider_models_for(*, actor: Actor, columns: tuple[str, ...]) -> QuerySet[SliderModel, Any]:
    """Rows of all of them, for who writes it. Raises Denied."""
    if not policies.may_write_homepage(actor):
        raise Denied
    return SliderModel.objects.values(*columns)


def models_featured(*, columns: tuple[str, ...]) -> QuerySet[Listing, Any]:
    """The newest featured ones on sale."""
    rows = Listing.objects.filter(FEATURED, kind=Kind.MODEL).order_by("-created_at", "-pk")
    return rows.values(*columns)[:SHOWN_MODELS]


def models_trending(*, columns: tuple[str, ...]) -> QuerySet[Listing, Any]:
    return models_on_sale(columns=columns, sort="trending")[:SHOWN_MODELS]


def top_creators(*, columns: tuple[str, ...]) -> QuerySet[User, Any]:
    """Those with 3-D models who earned most."""
    rows = User.objects.filter(is_active=True, models_count__gt=0).order_by("-revenue_total", "-pk")
    return rows.values(*columns)[:SHOWN_CREATORS]


def platform_figures() -> dict[str, int]:
    """How large the platform is. Once it is large, these numbers may be a minute old: counting takes long then."""
    known: dict[str, int] | None = cache.get(_KEY)
    if known is not None:
        return known
    listed = Listing.objects.filter(LISTED, kind=Kind.MODEL).order_by()
    people = User.objects.aggregate(all=Count("pk"), creators=Count("pk", filter=Q(models_count__gt=0)))
    downloads = Listing.objects.filter(kind=Kind.MODEL).aggregate(total=Sum("downloads_count"))["total"]
    figures = {
        "total_models": listed.count(),
        "total_creators": people["creators"],
        "total_users": people["all"],
        "total_downloads": downloads or 0,
        "total_sales": market_sold().sales,
    }
    if max(figures.values()) > EXACT_UP_TO:
        cache.set(_KEY, figures, timeout=COUNTED_FOR)
    return figures
