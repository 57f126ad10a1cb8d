"""Who may do what in the admin panel (the four levels: superuser, administrator, staff, content moderator).

The table of levels and actions is docs/reference/permissions.md.
"""

from accounts.actors import Actor
from accounts.policies import STAFF, level


def may_read_all(actor: Actor) -> bool:
    """People, jobs, payments and figures are read by staff; a content moderator alone has no business with them."""
    return level(actor) >= STAFF


def may_write_homepage(actor: Actor) -> bool:
    """What the homepage says, and which models its slider shows."""
    return level(actor) >= STAFF
