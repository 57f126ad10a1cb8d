"""What the dialects' OpenAPI documents say of an answer."""

import functools
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import schemathesis
from django.test import Client
from schemathesis.core.failures import FailureGroup

from tests.roles.caller import route_of


@functools.cache
def document(dialect: str) -> dict[str, Any]:
    """The document as the platform serves it."""
    accept = "application/vnd.oai.openapi+json"
    answer = Client(HTTP_ACCEPT=accept, HTTP_HOST="localhost").get(f"/api/schema/{dialect}/")
    found: dict[str, Any] = json.loads(answer.content)
    return found


@functools.cache
def api(dialect: str) -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_dict(document(dialect))
    # Made-up credentials would take the place of the caller's own: half of the requests would end at the door.
    schema.config.generation.update(with_security_parameters=False)
    return schema


def operation_of(dialect: str, name: str) -> schemathesis.APIOperation:
    route = route_of(dialect, name)
    return api(dialect)[route.path][route.method]


def faults_of(documented: schemathesis.APIOperation, answer: httpx.Response) -> list[str]:
    """In what an answer is unlike what the document says of it."""
    try:
        documented.validate_response(answer)
    except FailureGroup as faults:
        return [str(fault) for fault in faults.exceptions]
    except AssertionError as fault:
        return [str(fault)]
    return []


def as_httpx(answer) -> httpx.Response:
    path = quote(answer.request["PATH_INFO"])  # whatever was made up for a place in it
    request = httpx.Request(answer.request["REQUEST_METHOD"], f"http://localhost{path}")
    found = httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.getvalue(), request=request)
    found.elapsed = timedelta(0)
    return found
