"""Bounties: written, applied to, delivered and ended. What moves their money is commerce's
(`commerce.services.bounties`)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from config.core.announce import announce
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.money import exact
from config.core.names import is_seen
from jobs import policies
from jobs.choices import SENT_BACK, BountyStatus
from jobs.errors import AlreadyApplied, BountyNotOpen, OwnBounty, WrongBountyStatus
from jobs.models import Bounty, BountyApplication, BountyChange
from jobs.services.states import bounty_lock, bounty_status_change

WORDS: Final = ("title", "description", "requirements", "budget", "deadline")


# ---------------------------------------------------------------- writing
def bounty_create(
    *,
    actor: User,
    title: str,
    description: str,
    budget: Decimal,
    requirements: str = "",
    deadline: datetime | None = None,
) -> Bounty:
    """In the currency of the market for 3-D models. Nothing is charged before a winner is chosen. Raises Invalid."""
    bounty = Bounty(creator=actor, currency=settings.CURRENCIES["nexus"])
    _write(bounty, title=title, description=description, budget=budget, requirements=requirements, deadline=deadline)
    with transaction.atomic():
        bounty.save()
        BountyChange.objects.create(bounty=bounty, after=bounty.status, actor=actor)
    return bounty


def bounty_rewrite(bounty: Bounty, *, actor: Actor, **words: Any) -> None:
    """Other words of a locked open bounty; administrators' are in the audit trail. Raises Invalid and
    WrongBountyStatus."""
    if bounty.status != BountyStatus.OPEN:
        raise WrongBountyStatus("Only an open bounty can be changed.")
    if policies.is_bounty_creator(actor, bounty):
        _write(bounty, **words)
        bounty.save()
        return
    with audited(actor, "bounty.change", bounty, "title", "budget", "status"):
        _write(bounty, **words)
        bounty.save()


def _write(bounty: Bounty, **words: Any) -> None:
    for name, value in words.items():
        if name in {"title", "description"} and not is_seen(value):
            raise Invalid("This field may not be blank.", field=name)
        if name == "budget":
            value = exact(value, bounty.currency, field="budget")
            if value <= 0:
                raise Invalid("The budget must be positive.", field="budget")
        if name == "deadline" and value is not None and value <= timezone.now():
            raise Invalid("The deadline must be in the future.", field="deadline")
        setattr(bounty, name, value)


def bounty_lock_managed(actor: Actor, bounty_id: int) -> Bounty:
    """Locked. Raises Missing for what the actor may not see, and Denied."""
    if not policies.bounties_visible_to(actor).filter(pk=bounty_id).exists():
        raise Missing("Bounty")
    bounty = bounty_lock(bounty_id)
    if bounty.removed_at is not None:
        raise Missing("Bounty")
    if not policies.may_manage_bounty(actor, bounty):
        raise Denied
    return bounty


# ---------------------------------------------------------------- applying
def bounty_apply(*, actor: User, bounty_id: int, message: str, portfolio_url: str = "") -> BountyApplication:
    """Once, while it is open and its deadline has not passed; its creator is told. Raises Missing, OwnBounty,
    BountyNotOpen, AlreadyApplied, Denied for whom its creator has blocked, and Invalid."""
    if not is_seen(message):
        raise Invalid("This field may not be blank.", field="message")
    if not policies.bounties_visible_to(actor).filter(pk=bounty_id).exists():
        raise Missing("Bounty")
    with transaction.atomic():
        bounty = bounty_lock(bounty_id)
        if policies.is_bounty_creator(actor, bounty):
            raise OwnBounty
        over = bounty.deadline is not None and bounty.deadline <= timezone.now()
        if bounty.status != BountyStatus.OPEN or over or bounty.removed_at is not None:
            raise BountyNotOpen
        if BountyApplication.objects.filter(bounty=bounty, user=actor).exists():
            raise AlreadyApplied
        announce("jobs.offered", writer=actor, reader=bounty.creator)
        application = BountyApplication.objects.create(
            bounty=bounty, user=actor, message=message, portfolio_url=portfolio_url
        )
        Bounty.objects.filter(pk=bounty.pk).update(applicants_count=F("applicants_count") + 1)
        _tell(bounty.creator, bounty, "New application", f'{actor.username} applied for "{bounty.title}"')
    return application


# ---------------------------------------------------------------- work
def bounty_start(bounty: Bounty, *, winner: User, actor: Actor) -> None:
    """A locked bounty's budget is here: who was chosen is its winner."""
    bounty.winner, bounty.awarded_at = winner, timezone.now()
    bounty.save(update_fields=["winner", "awarded_at"])
    bounty_status_change(bounty, BountyStatus.IN_PROGRESS, actor=actor, reason=f"{winner.username} was chosen")
    _tell(winner, bounty, "You were chosen", f'You are the winner of "{bounty.title}". Its budget is held for you')


