"""A month of a small art market, made by the platform's own services, each on its day.

Run in the platform's environment (`python -m tests.screenshots.month month`, and `put-back` once the pictures are
uploaded), on a database that is thrown away afterwards: the clock is set to the day on which something happens, so that
everything dates itself.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import django
import time_machine
from django.db.models import F

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import User  # noqa: E402
from accounts.services.registration import account_register  # noqa: E402
from commerce.choices import OrderStatus, OrderType, PaymentMethod  # noqa: E402
from commerce.models import Order  # noqa: E402
from commerce.services.checkout.fulfilment import order_cancel, order_progress  # noqa: E402
from commerce.services.escrow.holds import payment_release  # noqa: E402
from commerce.services.orders.orders import Item, order_place  # noqa: E402
from commerce.services.payments.at_gateway import payment_confirm, payment_process  # noqa: E402
from commerce.services.payments.by_hand import payment_complete_by_hand  # noqa: E402
from commerce.services.payments.creation import payment_create  # noqa: E402
from commerce.services.refunds.refunds import payment_refund  # noqa: E402
from jobs.models import Job  # noqa: E402
from jobs.services.bids import bid_place  # noqa: E402
from jobs.services.hiring import job_cancel, job_complete, job_deliver, job_hire  # noqa: E402
from jobs.services.jobs import job_post  # noqa: E402
from jobs.services.reviews import review_create  # noqa: E402
from marketplace.choices import Kind, Status, Verdict  # noqa: E402
from marketplace.models import Appeal, Artwork, Category, Listing, Picture  # noqa: E402

DAYS = 29
NOW = datetime.now(UTC)
PASSWORD = "a long enough passphrase 1"
FIRST = "Amina Bilal Chloe Daniyal Elif Farah Gabriel Hina Imran Julia Kamran Leyla Mehwish Nadia Omar Paula".split()
LAST = "Aslam Butt Costa Dar Ekinci Farooq Gomez Haider Iqbal Jansen Khalid Lodhi Mirza Naqvi Osman Petrov".split()
STREETS = ("14 Canal View, Lahore", "3 Seaview Road, Karachi", "21 Margalla Street, Islamabad", "8 Museum Lane, Lahore")
METHODS = (PaymentMethod.STRIPE,) * 5 + (PaymentMethod.BANK_TRANSFER,) * 2 + (PaymentMethod.CASH_ON_DELIVERY,)
JOBS = (
    ("Logo for a tea house", "Modern and minimal, with a teapot.", "completed"),
    ("Mural sketch for a school yard", "Six metres of wall, the theme is the river Ravi.", "completed"),
    ("Calligraphy for wedding cards", "Nastaliq, two names, gold on green.", "completed"),
    ("Poster series for a jazz night", "Three posters that belong together.", "in progress"),
    ("Book cover, a novel of the coast", "Watercolour or gouache.", "in progress"),
    ("Portrait of two children", "From a photograph, digital.", "open"),
    ("Icons for a bakery's menu", "Twenty-four small drawings.", "open"),
    ("Label for an olive oil", "Calls for linocut.", "open"),
    ("Animated banner", "No longer needed.", "cancelled"),
)
chance = random.Random(29)


@contextmanager
def on(day: int, hour: int = 12) -> Iterator[None]:
    """So many days ago, also inside of another such day. Today is now."""
    moment = (NOW - timedelta(days=day)).replace(hour=hour, minute=chance.randrange(60)) if day else NOW
    with time_machine.travel(moment, tick=True):
        yield


def main() -> None:
    manager = User.objects.get(username="admin_manager")
    artists = list(User.objects.filter(user_type="artist", identity_verified=True).order_by("pk"))
    for row in [*artists, *User.objects.exclude(pk__in=[artist.pk for artist in artists])]:
        User.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(days=DAYS + chance.randrange(9)))
    buyers: list[User] = list(User.objects.filter(user_type="buyer", is_staff=False).order_by("pk"))
    works = list(Listing.objects.filter(kind=Kind.ARTWORK, status=Status.APPROVED).order_by("pk"))
    goods = list(Listing.objects.filter(kind=Kind.EQUIPMENT).order_by("pk"))
    for work in works + goods:
        Listing.objects.filter(pk=work.pk).update(created_at=work.created_at - timedelta(days=DAYS + 1))
    people = people_in_order()
    for day in range(DAYS, -1, -1):
        for _ in range(chance.choice((0, 0, 0, 1, 1))):
            if (person := next(people, None)) is not None:
                with on(day, 9):
                    buyers.append(person())
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3)) if day else 4):
            with on(day, 10 + chance.randrange(9)):
                buy(chance.choice(buyers), chance.choice(works + goods), manager, day)
    hire(artists, buyers, manager)


def people_in_order() -> Iterator[Callable[[], User]]:
    for number, (first, last) in enumerate(zip(FIRST, LAST, strict=True)):
        yield lambda first=first, last=last, number=number: account_register(  # type: ignore[misc]
            username=f"{first}_{last}".lower(),
            email=f"{first}.{last}@example.com".lower(),
            password=PASSWORD,
            user_type="artist" if number % 5 == 3 else "buyer",
            first_name=first,
            last_name=last,
        )


def buy(buyer: User, listing: Listing, manager: User, day: int) -> None:
    """One order and what becomes of it: most are paid, some delivered, a few cancelled, some of today's still open."""
    kind = Kind(listing.kind)
    listing.refresh_from_db()
    if listing.seller_id == buyer.pk or listing.stock == 0:
        return
    order = order_place(
        actor=buyer,
        channel="cultureup",
        order_type=OrderType.ARTWORK if kind == Kind.ARTWORK else OrderType.EQUIPMENT,
        shipping_address=chance.choice(STREETS),
        items=[Item(listing.pk, 1, kind)],
    )
    if chance.random() < 0.1:
        order_cancel(actor=buyer, order_id=order.pk)
        return
    if day == 0 and chance.random() < 0.4:
        return
    pay(order, buyer, listing, chance.choice(METHODS), manager, day)


