"""Records of every kind by what staff have in hand: a name, an address, an id, a number or a reference.

Each kind answers by an index with a few rows. Of words that very many rows hold, some of them are ranked: whoever types
one such word types another.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.models import User
from accounts.policies import STAFF, level
from adminpanel import policies
from commerce.models import Order, Payment, Payout
from community.models import SupportTicket
from config.core.folding import folded
from config.core.text_search import SIMPLE, TextIndex, words_of
from jobs.models import Job
from marketplace.choices import Kind
from marketplace.models import Listing
from printshop.models import ShopOrder

MOST_OF_A_KIND: Final = 5
RANKED: Final = 200
LONGEST: Final = 200
SHORTEST_BEGINNING: Final = 3
NUMBER: Final = re.compile(r"#?([0-9]{1,18})")
REFERENCE: Final = re.compile(r"[A-Za-z0-9_.:-]{4,100}")

_NAMES: Final = TextIndex(short=("search_key",), config=SIMPLE)
_TITLES: Final = TextIndex(short=("title_key",))
_SUBJECTS: Final = TextIndex(short=("subject_key",))
LISTINGS: Final = {
    "marketplace.Artwork": Kind.ARTWORK,
    "marketplace.Model3D": Kind.MODEL,
    "marketplace.Equipment": Kind.EQUIPMENT,
}


@dataclass(frozen=True)
class Record:
    """`label` is its model, `pk` its row there."""

    label: str
    pk: int
    title: str
    note: str


@dataclass(frozen=True)
class Asked:
    """`number` is a whole number that is asked for alone, with or without a #; `reference` a text without blanks."""

    text: str
    words: list[str]
    number: int | None
    reference: str
    uuid: UUID | None

    @classmethod
    def of(cls, text: str) -> "Asked":
        text = " ".join(text.replace("\0", " ").split())[:LONGEST]
        number = NUMBER.fullmatch(text)
        # A letter that many words begin with says nothing.
        words = [word for word in words_of(text) if len(word) > 1 or not word.isascii()]
        return cls(
            text=text,
            words=words,
            number=int(number[1]) if number and number[1].isascii() else None,
            reference=text if REFERENCE.fullmatch(text) else "",
            uuid=_uuid(text),
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def records_found(*, actor: Actor, text: str, labels: Collection[str]) -> list[Record]:
    """A few of each kind in `labels`, the models that the actor may see; nothing for whoever is no staff."""
    asked = Asked.of(text)
    if not policies.may_search_records(actor) or not asked.text:
        return []
    with _by_index():
        return [record for find in KINDS for record in find(actor, asked, labels)]


@contextmanager
def _by_index() -> Iterator[None]:
    """The planner expects a word's beginning in many rows, and would look for the first of them through the table."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        yield


def _named(rows: "QuerySet[Any]", index: TextIndex, words: list[str]) -> list[Any]:
    """The best of those in which every word begins one."""
    if not words:
        return []
    some = list(rows.order_by().filter(index.begins_with_all(words)).values_list("pk", flat=True)[:RANKED])
    found = rows.filter(pk__in=some).alias(match_rank=index.rank(words))
    return list(found.order_by("-match_rank", "-pk")[:MOST_OF_A_KIND])


def _exactly(rows: "QuerySet[Any]", *conditions: Q | None) -> list[Any]:
    """By one index after the other: OR over several is more than the planner always sees through."""
    found: list[Any] = []
    for condition in conditions:
        if condition is not None and len(found) < MOST_OF_A_KIND:
            found += rows.filter(condition).order_by("-pk")[:MOST_OF_A_KIND]
    return found


def _id(asked: Asked) -> Q | None:
    return Q(pk=asked.number) if asked.number is not None else None


def _few(
    label: str, rows: Iterable[models.Model], title: Callable[[Any], str], note: Callable[[Any], str]
) -> list[Record]:
    once = list({row.pk: row for row in rows}.values())[:MOST_OF_A_KIND]
    return [Record(label, row.pk, title(row), note(row)) for row in once]


# ---------------------------------------------------------------- the kinds
def _people(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    if "accounts.User" not in labels:
        return []
    may_see_addresses = level(actor) >= STAFF
    address = folded(asked.text) if may_see_addresses and len(asked.text) >= SHORTEST_BEGINNING else ""
    rows = User.objects.only("username", "first_name", "last_name", "email", "user_type", "is_active")
    found = _exactly(
        rows,
        _id(asked),
        Q(username_key=folded(asked.text)),
        Q(email_key__startswith=address) if address and " " not in address else None,
    )
    found += _named(rows, _NAMES, asked.words)

    def note(user: User) -> str:
        said = [user.get_full_name(), user.email if may_see_addresses else "", user.get_user_type_display()]
        return ", ".join(filter(None, [*said, "" if user.is_active else "not active"]))

    return _few("accounts.User", found, lambda user: user.username, note)


def _orders(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    if "commerce.Order" not in labels:
        return []
    found = _exactly(Order.objects.select_related("buyer"), _id(asked))
    return _few("commerce.Order", found, str, lambda row: f"{row.buyer.username}, {row.get_status_display()}")


def _payments(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    found: list[Record] = []
    reference = asked.reference
    if "commerce.Payment" in labels and reference:
        rows = _exactly(
            Payment.objects.select_related("payer"),
            Q(transaction_id__startswith=reference.upper()),
            Q(gateway_reference=reference) & ~Q(gateway_reference=""),
        )
        note = lambda row: f"{row.payer.username}, {row.get_status_display()}"  # noqa: E731
        found += _few("commerce.Payment", rows, lambda row: row.transaction_id, note)
    if "commerce.Payout" in labels:
        by_uuid = Q(uuid=asked.uuid) if asked.uuid else None
        note = lambda row: f"{row.seller.username}, {row.get_status_display()}"  # noqa: E731
        found += _few("commerce.Payout", _exactly(Payout.objects.select_related("seller"), by_uuid), str, note)
    return found


def _listings(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    kinds = {kind: label for label, kind in LISTINGS.items() if label in labels}
    if not kinds:
        return []
    rows = Listing.objects.filter(kind__in=list(kinds)).select_related("seller")
    rows = rows.only("title", "kind", "status", "seller__username")
    found = _exactly(rows, _id(asked), Q(uuid=asked.uuid) if asked.uuid else None)
    found += _named(rows, _TITLES, asked.words)
    once = list({row.pk: row for row in found}.values())[:MOST_OF_A_KIND]
    return [
        Record(kinds[Kind(row.kind)], row.pk, row.title, f"{row.seller.username}, {row.get_status_display()}")
        for row in once
    ]


def _tickets(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    if "community.SupportTicket" not in labels:
        return []
    rows = SupportTicket.objects.select_related("user")
    number = asked.reference.upper()
    found = _exactly(rows, Q(number__startswith=number) if number.startswith("TICK") else None)
    found += _named(rows, _SUBJECTS, asked.words)
    note = lambda row: f"{row.subject}; {row.user.username}, {row.get_status_display()}"  # noqa: E731
    return _few("community.SupportTicket", found, lambda row: row.number, note)


def _jobs(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    if "jobs.Job" not in labels:
        return []
    rows = Job.objects.select_related("buyer")
    found = [*_exactly(rows, _id(asked)), *_named(rows, _TITLES, asked.words)]
    return _few(
        "jobs.Job", found, lambda row: row.title, lambda row: f"{row.buyer.username}, {row.get_status_display()}"
    )


def _shop_orders(actor: Actor, asked: Asked, labels: Collection[str]) -> list[Record]:
    if "printshop.ShopOrder" not in labels or asked.number is None:
        return []
    receipt = Q(etsy_order_id=str(asked.number)) & ~Q(etsy_order_id="")
    found = _exactly(ShopOrder.objects.select_related("shop__owner"), receipt)
    return _few("printshop.ShopOrder", found, str, lambda row: f"{row.shop}, {row.get_production_status_display()}")


KINDS: Final = (_people, _orders, _payments, _listings, _tickets, _jobs, _shop_orders)
LABELS: Final = (
    *("accounts.User", "commerce.Order", "commerce.Payment", "commerce.Payout", *LISTINGS),
    *("community.SupportTicket", "jobs.Job", "printshop.ShopOrder"),
)
ICONS: Final = {
    "accounts.User": "person",
    "commerce.Order": "shopping_bag",
    "commerce.Payment": "payments",
    "commerce.Payout": "account_balance",
    "marketplace.Artwork": "imagesmode",
    "marketplace.Model3D": "deployed_code",
    "marketplace.Equipment": "brush",
    "community.SupportTicket": "confirmation_number",
    "jobs.Job": "work",
    "printshop.ShopOrder": "receipt_long",
}
