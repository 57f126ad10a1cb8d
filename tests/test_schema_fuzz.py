"""The first three dialects answer as their OpenAPI documents say, to whatever these allow (tests/test_roles.py: every
dialect, to its valid requests).

Schemathesis makes the requests from the document that the platform serves. They are the same ones in every run.
"""

import httpx
import pytest
import requests
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV30SpecValidator
from rest_framework.test import APIClient

from tests.documented import as_httpx, document, faults_of, operation_of
from tests.roles.requests.every import MOUNTS, REQUESTS
from tests.roles.table import TABLE

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


@pytest.mark.parametrize("dialect", TABLE)
def test_the_document_is_an_openapi_document(dialect):
    faults = OpenAPIV30SpecValidator(document(dialect)).iter_errors()
    assert [str(fault) for fault in faults] == []


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


def send(case: schemathesis.Case, client: APIClient, mount: str) -> httpx.Response:
    """Over the test client, which leaves the transaction alone."""
    sent = requests.Request(**case.as_transport_kwargs(base_url=f"http://localhost{mount}")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    content_type = sent.headers.pop("Content-Type", "application/json")
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.headers.items()}
    answer = client.generic(case.method, sent.path_url, body, content_type=content_type, **names)  # type: ignore[arg-type]
    return as_httpx(answer)
