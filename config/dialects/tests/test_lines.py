"""Names in bodies are one line that can be seen, in every dialect, and so are those of forms."""

import orjson
import pytest
from rest_framework.test import APIRequestFactory

from config.adminsite.lines import LineField
from config.dialects.fields import TextsField
from config.dialects.tests.edges import VIEWS, ask

each_dialect = pytest.mark.parametrize("dialect", VIEWS)


def created(dialect, **body):
    response = ask(VIEWS[dialect], "create", "post", body={"name": "vase"} | body)
    return response.status_code, orjson.loads(response.content)


@each_dialect
@pytest.mark.parametrize("unseen", ["\u200b", "\u3164\u115f", "\u202e\u2060", "\n"])
def test_what_shows_nothing_is_refused_as_blank_is(dialect, unseen):
    refused = created(dialect, name="")
    assert refused[0] in {400, 422}
    assert created(dialect, name=unseen) == refused
    assert created(dialect, terms=unseen) == created(dialect, terms="")
    assert created(dialect, parts=[{"size": 1, "title": unseen}]) == created(dialect, parts=[{"size": 1, "title": ""}])


@each_dialect
def test_a_name_is_one_line_in_its_own_order(dialect):
    status, thing = created(
        dialect,
        name="\u202ea\nb\u202c\x1b\t",
        parts=[{"size": 1, "title": "\u2067c\r\nd"}],
        words=["\u202ee", "f"],
        terms="one\n\u202etwo",
        password="\u200b\n",
    )
    assert status == 200
    assert (thing["name"], thing["parts"][0]["title"], thing["words"]) == ("a b", "c d", ["e", "f"])
    assert (thing["terms"], thing["password"]) == ("one\n\u202etwo", "\u200b\n")  # as they were written


@each_dialect
def test_forms_too(dialect):
    request = APIRequestFactory().post("/things/", {"name": "a\u202e\nb"})
    response = VIEWS[dialect].as_view({"post": "create"})(request)
    assert response.data["name"] == "a b"


def test_tags():
    assert TextsField().run_validation("blue, \u200b, \u202ered\n") == ["blue", "red"]


def test_forms_of_the_admin_site():
    assert (LineField().clean("\u202ea\nb"), LineField(required=False).clean("\u3164")) == ("a b", "")
