"""The requests of the table that honour an Idempotency-Key, and what is compared after two of them."""

import re
from typing import Any

from tests.roles.caller import route_of
from tests.roles.table import TABLE
from tests.roles.world import ROLES

# Rows of the sign-in, of the keys themselves, and what a dead process wrote to disk and the sweep removes.
PASSING = {"knox.authtoken", "core.idempotentcall", "accounts.profileview", "core.discardedfile"}
# What another request of the same person, or another try, changes.
ATTEMPTS = {"attempts", "last_login", "last_activity", "updated_at"}
# The audit trail tells of each time a refund is asked for, also when the one before died before it had begun. The check
# of a picture that died is a worker's.
CHECK = {
    *("marketplace.picture", "marketplace.comparedpicture", "marketplace.listing", "marketplace.statuschange"),
    *("accounts.notification", "accounts.delivery"),
}
MAY_DIFFER = {
    "cultureup.admin.payments.refund": {"core.auditentry"},
    "cultureup.artworks.create": CHECK,
    "cultureup.artworks.partial_update (an image)": CHECK,
    # The file that came along before the process died; it is swept.
    "nexus.models.upload": {"marketplace.uploadedfile"},
}
# Links, UUIDs, times, the sandbox's references, the numbers of payments and promotions.
ITS_OWN = re.compile(
    r"(chk|txn)_[0-9a-f]+|https?://\S+|/uploads/\S+|[0-9a-f-]{36}|20\d\d-\d\d-\S+|\w+_sandbox_\S+|(TXN|PROMO-|#)[0-9-]+"
)


def honours_a_key(dialect: str, name: str) -> bool:
    route = route_of(dialect, name)
    return bool(getattr(route.view, route.action).operation.idempotent)


def first_role(dialect: str, name: str) -> str | None:
    """Who may."""
    answers = zip(ROLES, map(int, TABLE[dialect][name].split()), strict=True)
    return next((role for role, status in answers if 200 <= status < 300), None)


KEYED = [
    (dialect, name, role)
    for dialect, rows in TABLE.items()
    for name in rows
    if honours_a_key(dialect, name) and (role := first_role(dialect, name)) is not None
]


def is_same_answer(name: str, again: Any, expected: Any) -> bool:
    """Whether the bodies say the same; of an artwork whose check was cut off, that it is the same kind of body."""
    if "artworks" in name:
        return again.keys() == expected.keys()
    return shape(again) == shape(expected)


def shape(body: Any) -> Any:
    """What is said twice in two worlds: their numbers, times and names of their own differ."""
    if isinstance(body, dict):
        return {name: shape(value) for name, value in body.items()}
    if isinstance(body, list):
        return [shape(value) for value in body]
    if isinstance(body, str):
        return ITS_OWN.sub("…", body)
    return "a number" if isinstance(body, int) and not isinstance(body, bool) else body
