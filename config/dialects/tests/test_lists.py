"""How each dialect wraps a list, and what it does with parameters that make no sense."""

import orjson
import pytest

from accounts.tests.factories import UserFactory
from commerce.choices import PaymentStatus
from config.dialects.cultureup import STATUSES_OF_WORD, WORD_OF_STATUS
from config.dialects.tests.edges import VIEWS, NexusEnvelope, ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    return [UserFactory(username=f"p{number:02}") for number in range(25)]


def listed(view, query=""):
    response = ask(VIEWS.get(view, view) if isinstance(view, str) else view, "list", query=query)
    return response.status_code, orjson.loads(response.content)


def names(start, stop):
    return [{"username": f"p{number:02}"} for number in range(start, stop)]


def test_cultureup_pages():
    status, body = listed("cultureup")
    assert (status, body) == (
        200,
        {"count": 25, "next": "http://testserver/things/?page=2", "previous": None, "results": names(0, 20)},
    )

    _status, body = listed("cultureup", "page=2&page_size=10")
    assert body == {
        "count": 25,
        "next": "http://testserver/things/?page=3&page_size=10",
        "previous": "http://testserver/things/?page_size=10",
        "results": names(10, 20),
    }


@pytest.mark.parametrize("page", ["4", "99999999999999999999"])
def test_cultureup_answers_a_page_that_is_not_there_with_404(page):
    status, body = listed("cultureup", f"page={page}&page_size=10")

    assert status == 404
    assert list(body) == ["detail"]


def test_cultureup_cuts_the_page_size_to_its_maximum():
    assert len(listed("cultureup", "page_size=100000")[1]["results"]) == 25


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["abc", "0", "-1", "1.5"])
def test_cultureup_names_the_parameter_that_is_no_number(name, value):
    status, body = listed("cultureup", f"{name}={value}")
    assert (status, list(body)) == (400, [name])


def test_nexus_answers_an_array_or_an_envelope():
    assert listed("nexus") == (200, names(0, 25))
    assert listed("nexus", "skip=20&limit=3") == (200, names(20, 23))
    assert listed("nexus", "page=2&limit=10") == (
        200,
        {"items": names(10, 20), "total": 25, "page": 2, "limit": 10, "pages": 3},
    )
    assert listed(NexusEnvelope)[1] == {"items": names(0, 20), "total": 25, "page": 1, "limit": 20, "pages": 2}


def test_beyond_the_end_is_an_empty_list_outside_of_cultureup():
    assert listed("nexus", "page=9&limit=10")[1] == {"items": [], "total": 25, "page": 9, "limit": 10, "pages": 3}
    assert listed("nexus", "skip=2147483647") == (200, [])
    assert listed("v1", "page=9") == (200, {"items": [], "total": 25, "page": 9, "size": 50})
    assert listed("v1", "page=2147483647&size=100")[1]["items"] == []
    assert listed("printshop", "offset=99")[1]["things"] == []


def test_v1_pages():
    assert listed("v1", "page=2&size=10") == (200, {"items": names(10, 20), "total": 25, "page": 2, "size": 10})
    assert listed("v1", "size=100000")[1]["size"] == 100


def test_v1_sorts_by_what_its_lists_name():
    def first(query):
        return ask(VIEWS["v1"], "sorted_list", query=query)

    assert orjson.loads(first("sort=name&order=asc&size=1").content)["items"] == names(0, 1)
    assert orjson.loads(first("sort=name&size=1").content)["items"] == names(24, 25)
    assert orjson.loads(first("size=1").content)["items"] == names(24, 25)
    for query, field in (("sort=password", "sort"), ("order=sideways", "order")):
        refused = first(query)
        assert refused.status_code == 422
        assert orjson.loads(refused.content)["errors"][0]["field"] == field


def test_the_print_shops_pages():
    assert listed("printshop", "limit=10&offset=20") == (
        200,
        {"things": names(20, 25), "total": 25, "limit": 10, "offset": 20, "page": 3, "pages": 3},
    )
    assert listed("printshop", "limit=100000")[1]["limit"] == 200


@pytest.mark.parametrize(
    "query",
    ["page=abc", "page=0", "limit=0", "limit=1.5", "skip=-1", "page=1%00", "page=9e9", "skip=9999999999999999999999"],
)
def test_nexus_refuses_numbers_that_are_none(query):
    status, body = listed("nexus", query)

    assert status == 422
    (problem,) = body["detail"]
    assert problem["loc"] == ["query", query.split("=")[0]]


@pytest.mark.parametrize("query", ["page=abc", "page=0", "size=-5", "page=9999999999999999999999"])
def test_v1_refuses_numbers_that_are_none(query):
    status, body = listed("v1", query)

    assert (status, body["status_code"], body["errors"][0]["field"]) == (422, 422, query.split("=")[0])


@pytest.mark.parametrize("query", ["limit=abc", "limit=0", "offset=-1", "offset=9999999999999999999999"])
def test_the_print_shop_refuses_numbers_that_are_none(query):
    status, body = listed("printshop", query)

    assert (status, body["status"]) == (400, 400)
    assert body["error"].startswith(f"{query.split('=')[0]}: ")


@pytest.mark.parametrize("dialect", VIEWS)
def test_a_page_costs_two_queries(dialect, django_assert_num_queries):
    with django_assert_num_queries(2 if dialect != "nexus" else 1):  # its bare array has no total
        ask(VIEWS[dialect], "list")


def test_every_status_of_a_payment_has_cultureups_word():
    assert set(WORD_OF_STATUS) == set(PaymentStatus.values)
    assert sorted(status for statuses in STATUSES_OF_WORD.values() for status in statuses) == sorted(WORD_OF_STATUS)
