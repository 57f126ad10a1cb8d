"""Performs the requests of the table over HTTP."""

from typing import Any

from rest_framework.test import APIClient

from config.dialects.routing import Route
from tests.roles.requests import MOUNTS, REQUESTS, Request, as_json
from tests.roles.world import World

JSON = "application/json"


def address_of(dialect: str, route: Route, path: dict[str, int]) -> str:
    return MOUNTS[dialect] + route.path.format(**path)


def call(world: World, role: str, dialect: str, route: Route) -> Any:
    """The answer to the route's valid request by the caller of that role."""
    request: Request = REQUESTS[dialect][route.name]
    request.before(world, role)
    body = request.body(world, role) if request.body else None
    return send(world.bearer(role), route.method, address_of(dialect, route, request.path(world)), body, request.form)


def send(client: APIClient, method: str, address: str, body: dict[str, Any] | None, form: bool = False) -> Any:
    client.raise_request_exception = False
    if body is None:
        return client.generic(method, address)
    if form:
        return getattr(client, method.lower())(address, body, format="multipart")
    return client.generic(method, address, as_json(body), content_type=JSON)
