"""Measure the search of the admin site (Ctrl-K) over a catalogue and as many people, orders, payments and tickets.

    python -m bench.admin_search [--size 1000000] [--times 20] [--smallest]

There are `--size` artworks and as many 3-D models, and a tenth as many people, orders, payments, tickets and jobs. Each
text is searched for as a superuser sees it, in the process and by the page's own selector. Ends with status 1 when the
p95 of a text is above the target, or when what must be found is not. PostgreSQL is started for the run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench.catalogue import COMMON_WORD, NOISE, RARE_WORD, copies, fill
from bench.runs import ended, parsed
from bench.servers import PYTHON, Services
from config.launcher.environment import PROJECT_DIR

TARGET = 0.2
"""Seconds, of 95 in 100 searches for a text."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    options = vars(parsed(parser, arguments, size=200, times=2))
    with ExitStack() as stack:
        services = Services(stack)
        environment = services.environment(services.database("admin_search")) | {"LOG_LEVEL": "WARNING"}
        inside = "import sys; from bench import admin_search; sys.exit(admin_search.inside())"
        measured = subprocess.run([PYTHON, "-c", inside, json.dumps(options)], cwd=PROJECT_DIR, env=environment)
    return measured.returncode


def inside() -> int:
    """What runs with the platform's settings."""
    import django

    django.setup()
    options = argparse.Namespace(**json.loads(sys.argv[1]))
    started = time.perf_counter()
    catalogue = fill(artworks=options.size, buyers=1)
    texts = _others(max(options.size // 10, 20))
    texts |= {
        "a title's rare word": (RARE_WORD, "marketplace.Artwork"),
        "a word in one title of 16": (COMMON_WORD, "marketplace.Artwork"),
        "a word in every description": ("painted", "marketplace.Artwork"),
        "two common words": (f"golden {COMMON_WORD}", "marketplace.Artwork"),
        "two that never meet": (f"golden {RARE_WORD}x", ""),
        "beginnings": ("go ha", "marketplace.Artwork"),
        "two letters": ("go", "marketplace.Artwork"),
        "an id": (f"#{catalogue['last_model']}", "marketplace.Model3D"),
        "nothing": ("qqqq", ""),
    }
    print(f"filled in {time.perf_counter() - started:.0f} s\n\n{'':34}     p50     p95   worst  found", flush=True)
    missed, wrong = [], []
    for name, (text, label) in texts.items():
        taken, found = _measured(text, options.times)
        p95 = taken[min(len(taken) - 1, int(len(taken) * 0.95))]
        figures = " ".join(f"{seconds * 1000:7.0f}" for seconds in (statistics.median(taken), p95, taken[-1]))
        print(f"{name:34} {figures} {len(found):6}", flush=True)
        if p95 > TARGET:
            missed.append(f"{name}: p95 {p95 * 1000:.0f} ms")
        if (label and label not in found) or (not label and found):
            wrong.append(f"{name}: found {found}")
    return ended(options, missed=missed, wrong=wrong)


def _measured(text: str, times: int) -> tuple[list[float], list[str]]:
    from accounts.actors import SYSTEM
    from adminpanel.selectors.records import LABELS, records_found

    taken, found = [], []
    for _ in range(times):
        began = time.perf_counter()
        found = [record.label for record in records_found(actor=SYSTEM, text=text, labels=LABELS)]
        taken.append(time.perf_counter() - began)
    return sorted(taken), found


def _others(number: int) -> dict[str, tuple[str, str]]:
    """People, orders, payments, tickets and jobs; what is looked for of each, and where it must be found."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from commerce.models import Order, Payment
    from community.models import SupportTicket
    from jobs.models import Job
    from marketplace.models import Category

    person = User(username="ann", email="ann@example.com", first_name="Ann", last_name="Lee", password="!")
    person.save()
    seller = User.objects.order_by("pk")[0]
    order = Order.objects.create(buyer=person, channel="cultureup", currency="PKR", total_amount=10)
    money = {"amount": 10, "platform_fee": 1, "artist_earning": 9, "currency": "PKR", "payment_method": "stripe"}
    payment = Payment.objects.create(payer=person, payee=seller, order=order, transaction_id="TXN0", **money)
    ticket = SupportTicket.objects.create(number="TICK-0", user=person, issue_type="other", subject="Torn wrapping")
    job = Job.objects.create(
        buyer=person,
        title="A mural",
        description="On a wall",
        category=Category.objects.all()[0],
        budget_min=1,
        budget_max=2,
        currency="PKR",
        duration_days=3,
        deadline=timezone.now(),
    )
    family = f"(ARRAY['moreau','silva','okafor','tanaka','larsen'])[1 + {NOISE.format(seed=1)} % 5] || n % 5000"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET statement_timeout = 0")
        for model, prototype, changed in (
            (
                User,
                person.pk,
                {
                    "id": f"{person.pk} + n",
                    "username": "'person' || n",
                    "username_key": "'PERSON' || n",
                    "email": "'person' || n || '@example.com'",
                    "email_key": "'person' || n || '@example.com'",
                    "search_key": f"'person' || n || ' ann ' || {family}",
                },
            ),
            (Order, order.pk, {"id": f"{order.pk} + n", "buyer_id": f"{person.pk} + n"}),
            (
                Payment,
                payment.pk,
                {
                    "id": f"{payment.pk} + n",
                    "order_id": f"{order.pk} + n",
                    "payer_id": f"{person.pk} + n",
                    "transaction_id": "'TXN' || (100000000000000 + n)",
                    "gateway_reference": "'pi_' || n",
                    "attempt": "gen_random_uuid()",
                },
            ),
            (
                SupportTicket,
                ticket.pk,
                {
                    "id": f"{ticket.pk} + n",
                    "number": "'TICK-2026-' || n",
                    "user_id": f"{person.pk} + n",
                    "subject_key": "'torn wrapping of parcel ' || n",
                },
            ),
            (Job, job.pk, {"id": f"{job.pk} + n", "title_key": "'mural number ' || n"}),
        ):
            copies(cursor, model, prototype, number, **changed)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    last = number - 1
    return {
        "a person by name and family name": (f"person{last} ann", "accounts.User"),
        "everybody's first name": ("ann", "accounts.User"),
        "a person by the e-mail's beginning": (f"person{last}@exa", "accounts.User"),
        "a payment": (f"TXN{100000000000000 + last}", "commerce.Payment"),
        "a payment by the gateway's id": (f"pi_{last}", "commerce.Payment"),
        "an order": (f"#{order.pk + last}", "commerce.Order"),
        "a ticket": (f"TICK-2026-{last}", "community.SupportTicket"),
        "a ticket by its subject": (f"torn parcel {last}", "community.SupportTicket"),
        "a job": (f"mural {last}", "jobs.Job"),
    }


if __name__ == "__main__":
    sys.exit(main())
