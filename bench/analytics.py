"""Measure sellers' figures: how long the roll-up of a day takes, and each operation of v1 that reads them.

    python -m bench.analytics [--designs 2000] [--views 2000000] [--sales 100000] [--days 400] [--smallest]

Ends with status 1 when a target is missed. PostgreSQL is started for the run and removed after it. Views and sales are
spread over the days evenly and over the designs as fame is: the first design has a twelfth of them all. Asked is for
that design, and for its seller, who has a hundred. All days are rolled up first, which is timed as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from bench.catalogue import NOISE, copies
from bench.runs import ended, parsed
from bench.servers import PYTHON, Services
from config.launcher.environment import PROJECT_DIR

CATEGORIES, SELLERS, BUYERS = 12, 20, 5000
RUNS = 15
ROLL_UP_TARGET = 2.0
"""Seconds, for the slowest day."""
ANSWER_TARGET = 0.25
"""Seconds, for the median answer of each operation."""
_FAME = f"floor({{designs}} * power({NOISE} / 2147483648.0, 3))::bigint"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("designs", 2000), ("views", 2_000_000), ("sales", 100_000), ("days", 400)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--likes", type=int, default=100_000)
    options = vars(parsed(parser, arguments, designs=40, views=2000, sales=500, days=3, likes=1000))
    with ExitStack() as stack:
        services = Services(stack)
        environment = services.environment(services.database("analytics")) | {"LOG_LEVEL": "WARNING"}
        inside = "import sys; from bench import analytics; sys.exit(analytics.inside())"
        measured = subprocess.run([PYTHON, "-c", inside, json.dumps(options)], cwd=PROJECT_DIR, env=environment)
    return measured.returncode


def inside() -> int:
    """What runs with the platform's settings, on the filled database."""
    import django

    django.setup()
    options = argparse.Namespace(**json.loads(sys.argv[1]))
    sizes = {what: number for what, number in vars(options).items() if what != "smallest"}
    started = time.perf_counter()
    first = _fill(**sizes)
    numbers = ", ".join(f"{number:,} {what}" for what, number in sizes.items())
    print(f"filled in {time.perf_counter() - started:.0f} s: {numbers}", flush=True)
    return ended(options, missed=[*_roll_up(options.days), *_answers(first)])


