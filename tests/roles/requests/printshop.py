"""The print shop's requests."""

from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Request

PRINTSHOP: dict[str, Request] = {
    "auth.user": Request(),
    "auth.logout": Request(),
    "auth.password.change": CHANGE,
    "auth.password.forgot": FORGOT,
    "auth.password.reset": RESET,
}
