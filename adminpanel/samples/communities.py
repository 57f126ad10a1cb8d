"""Communities on a fresh platform: one in which people write, one that is private, one that waits for staff."""

from collections.abc import Callable
from typing import Any, Final

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.selectors.people import account_named
from community.choices import CommunityStatus, Reaction
from community.models import Community
from community.services.communities import community_create, community_decide, community_join
from community.services.posts import post_create, post_react, post_update

COMMUNITIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "Low Poly Lovers",
        "description": "Few faces, clear shapes: models for games and prints, shown while they are made.",
        "icon": "\N{ICE CUBE}",
        "category": "Modelling",
        "rules": ["Be kind", "Say what is yours and what is not"],
    },
    {
        "name": "Printers' Workbench",
        "description": "What went wrong on the printer, and what helped.",
        "icon": "\N{PRINTER}",
        "category": "Printing",
        "is_private": True,
    },
    {
        "name": "Sculptors of Tomorrow",
        "description": "For those who have just begun.",
        "icon": "\N{SEEDLING}",
        "category": "Modelling",
    },
)
ACTIVE: Final = 2
MEMBERS: Final = ("artist_john", "ayesha_khan", "buyer_sarah")
POSTS: Final = (
    "Welcome! Show what you are working on, however early it is.",
    "A gear with 24 teeth in 400 triangles. Can it do with fewer?",
)


def sample_communities_make(*, maker: User, tell: Callable[[str], None]) -> None:
    """Only those that are not there yet."""
    for number, about in enumerate(COMMUNITIES):
        if Community.objects.filter(name=about["name"]).exists():
            continue
        community = community_create(actor=maker, **about)
        if number < ACTIVE:
            community_decide(actor=SYSTEM, community_id=community.pk, status=CommunityStatus.ACTIVE)
        if number == 0:
            _fill(community, maker)
    tell(f"{len(COMMUNITIES)} communities")


def _fill(community: Community, maker: User) -> None:
    members = [person for name in MEMBERS if (person := account_named(name)) is not None]
    for person in members:
        community_join(actor=person, community_id=community.pk)
    for content in POSTS:
        post = post_create(actor=maker, community_id=community.pk, content=content)
        for person, reaction in zip(members, (Reaction.LIKE, Reaction.FIRE, Reaction.LIKE), strict=False):
            post_react(actor=person, community_id=community.pk, post_id=post.pk, reaction=reaction)
        if content == POSTS[0]:
            pinned = {"is_pinned": True}
            post_update(actor=maker, community_id=community.pk, post_id=post.pk, changes=pinned)