# ---------------------------------------------------------------- filling
def _fill(*, designs: int, views: int, sales: int, days: int, likes: int) -> int:
    """Returns the number of the first design."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no foreign key is checked row by row
        cursor.execute("SET statement_timeout = 0")
        first, buyer = _people_and_designs(designs)
        _visits(cursor, first, designs=designs, views=views, days=days, likes=likes)
        _sales(cursor, first, buyer, designs=designs, sales=sales, days=days)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return first


def _people_and_designs(designs: int) -> tuple[int, int]:
    """The numbers of the first design and the first buyer."""
    from accounts.models import User
    from marketplace.choices import Kind, MeshFormat, MeshState, Status, Verdict
    from marketplace.models import Category, MeshFile, Model3D

    people = User.objects.bulk_create(
        User(
            username=f"person{number}",
            email=f"person{number}@example.com",
            user_type="creator" if number < SELLERS else "buyer",
            password="!",
        )
        for number in range(SELLERS + BUYERS)
    )
    categories = Category.objects.bulk_create(Category(name=f"Kind {number}") for number in range(CATEGORIES))
    made = []
    for number in range(designs):
        seller = people[number % SELLERS]
        mesh = MeshFile.objects.create(
            owner=seller,
            origin=seller,
            original="models/1/a.stl",
            file_name="a.stl",
            format=MeshFormat.STL,
            byte_size=50_000 + 5_000 * (number % 97),
            sha256=f"{number:064}",
            state=MeshState.DONE,
            triangle_count=1_000 + 100 * (number % 89),
            vertex_count=500,
            part_count=1,
            volume_mm3=8_000.0 + number,
            surface_mm2=2_400.0,
            verdict=Verdict.PASSED,
        )
        made.append(
            Model3D.objects.create(
                kind=Kind.MODEL,
                channel="v1",
                seller=seller,
                category=categories[number % CATEGORIES],
                title=f"Design {number}",
                price=5 + number % 50,
                currency="USD",
                status=Status.APPROVED,
                mesh=mesh,
            )
        )
    return made[0].pk, people[SELLERS].pk


def _visits(cursor: Any, first: int, *, designs: int, views: int, days: int, likes: int) -> None:
    from marketplace.models import View

    fame = _FAME.format(designs=designs, seed=1)
    day = NOISE.format(seed=2)
    cursor.execute(
        f"INSERT INTO {View._meta.db_table} (listing_id, visitor, day, country) "
        f"SELECT {first} + {fame}, md5(n::text), (now() AT TIME ZONE 'UTC')::date - ({day} % {days})::int, "
        f"('{{US,PK,DE,GB,FR,\"\"}}'::text[])[1 + n % 6] FROM generate_series(1, {views}::bigint) n"
    )
    cursor.execute(
        f"INSERT INTO marketplace_like (listing_id, user_id, created_at) "
        f"SELECT {first} + n % {designs}, (SELECT min(id) FROM accounts_user) + {SELLERS} + n / {designs}, "
        f"now() - ({day} % {days}) * interval '1 day' FROM generate_series(1, {likes}::bigint) n"
    )


def _sales(cursor: Any, first: int, buyer: int, *, designs: int, sales: int, days: int) -> None:
    """One sale is made through the models, and multiplied."""
    from django.utils import timezone

    from commerce.choices import OrderStatus, PaymentMethod, PaymentStatus, TransactionKind
    from commerce.models import DownloadEvent, Order, OrderLine, Payment, PaymentShare, ShareMovement
    from marketplace.models import Listing

    listing = Listing.objects.get(pk=first)
    price, fee = 30, 3
    now = timezone.now()
    order = Order.objects.create(
        buyer_id=buyer, channel="v1", order_type="artwork", total_amount=price, currency="USD", created_at=now
    )
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.DELIVERED)
    line = OrderLine.objects.create(
        order=order,
        listing=listing,
        seller=listing.seller,
        kind=listing.kind,
        is_digital=True,
        title=listing.title,
        seller_name="person0",
        quantity=1,
        unit_price=price,
        total_price=price,
    )
    payment = Payment.objects.create(
        payer_id=buyer,
        payee=listing.seller,
        order=order,
        transaction_id="TXN0",
        payment_method=PaymentMethod.STRIPE,
        amount=price,
        currency="USD",
        platform_fee=fee,
        artist_earning=price - fee,
        completed_at=now,
        gateway="stripe",
        gateway_reference="pi_0",
    )
    Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.COMPLETED)
    share = PaymentShare.objects.create(
        payment=payment, line=line, seller=listing.seller, gross=price, fee=fee, earning=price - fee
    )
    movement = ShareMovement.objects.create(
        share=share, kind=TransactionKind.PAYMENT, gross=price, earning=price - fee, created_at=now
    )
    event = DownloadEvent.objects.create(line=line, listing=listing, user_id=buyer, created_at=now)

    nth = _FAME.format(designs=designs, seed=3)
    sold = {"listing_id": f"{first} + {nth}", "seller_id": f"{listing.seller_id} + {nth} % {SELLERS}"}
    who = f"{buyer} + {NOISE.format(seed=4)} % {BUYERS}"
    moment = f"p.created_at - ({NOISE.format(seed=5)} % {days}) * interval '1 day'"
    paid = f"p.completed_at - ({NOISE.format(seed=5)} % {days}) * interval '1 day'"
    changes: list[tuple[Any, Any, dict[str, str]]] = [
        (Order, order, {"buyer_id": who, "created_at": moment}),
        (OrderLine, line, {"order_id": f"{order.pk} + n", "uuid": "gen_random_uuid()", **sold}),
        (
            Payment,
            payment,
            {
                "order_id": f"{order.pk} + n",
                "payer_id": who,
                "payee_id": sold["seller_id"],
                "transaction_id": "'TXN' || n",
                "gateway_reference": "'pi_' || n",
                "completed_at": paid,
                "created_at": moment,
            },
        ),
        (
            PaymentShare,
            share,
            {
                "payment_id": f"{payment.pk} + n",
                "line_id": f"{line.pk} + n",
                "seller_id": sold["seller_id"],
            },
        ),
        (ShareMovement, movement, {"share_id": f"{share.pk} + n", "created_at": moment}),
        (
            DownloadEvent,
            event,
            {"line_id": f"{line.pk} + n", "listing_id": sold["listing_id"], "user_id": who, "created_at": moment},
        ),
    ]
    for model, prototype, changed in changes:
        copies(cursor, model, prototype.pk, sales, id=f"{prototype.pk} + n", **changed)


# ---------------------------------------------------------------- measuring
def _roll_up(days: int) -> list[str]:
    from commerce.selectors.listing_days import today
    from commerce.services.figures import listing_days_roll_up

    took = []
    for number in range(days):
        took.append(_seconds(listing_days_roll_up, today() - timedelta(days=number)))
        if (number + 1) % 100 == 0:
            print(f"{(number + 1) * 100 // days} % of the days rolled up", flush=True)
    again = _seconds(listing_days_roll_up, today() - timedelta(days=1))
    print(
        f"roll-up of a day: {statistics.median(took) * 1000:.0f} ms, the slowest {max(took) * 1000:.0f} ms, "
        f"one again {again * 1000:.0f} ms; of {days} days {sum(took):.0f} s"
    )
    return [f"a roll-up took {max(took):.1f} s"] if max(took) > ROLL_UP_TARGET else []


def _answers(first: int) -> list[str]:
    from django.db import connection
    from rest_framework.test import APIClient

    from accounts.authentication import access_token
    from accounts.models import User
    from marketplace.models import Listing

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    seller = User.objects.get(pk=Listing.objects.get(pk=first).seller_id)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(seller)}", SERVER_NAME="localhost")
    asked: list[tuple[str, str, dict[str, Any]]] = []
    for span in ("day", "month", "year"):
        asked += [
            (f"design, {span}", f"{ANALYTICS}/design-analytics", {"period": span, "design_id": first}),
            (f"user, {span}", f"{ANALYTICS}/user-analytics", {"period": span}),
            (f"sales, {span}", f"{ANALYTICS}/sales", {"period": span}),
        ]
    for days in (30, 365):
        asked.append((f"performance, {days} days", f"/api/v1/commerce/designs/{first}/performance", {"days": days}))
    asked.append(("pricing suggestion", PRICING, {"design_id": first}))
    missed = []
    for name, address, sent in asked:
        took = []
        for _ in range(RUNS):
            started = time.perf_counter()
            answer = client.post(address, sent, format="json") if address == PRICING else client.get(address, sent)
            took.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.content
        middle = statistics.median(took)
        print(f"{name:<24} p50 {middle * 1000:>6.0f} ms   slowest {max(took) * 1000:>6.0f} ms")
        if middle > ANSWER_TARGET:
            missed.append(f"{name}: {middle * 1000:.0f} ms")
    return missed


ANALYTICS = "/api/v1/analytics"
PRICING = "/api/v1/advanced-tools/pricing-suggestions"


def _seconds(act: Callable[[Any], Any], argument: Any) -> float:
    started = time.perf_counter()
    act(argument)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
