"""Every dialect answers as its OpenAPI document says; the first three also to whatever else their documents allow.

Schemathesis makes the requests from the document that the platform serves. They are the same ones in every run.
"""

import functools
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV30SpecValidator
from rest_framework.test import APIClient
from schemathesis.core.failures import FailureGroup

from tests.roles.caller import call, route_of
from tests.roles.requests.every import MOUNTS, REQUESTS
from tests.roles.table import TABLE
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


@functools.cache
def document(dialect: str) -> dict[str, Any]:
    """The document as the platform serves it."""
    accept = "application/vnd.oai.openapi+json"
    answer = Client(HTTP_ACCEPT=accept, HTTP_HOST="localhost").get(f"/api/schema/{dialect}/")
    found: dict[str, Any] = json.loads(answer.content)
    return found


@functools.cache
def api(dialect: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(document(dialect))


def operation_of(dialect: str, name: str) -> schemathesis.APIOperation:
    route = route_of(dialect, name)
    return api(dialect)[route.path][route.method]


@pytest.mark.parametrize("dialect", TABLE)
def test_the_document_is_an_openapi_document(dialect):
    faults = OpenAPIV30SpecValidator(document(dialect)).iter_errors()
    assert [str(fault) for fault in faults] == []


ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows]


@pytest.mark.parametrize(("dialect", "name"), ROWS, ids=[f"{dialect}.{name}" for dialect, name in ROWS])
def test_what_a_valid_request_is_answered_is_what_the_document_says(world, dialect, name):
    documented = operation_of(dialect, name)
    for role in ROLES:
        with transaction.atomic():
            answer = call(world, role, dialect, name)
            transaction.set_rollback(True)
        assert faults_of(documented, as_httpx(answer)) == [], role


MADE = [(dialect, name) for dialect in ("cultureup", "v1", "nexus") for name in REQUESTS[dialect] if " (" not in name]


@pytest.mark.parametrize(("dialect", "name"), MADE, ids=[f"{dialect}.{name}" for dialect, name in MADE])
def test_requests_made_from_the_document(world, dialect, name):
    documented = operation_of(dialect, name)
    real = REQUESTS[dialect][name].path(world)
    made = documented.as_strategy(path_parameters=real) | documented.as_strategy() if real else documented.as_strategy()

    @AS_ALWAYS
    @given(case=made)
    def once(case: schemathesis.Case) -> None:
        for role in CALLERS:
            with transaction.atomic():
                answer = send(case, world.bearer(role), MOUNTS[dialect])
                transaction.set_rollback(True)
            assert answer.status_code < 500, case.as_curl_command()
            assert faults_of(documented, answer) == [], case.as_curl_command()

    once()


def faults_of(documented: schemathesis.APIOperation, answer: httpx.Response) -> list[str]:
    """In what an answer is unlike what the document says of it."""
    try:
        documented.validate_response(answer)
    except FailureGroup as faults:
        return [str(fault) for fault in faults.exceptions]
    except AssertionError as fault:
        return [str(fault)]
    return []


def send(case: schemathesis.Case, client: APIClient, mount: str) -> httpx.Response:
    """Over the test client, which leaves the transaction alone."""
    sent = requests.Request(**case.as_transport_kwargs(base_url=f"http://localhost{mount}")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    content_type = sent.headers.pop("Content-Type", "application/json")
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.headers.items()}
    answer = client.generic(case.method, sent.path_url, body, content_type=content_type, **names)  # type: ignore[arg-type]
    return as_httpx(answer)


def as_httpx(answer) -> httpx.Response:
    path = quote(answer.request["PATH_INFO"])  # whatever was made up for a place in it
    request = httpx.Request(answer.request["REQUEST_METHOD"], f"http://localhost{path}")
    found = httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.getvalue(), request=request)
    found.elapsed = timedelta(0)
    return found
