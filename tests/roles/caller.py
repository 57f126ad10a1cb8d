"""Performs the requests of the table over HTTP."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files.base import File
from rest_framework.test import APIClient

from config.dialects.routing import Route
from config.routes.cultureup import ROUTES as CULTUREUP
from config.routes.nexus import ROUTES as NEXUS
from config.routes.printshop import ROUTES as PRINTSHOP
from config.routes.v1 import ROUTES as V1
from tests.roles.requests.every import MOUNTS, REQUESTS
from tests.roles.requests.request import as_json
from tests.roles.world import World

JSON = "application/json"
ROUTES = {"cultureup": CULTUREUP, "nexus": NEXUS, "v1": V1, "printshop": PRINTSHOP}


def address_of(dialect: str, route: Route, path: dict[str, int]) -> str:
    return MOUNTS[dialect] + route.path.format(**path)


def route_of(dialect: str, name: str) -> Route:
    """`orders.get (another's)` is a request of the route `orders.get`."""
    plain = name.partition(" (")[0]
    return next(route for route in ROUTES[dialect] if route.name == plain)


@dataclass(frozen=True)
class Sent:
    """A request that can be sent more than once, with an Idempotency-Key and with fields beside its own."""

    client: APIClient
    method: str
    address: str
    body: dict[str, Any] | None
    form: bool

    def __call__(self, *, key: str = "", extra: dict[str, Any] | None = None) -> Any:
        body = self.body if extra is None else (self.body or {}) | extra
        for value in (body or {}).values():
            if isinstance(value, File):
                value.seek(0)
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        return send(self.client, self.method, self.address, body, self.form, **headers)


def sent_by(world: World, role: str, dialect: str, name: str) -> Sent:
    """The named valid request by the caller of that role."""
    route, request = route_of(dialect, name), REQUESTS[dialect][name]
    request.before(world, role)
    body = request.body(world, role) if request.body else None
    address = address_of(dialect, route, request.path(world))
    if query := request.query(world) if callable(request.query) else request.query:
        address = f"{address}?{urlencode(query)}"
    return Sent(world.bearer(role), route.method, address, body, request.form)


def call(world: World, role: str, dialect: str, name: str) -> Any:
    """The answer to the named valid request by the caller of that role."""
    return sent_by(world, role, dialect, name)()


def send(
    client: APIClient, method: str, address: str, body: dict[str, Any] | None, form: bool = False, **headers: str
) -> Any:
    client.raise_request_exception = False
    if body is None:
        return client.generic(method, address, **headers)  # type: ignore[arg-type]
    if form:
        return getattr(client, method.lower())(address, body, format="multipart", **headers)
    return client.generic(method, address, as_json(body), content_type=JSON, **headers)  # type: ignore[arg-type]