def bounty_deliver(*, actor: User, bounty_id: int) -> Bounty:
    """The winner says that the work is done; its creator is told, and has 14 days to answer. Raises Missing, Denied and
    WrongBountyStatus."""
    if not policies.bounties_visible_to(actor).filter(pk=bounty_id).exists():
        raise Missing("Bounty")
    with transaction.atomic():
        bounty = bounty_lock(bounty_id)
        if bounty.winner_id != actor.pk:
            raise Denied
        if bounty.status != BountyStatus.IN_PROGRESS or bounty.delivered_at is not None:
            raise WrongBountyStatus("Only work in progress is delivered, and once.")
        bounty_turn(bounty, actor=actor, delivered=True)
        _tell(bounty.creator, bounty, "Work delivered", f'{actor.username} has delivered "{bounty.title}"')
    return bounty


def bounty_turn(bounty: Bounty, *, actor: Actor, delivered: bool) -> None:
    """Whose turn it is. The history says so as well, since a dispute may be about it."""
    bounty.delivered_at = timezone.now() if delivered else None
    bounty.save(update_fields=["delivered_at", "updated_at"])
    reason = "delivered" if delivered else SENT_BACK
    BountyChange.objects.create(
        bounty=bounty, before=bounty.status, after=bounty.status, actor_id=actor.pk, reason=reason
    )
    if not delivered and bounty.winner is not None:
        _tell(bounty.winner, bounty, "Work sent back", f'"{bounty.title}" is to be changed')


def bounty_finish(bounty: Bounty, *, actor: Actor, reason: str) -> None:
    """The work on a locked bounty is accepted."""
    bounty_status_change(bounty, BountyStatus.COMPLETED, actor=actor, reason=reason)
    for user in (bounty.creator, bounty.winner):
        if user is not None and user.pk != actor.pk:
            _tell(user, bounty, "Bounty completed", f'"{bounty.title}" is completed')


def bounty_end(bounty: Bounty, *, actor: Actor, reason: str, because: str = "") -> None:
    """A locked bounty is closed without a result. Its winner is told, or those who applied are, and its creator if
    somebody else did it; with the words `because`."""
    bounty_status_change(bounty, BountyStatus.CLOSED, actor=actor, reason=because or reason)
    if bounty.winner is not None:
        told = [bounty.winner]
    else:
        told = [application.user for application in bounty.applications.select_related("user").order_by("pk")]
    if bounty.creator_id != actor.pk and (bounty.winner is not None or actor.pk is not None):
        told.append(bounty.creator)  # not who closes their account, which the platform does
    for user in told:
        _tell(user, bounty, "Bounty closed", _with_reason(f'"{bounty.title}" was closed', because))


def bounty_take_away(bounty: Bounty, *, actor: Actor, because: str = "") -> None:
    """Out of sight, for good. Its creator is told of what staff took away."""
    bounty.removed_at = timezone.now()
    bounty.save(update_fields=["removed_at", "updated_at"])
    if actor.pk not in (None, bounty.creator_id):
        _tell(bounty.creator, bounty, "Bounty removed", _with_reason(f'"{bounty.title}" was removed', because))


def _with_reason(words: str, because: str) -> str:
    return f"{words}: {because}" if because else words


def _tell(user: User, bounty: Bounty, title: str, message: str) -> None:
    notification_send(
        user=user,
        notification_type=NotificationType.BOUNTY_UPDATED,
        title=title,
        message=message,
        data={"bounty_id": bounty.pk},
    )
