"""Nexus's accounts and people: requests, answers, and what the world has for them."""

from accounts.services.sessions import refresh_token_issue
from accounts.services.verification import verification_token
from accounts.tests.factories import PASSWORD
from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Request, fixed

REQUESTS: dict[str, Request] = {
    "auth.register": Request(
        body=fixed(username="newcomer", email="newcomer@example.com", password=PASSWORD, full_name="New Comer")
    ),
    "auth.login": Request(body=fixed(email="eve@example.com", password=PASSWORD)),
    "auth.logout": Request(body=fixed()),
    "auth.refresh": Request(body=lambda world, _role: {"refresh_token": refresh_token_issue(world.bystander)}),
    "auth.verify_email": Request(body=lambda world, _role: {"token": verification_token(world.bystander)}),
    "auth.forgot_password": FORGOT,
    "auth.reset_password": RESET,
    "users.me": Request(),
    "users.me.password": CHANGE,
}

# fmt: off
TABLE = {
    #                                              anon bob  char alice dora mod  staff admin super
    "auth.register":                               "201  201  201  201   201  201  201   201   201",
    "auth.login":                                  "200  200  200  200   200  200  200   200   200",
    "auth.logout":                                 "401  200  200  200   200  200  200   200   200",
    "auth.refresh":                                "200  200  200  200   200  200  200   200   200",
    "auth.verify_email":                           "200  200  200  200   200  200  200   200   200",
    "auth.forgot_password":                        "200  200  200  200   200  200  200   200   200",
    "auth.reset_password":                         "200  200  200  200   200  200  200   200   200",
    "users.me":                                    "401  200  200  200   200  200  200   200   200",
    "users.me.password":                           "401  200  200  200   200  200  200   200   200",
}
# fmt: on
