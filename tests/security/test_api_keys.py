"""What a personal API key opens, over all routes."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.choices import KeyScope
from accounts.services.api_keys import key_made
from accounts.tests.factories import ApiKeyFactory
from accounts.tests.people import as_key
from config.dialects.routing import Route
from config.routes.scopes import SCOPES
from tests.roles.caller import ROUTES, address_of
from tests.roles.requests.every import REQUESTS

pytestmark = pytest.mark.django_db
# Of the parts of their names, those that no key is ever good for.
NEVER = {
    *("admin", "api_keys", "sessions", "password", "forgot_password", "reset_password", "twofactor", "oauth", "social"),
    "exports",
    *("login", "logout", "register", "callback", "verify_email"),
}
# The account's address and name, where money and messages go to after the key has ended, whose shop it is, and what
# staff keep.
CLOSED = {
    "cultureup": """
        auth.profile_put auth.profile_patch analytics.list analytics.get analytics.calculate_today
        equipment.create equipment.update equipment.partial_update equipment.delete
    """,
    "nexus": """
        auth.refresh users.me.update users.me.delete categories.create categories.update categories.delete
        pricing.plans.create pricing.plans.update pricing.plans.delete
        tutorials.create tutorials.update tutorials.delete
        testimonials.create testimonials.update testimonials.delete
        users.me.webhooks.create users.me.webhooks.update users.me.webhooks.rotate_secret
    """,
    "v1": "auth.me.delete payment_methods.add payment_methods.verify payment_methods.send_code payout_settings.update",
    "printshop": """
        shop.disconnect printers.accept_certificate webhooks.create webhooks.update webhooks.rotate_secret
    """,
}
EVERY = [(dialect, route) for dialect, routes in ROUTES.items() for route in routes]


def is_never(route: Route) -> bool:
    return not NEVER.isdisjoint(route.name.split(".")) and not route.name.startswith("chat.")


def test_each_operation_is_for_one_scope_or_closed():
    """A new one is listed in config/routes/scopes.py, or in CLOSED here."""
    for dialect, routes in ROUTES.items():
        names = {route.name for route in routes}
        closed = set(CLOSED[dialect].split()) | {route.name for route in routes if is_never(route)}
        assert set(SCOPES[dialect]) | closed == names
        assert set(SCOPES[dialect]) & closed == set()


def test_reading_is_what_get_does():
    wrong = [
        (dialect, route.name)
        for dialect, route in EVERY
        if (scope := SCOPES[dialect].get(route.name)) and (scope == KeyScope.READ) != (route.method == "GET")
    ]
    assert wrong == []


def test_no_route_opens_to_a_key_without_its_scope(world):
    """By the roof's own addresses, one after the other; those whose caller is not looked at take no key either."""
    bob = world.people["buyer"]
    lacking = {
        scope: as_key(bob, *(other for other in KeyScope.values if other != scope)) for scope in ("", *KeyScope.values)
    }
    opened, tried = [], 0
    for dialect, route in EVERY:
        if route.view.authentication_classes == ():
            continue
        scope = SCOPES[dialect].get(route.name, "")
        answer = send(world, lacking[scope], dialect, route)
        tried += 1
        if answer.status_code != 403 or answer.json().get("scope") != scope:
            opened.append((dialect, route.name, answer.status_code))
    assert opened == []
    assert tried > 450


def test_each_read_opens_to_a_key_that_reads(world):
    """As to its person; but for what they see as staff."""
    program = as_key(world.people["buyer"], "read")
    person = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(world.people['buyer'])}")
    reads = [(d, route) for d, route in EVERY if SCOPES[d].get(route.name) == KeyScope.READ]
    differ = [
        (dialect, route.name, answers)
        for dialect, route in reads
        if len(set(answers := [send(world, client, dialect, route).status_code for client in (program, person)])) > 1
    ]
    assert differ == []


def send(world: Any, client: APIClient, dialect: str, route: Route) -> Any:
    client.raise_request_exception = False
    path = REQUESTS[dialect][route.name].path(world)
    return client.generic(route.method, address_of(dialect, route, path))


def test_a_key_of_staff_is_nobodys_above_others(world):
    """bob's order is staff's to see, a draft of alice's too: to a key of theirs neither."""
    for role in ("superuser", "admin", "staff"):
        program = as_key(world.people[role], *KeyScope.values)
        assert program.get(f"/api/orders/{world.paid_order.pk}/").status_code == 404
        assert program.patch(f"/api/orders/{world.posted.pk}/", {"status": "shipped"}, format="json").status_code == 404
        assert program.get(f"/api/artworks/{world.pending.pk}/").status_code == 404
        assert program.delete(f"/api/models/{world.design.pk}").status_code in {403, 404}
        assert program.get("/api/admin/users/").status_code == 403


@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
def test_what_is_no_key_opens_nothing_and_costs_little(world, scheme, django_assert_num_queries):
    text = key_made()
    ApiKeyFactory.create(user=world.people["buyer"], text=text)
    with django_assert_num_queries(0):
        for wrong in (text[:-1], text + "0", text[:-6] + "000000", "atl_", "atl_" + "x" * 60_000, f"{text} {text}"):
            answer = APIClient(HTTP_AUTHORIZATION=f"{scheme} {wrong}").get("/api/users/me")
            assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid API key."})


def test_a_key_costs_a_request_no_more_than_a_token(world):
    costs = []
    for client in (world.bearer("buyer"), as_key(world.people["buyer"], "read")):
        client.get("/api/users/me")  # of a key its use is noted then, once a minute
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/api/users/me").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_key_in_the_address_or_a_browser_opens_nothing(world):
    text = key_made()
    ApiKeyFactory.create(user=world.people["buyer"], text=text)
    assert APIClient().get("/api/users/me", {"token": text, "Authorization": f"Bearer {text}"}).status_code == 401
    page = Client(HTTP_AUTHORIZATION=f"Bearer {text}").get("/admin/")
    assert page.status_code == 302 and "/admin/login/" in page["Location"]


def test_throttled_as_its_person(world, settings):
    settings.RATE_LIMITS = "on"
    bob = world.people["buyer"]
    clients = [as_key(bob, "read"), as_key(bob, "read"), world.bearer("buyer")]
    left = [int(client.get("/api/printshop/filaments")["X-RateLimit-Remaining"]) for client in clients]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_a_key_connects_no_shop(world):
    """Where signing in looks at the caller by itself, a key is nobody."""
    program = as_key(world.people["buyer"], *KeyScope.values)
    assert program.get("/api/printshop/auth/login").status_code == 400  # Etsy is not configured, as for a stranger
