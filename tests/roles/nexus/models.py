"""Nexus's 3-D models, uploads, collections and categories: requests, answers, and what the world has for them."""

from tests.roles.requests.request import Request

REQUESTS: dict[str, Request] = {
    "categories.list": Request(),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "categories.list":                             "200  200  200  200   200  200  200   200   200",
}
# fmt: on
