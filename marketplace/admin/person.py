"""What the catalogue has of a person, on their page."""

from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest

from accounts.models import User
from config.adminsite.amounts import in_currency
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link, thumbnail
from marketplace.admin.works import LISTING_PAGES
from marketplace.choices import Kind
from marketplace.models import Listing
from marketplace.policies import may_moderate
from marketplace.selectors.pictures import pictures_shown

SHOWN: Final = 20


def works_of_person(request: HttpRequest, person: User) -> Iterator[Panel]:
    """The newest first. Two queries."""
    if not may_moderate(request.user):
        return
    works = list(Listing.objects.filter(seller=person).defer("description").order_by("-created_at", "-pk")[:SHOWN])
    pictures = pictures_shown({work.pk for work in works})
    newest = LISTING_PAGES[Kind(works[0].kind)] if works else ""
    yield Panel(
        "Works",
        ("", "What", "Kind", "State", "Price", "Sold", "Since"),
        [
            (
                thumbnail(pictures.get(work.pk, ""), work.title),
                link(work.title, row_address(request, LISTING_PAGES[Kind(work.kind)], work.pk)),
                work.get_kind_display(),
                work.get_status_display(),
                in_currency(work.price, work.currency),
                work.sold_count,
                work.created_at,
            )
            for work in works
        ],
        address=list_address(request, newest, f"seller__id__exact={person.pk}") if newest else "",
        numeric=(4, 5),
    )
