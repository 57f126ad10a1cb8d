"""The slash at the end, unknown paths, and the documents of each dialect."""

import re

import pytest
import yaml
from django.test import Client, override_settings
from rest_framework.test import APIClient

from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_token
from config.routes.cultureup import ROUTES as CULTUREUP
from config.routes.nexus import ROUTES as NEXUS
from config.routes.printshop import ROUTES as PRINTSHOP
from config.routes.v1 import ROUTES as V1

TABLES = {"cultureup": CULTUREUP, "nexus": NEXUS, "v1": V1, "printshop": PRINTSHOP}
MOUNTS = {"cultureup": "/api", "nexus": "/api", "v1": "/api/v1", "printshop": "/api/printshop"}


@pytest.mark.django_db
def test_the_slash_tells_two_dialects_apart():
    UserFactory(username="alice")
    body = {"username": "alice", "password": PASSWORD}

    cultureup = APIClient().post("/api/auth/login/", body, format="json")
    nexus = APIClient().post("/api/auth/login", body, format="json")

    assert set(cultureup.json()) == {"token", "user", "message"}
    assert set(nexus.json()) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("exact", "other"),
    [
        ("/api/auth/profile/", "/api/auth/profile"),
        ("/api/users/me", "/api/users/me/"),
        ("/api/printshop/auth/user", "/api/printshop/auth/user/"),
        ("/api/artist-profiles/?page_size=5", "/api/artist-profiles?page_size=5"),
    ],
)
def test_the_other_spelling_answers_too_where_it_is_free(exact, other):
    client = as_token(UserFactory())

    assert client.get(other).status_code == 200
    assert client.get(other).json().keys() == client.get(exact).json().keys()


@pytest.mark.django_db
def test_a_body_reaches_the_other_spelling():
    UserFactory(username="alice")

    response = APIClient().post("/api/v1/login/", {"username": "alice", "password": PASSWORD}, format="multipart")

    assert response.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/jobs/", {"GET", "HEAD", "POST"}),
        ("/api/admin/jobs/stats/", {"GET", "HEAD"}),
        ("/api/jobs/7/hire", {"POST"}),
        ("/api/users/me", {"DELETE", "GET", "HEAD", "PUT"}),
        ("/api/v1/commerce/designs", {"GET", "HEAD", "POST"}),
        ("/api/printshop/auth/user", {"GET", "HEAD"}),
    ],
)
def test_a_path_says_which_methods_it_has(path, methods):
    asked, refused = Client().options(path), Client().patch(path)

    assert (asked.status_code, asked.content, refused.status_code) == (204, b"", 405)
    assert set(asked["Allow"].split(", ")) == set(refused["Allow"].split(", ")) == methods | {"OPTIONS"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/nothing/", {"detail": "Not found."}),
        ("/api/nothing", {"detail": "Not found."}),
        ("/api/artist-profiles/abc/", {"detail": "Not found."}),
        ("/api/v1/nothing", {"detail": "Not found.", "status_code": 404}),
        ("/api/v1/nothing/", {"detail": "Not found.", "status_code": 404}),
        ("/api/printshop/nothing", {"error": "Resource doesn't exist", "status": 404}),
        ("/api/%00/", {"detail": "Not found."}),
        ("/api/", {"detail": "Not found."}),
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_path_is_404_in_the_dialects_form(path, body, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)

    assert (response.status_code, response.json()) == (404, body)
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/api/orders/1%0a/", "/api/v1/nothing%0a%0d", "/api/printshop/orders/1%0a"])
def test_a_path_with_a_line_break_is_unknown_in_the_dialects_form_also_while_developing(path, settings):
    settings.DEBUG = True
    response = Client().get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/json")


@pytest.mark.django_db
def test_the_print_shop_alone():
    client = as_token(UserFactory(username="alice"))
    with override_settings(ROOT_URLCONF="config.urls_printshop"):
        assert client.get("/api/auth/user").json()["username"] == "alice"
        assert client.get("/api/auth/profile/").json() == {"error": "Resource doesn't exist", "status": 404}
        assert client.get("/api/schema/printshop/").status_code == 200


@pytest.mark.parametrize("dialect", TABLES)
def test_each_dialect_serves_its_openapi_document(dialect):
    response = Client(HTTP_ACCEPT="application/vnd.oai.openapi").get(f"/api/schema/{dialect}/")

    document = yaml.load(response.content, yaml.CSafeLoader)
    assert (response.status_code, document["servers"]) == (200, [{"url": MOUNTS[dialect]}])
    listed = {
        (method.upper(), path): operation["operationId"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert listed == {(route.method, route.path): f"{dialect}.{route.name}" for route in TABLES[dialect]}


@pytest.mark.parametrize("path", ["/swagger/", "/api/docs/", "/redoc/", *(f"/swagger/{name}/" for name in TABLES)])
def test_the_documentation_pages_open(path):
    assert Client().get(path).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", TABLES)
def test_a_method_that_a_path_does_not_have_is_not_allowed(dialect):
    """Also where the view has an action of that name, such as `delete`, for another path."""
    methods: dict[str, set[str]] = {}
    for route in TABLES[dialect]:
        methods.setdefault(route.path, set()).add(route.method)
    client = APIClient(raise_request_exception=False)
    for path, known in methods.items():
        address = MOUNTS[dialect] + re.sub(r"\{\w+\}", "1", path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            assert client.generic(method, address).status_code == 405, (method, address)
