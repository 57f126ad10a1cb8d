"""CultureUp does what its OpenAPI document says, for valid requests and for whatever else the document allows.

Schemathesis makes the requests from the document that the platform serves. They are the same ones in every run.
"""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.test import APIClient
from schemathesis.checks import not_a_server_error

from tests.roles.caller import call, route_of
from tests.roles.requests import CULTUREUP
from tests.roles.world import ROLES

pytestmark = pytest.mark.django_db
CALLERS = ("buyer", "admin")
AS_ALWAYS = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client(HTTP_ACCEPT="application/vnd.oai.openapi+json", HTTP_HOST="localhost").get("/api/schema/cultureup/")
    found: dict[str, Any] = json.loads(answer.content)
    return found


@pytest.fixture(scope="module")
def api(document):
    return schemathesis.openapi.from_dict(document)


def operation_of(api, name: str):
    route = route_of("cultureup", name)
    return api[f"/api{route.path}"][route.method]


@pytest.mark.parametrize("name", CULTUREUP)
def test_what_a_valid_request_is_answered_is_what_the_document_says(world, api, name):
    documented = operation_of(api, name)
    for role in ROLES:
        with transaction.atomic():
            answer = call(world, role, "cultureup", name)
            transaction.set_rollback(True)
        documented.validate_response(as_httpx(answer))


@pytest.mark.parametrize("name", [name for name in CULTUREUP if " (" not in name])
def test_requests_made_from_the_document(world, api, name):
    documented = operation_of(api, name)
    real = CULTUREUP[name].path(world)
    made = documented.as_strategy(path_parameters=real) | documented.as_strategy() if real else documented.as_strategy()

    @AS_ALWAYS
    @given(case=made)
    def once(case: schemathesis.Case) -> None:
        for role in CALLERS:
            with transaction.atomic():
                answer = send(case, world.bearer(role))
                transaction.set_rollback(True)
            case.validate_response(answer, checks=[not_a_server_error])
            documented.validate_response(answer)

    once()


def send(case: schemathesis.Case, client: APIClient) -> httpx.Response:
    """Over the test client, which leaves the transaction alone."""
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://localhost")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    content_type = sent.headers.pop("Content-Type", "application/json")
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.headers.items()}
    return as_httpx(client.generic(case.method, sent.path_url, body, content_type=content_type, **names))


def as_httpx(answer) -> httpx.Response:
    request = httpx.Request(answer.request["REQUEST_METHOD"], f"http://localhost{answer.request['PATH_INFO']}")
    found = httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content, request=request)
    found.elapsed = timedelta(0)
    return found
