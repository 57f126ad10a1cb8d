"""What a person has to do with hiring, on their page."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from django.http import HttpRequest

from accounts.models import User
from config.adminsite.amounts import in_currency
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from jobs.models import Bid, Bounty, Job
from jobs.policies import may_manage_jobs

SHOWN: Final = 20


def work_of_person(request: HttpRequest, person: User) -> Iterator[Panel]:
    """Jobs they gave and were hired for, bids, and bounties they gave. The newest of each; four queries."""
    if not may_manage_jobs(request.user):
        return
    yield _jobs(request, person)
    yield _bids(request, person)
    yield _bounties(request, person)


def _jobs(request: HttpRequest, person: User) -> Panel:
    """Each of the two ways has its index; asked for at once, neither is used."""
    rows = Job.objects.defer("description").select_related("buyer", "hired_artist").order_by("-created_at", "-pk")
    found = {
        job.pk: job for which in ({"buyer": person}, {"hired_artist": person}) for job in rows.filter(**which)[:SHOWN]
    }
    newest = sorted(found.values(), key=attrgetter("created_at", "pk"), reverse=True)[:SHOWN]
    return Panel(
        "Jobs",
        ("Job", "Buyer", "Hired", "State", "For", "Posted"),
        [
            (
                link(job, row_address(request, "jobs.Job", job.pk)),
                str(job.buyer),
                str(job.hired_artist or ""),
                job.get_status_display(),
                in_currency(job.final_amount, job.currency),
                job.created_at,
            )
            for job in newest
        ],
        address=list_address(request, "jobs.Job", f"buyer__id__exact={person.pk}"),
        numeric=(4,),
    )


def _bids(request: HttpRequest, person: User) -> Panel:
    bids = Bid.objects.filter(artist=person).select_related("job").order_by("-created_at", "-pk")
    return Panel(
        "Bids",
        ("On", "Amount", "State", "When"),
        [
            (
                link(bid.job, row_address(request, "jobs.Bid", bid.pk)),
                in_currency(bid.bid_amount, bid.job.currency),
                bid.get_status_display(),
                bid.created_at,
            )
            for bid in bids[:SHOWN]
        ],
        address=list_address(request, "jobs.Bid", f"artist__id__exact={person.pk}"),
        numeric=(1,),
    )


def _bounties(request: HttpRequest, person: User) -> Panel:
    bounties = Bounty.objects.filter(creator=person).defer("description", "requirements").select_related("winner")
    return Panel(
        "Bounties",
        ("Bounty", "Budget", "State", "Winner", "Made"),
        [
            (
                link(bounty, row_address(request, "jobs.Bounty", bounty.pk)),
                in_currency(bounty.budget, bounty.currency),
                bounty.get_status_display(),
                str(bounty.winner or ""),
                bounty.created_at,
            )
            for bounty in bounties.order_by("-created_at", "-pk")[:SHOWN]
        ],
        numeric=(1,),
    )
