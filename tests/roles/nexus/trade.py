"""Nexus's cart, coupons, purchases, dashboards, plans and bounties: requests, answers, what the world has for them."""

from tests.roles.requests.request import Request

REQUESTS: dict[str, Request] = {}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
}
# fmt: on
