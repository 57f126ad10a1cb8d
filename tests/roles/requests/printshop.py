"""The print shop's requests."""

from tests.roles.requests.request import Request

PRINTSHOP: dict[str, Request] = {
    "auth.user": Request(),
    "auth.logout": Request(),
}
