"""What Nexus's document promises at the root of the server."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.operation("nexus.root")
def test_the_root(client):
    answer = client.get("/")
    assert (answer.status_code, answer.json()) == (200, {"message": "Nexus Models API"})
    assert client.post("/").status_code == 405


@pytest.mark.operation("nexus.api_docs")
def test_the_documentation(client):
    answer = client.get("/docs")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert "/api/schema/nexus/" in answer.content.decode()