def pay(order: Order, buyer: User, listing: Listing, method: PaymentMethod, manager: User, day: int) -> None:
    if method == PaymentMethod.CASH_ON_DELIVERY and not any(line.is_sent for line in order.lines.all()):
        method = PaymentMethod.BANK_TRANSFER
    payment = payment_create(
        actor=buyer, order_id=order.pk, method=method, amount=order.total_amount, payee_id=listing.seller_id
    )
    payment_process(actor=buyer, payment_id=payment.pk)
    if method == PaymentMethod.STRIPE:
        payment_confirm(actor=buyer, payment_id=payment.pk, payment_method="pm_card_visa")
    elif day > 1:
        payment_complete_by_hand(actor=manager, payment_id=payment.pk)
    order.refresh_from_db()
    payment.refresh_from_db()
    if order.status == OrderStatus.CONFIRMED and day > 3:
        with on(day - 2):
            order_progress(actor=manager, order_id=order.pk, status=OrderStatus.SHIPPED)
        if day > 7:
            with on(day - 5):
                order_progress(actor=manager, order_id=order.pk, status=OrderStatus.DELIVERED)
    if method == PaymentMethod.STRIPE and day > 7 and chance.random() < 0.15:
        half = (payment.amount / 2).quantize(Decimal("0.01"))
        with on(day - 6):
            payment_refund(actor=manager, payment_id=payment.pk, amount=half, reason="Arrived late")


def hire(artists: list[User], buyers: list[User], manager: User) -> None:
    category = Category.objects.order_by("pk").first()
    assert category is not None
    for number, (title, description, fate) in enumerate(JOBS):
        buyer, day = buyers[number % len(buyers)], 26 - 3 * number
        with on(max(day, 1)):
            job = post(buyer, title, description, category)
            bids = [
                bid_place(
                    actor=artist,
                    job_id=job.pk,
                    bid_amount=Decimal(600 + 50 * place),
                    delivery_time=5,
                    cover_letter="I would like to draw this.",
                )
                for place, artist in enumerate(artists)
            ]
        chosen = bids[number % len(bids)]
        if fate in ("in progress", "completed"):
            with on(max(day - 1, 1), 15):
                job_hire(actor=buyer, job_id=job.pk, bid_id=chosen.pk)
                hold(job, buyer, chosen.artist)
        if fate == "completed":
            with on(max(day - 5, 1)):
                job_deliver(actor=chosen.artist, job_id=job.pk)
                job_complete(actor=buyer, job_id=job.pk)
                review_create(actor=buyer, job=job.pk, rating=5 - number % 2, comment="A pleasure to work with.")
                payment_release(actor=manager, payment_id=job.payments.get().pk)
        if fate == "cancelled":
            job_cancel(actor=buyer, job_id=job.pk, reason="No longer needed.")


def post(buyer: User, title: str, description: str, category: Category) -> Job:
    wishes: dict[str, Any] = {"budget_min": Decimal(500), "budget_max": Decimal(1500), "duration_days": 7}
    return job_post(
        actor=buyer,
        title=title,
        description=description,
        category_id=category.pk,
        experience_level="intermediate",
        deadline=datetime.now(UTC) + timedelta(days=40),
        **wishes,
    )


def hold(job: Job, buyer: User, artist: User) -> None:
    job.refresh_from_db()
    assert job.final_amount is not None
    payment = payment_create(
        actor=buyer, job_id=job.pk, method=PaymentMethod.STRIPE, amount=job.final_amount, payee_id=artist.pk
    )
    payment_process(actor=buyer, payment_id=payment.pk)
    payment_confirm(actor=buyer, payment_id=payment.pk, payment_method="pm_card_visa")


def put_back() -> None:
    """What was uploaded over HTTP a moment ago happened at different times of the last days."""
    held = Picture.objects.filter(verdict=Verdict.HELD).order_by("pk")
    for picture, hours in zip(held, (27, 9, 3), strict=True):
        _earlier(picture.artwork, timedelta(hours=hours))
        for appeal in picture.appeals.all():
            Appeal.objects.filter(pk=appeal.pk).update(created_at=appeal.created_at - timedelta(hours=hours - 2))
    for title, days in (("Morning Coffee", 6), ("First Evening", 2)):
        _earlier(Artwork.objects.get(title=title), timedelta(days=days))


def _earlier(artwork: Artwork, by: timedelta) -> None:
    Listing.objects.filter(pk=artwork.pk).update(created_at=F("created_at") - by)
    artwork.pictures.update(created_at=F("created_at") - by, checked_at=F("checked_at") - by)


if __name__ == "__main__":
    {"month": main, "put-back": put_back}[sys.argv[1]]()
