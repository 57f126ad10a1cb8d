"""Who may do what with accounts and profiles."""

from accounts.actors import Actor, System
from accounts.models import ArtistProfile, BuyerProfile, User


def may_see_contact(actor: Actor, user: User) -> bool:
    """E-mail, telephone, address and totals: the person and staff. Counterparties are the order's or job's matter."""
    if isinstance(actor, System):
        return True
    return isinstance(actor, User) and (actor.pk == user.pk or actor.is_staff_member)


def may_see_inactive(actor: Actor) -> bool:
    """Profiles of deactivated accounts."""
    return isinstance(actor, System) or (isinstance(actor, User) and actor.is_staff_member)


def may_have_artist_profile(actor: User) -> bool:
    return actor.may_sell


def may_change_profile(actor: Actor, profile: ArtistProfile | BuyerProfile) -> bool:
    return actor.pk is not None and actor.pk == profile.user_id
