"""Requests an hour and a minute: who is counted, up to where, and what stands in the answer."""

import orjson
import pytest
import time_machine
from django.core.cache import cache

from accounts.services.sessions import token_issue
from accounts.tests.factories import AdminFactory, StaffFactory, UserFactory
from config.dialects.tests.edges import VIEWS, V1Limited, ask

pytestmark = pytest.mark.django_db
CULTUREUP, PRINTSHOP = VIEWS["cultureup"], VIEWS["printshop"]


@pytest.fixture(autouse=True)
def limits(settings, monkeypatch):
    settings.RATE_LIMITS = "on"
    monkeypatch.setattr(CULTUREUP, "limits", {"anonymous": 2, "user": 3})
    monkeypatch.setattr(PRINTSHOP, "limits", {"user": 3})
    cache.clear()
    yield
    cache.clear()


def statuses(view, count, action="list", **options):
    return [ask(view, action, **options).status_code for _ in range(count)]


def signed_in(user):
    return {"HTTP_AUTHORIZATION": f"Token {token_issue(user)}"}


def test_strangers_are_counted_by_address():
    assert statuses(CULTUREUP, 3) == [200, 200, 429]
    assert statuses(CULTUREUP, 1, REMOTE_ADDR="198.51.100.9") == [200]


def test_a_forged_forwarding_header_changes_nothing():
    forged = [ask(CULTUREUP, "list", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code for number in range(3)]

    assert forged == [200, 200, 429]


def test_people_are_counted_by_account_whatever_credential_they_use():
    alice, bob = UserFactory(), UserFactory()

    assert statuses(CULTUREUP, 3, **signed_in(alice)) == [200, 200, 200]
    assert statuses(CULTUREUP, 1, **signed_in(alice)) == [429]
    assert statuses(CULTUREUP, 1, **signed_in(bob)) == [200]


def test_administrators_are_not_limited_in_cultureup():
    assert statuses(CULTUREUP, 5, **signed_in(AdminFactory())) == [200] * 5
    assert statuses(CULTUREUP, 4, **signed_in(StaffFactory())) == [200, 200, 200, 429]


def test_the_answer_says_when_to_come_back():
    with time_machine.travel("2026-01-01T10:50:00Z", tick=False):
        statuses(CULTUREUP, 2)
        response = ask(CULTUREUP, "list")

    assert response["Retry-After"] == "600"
    assert orjson.loads(response.content) == {"detail": "Request was throttled. Expected available in 600 seconds."}


def test_the_next_hour_starts_from_nothing():
    with time_machine.travel("2026-01-01T10:59:00Z", tick=False):
        assert statuses(CULTUREUP, 3)[-1] == 429
    with time_machine.travel("2026-01-01T11:00:00Z", tick=False):
        assert statuses(CULTUREUP, 1) == [200]


def test_the_print_shop_counts_aloud_and_has_no_exception():
    headers = signed_in(AdminFactory())
    with time_machine.travel("2026-01-01T10:50:00Z", tick=False):
        answers = [ask(PRINTSHOP, "list", **headers) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["X-RateLimit-Limit"] for answer in answers} == {"3"}
    assert {answer["X-RateLimit-Reset"] for answer in answers} == {"1767265200"}


def test_some_of_the_print_shops_operations_have_a_minutes_limit_as_well(monkeypatch):
    monkeypatch.setattr(PRINTSHOP, "limits", {"user": 5})
    monkeypatch.setattr(PRINTSHOP, "minute_limits", {"private": ("costly", 2)})
    alice = signed_in(UserFactory())
    with time_machine.travel("2026-01-01T10:50:10Z", tick=False):
        answers = [ask(PRINTSHOP, "private", **alice) for _ in range(3)]
        other = ask(PRINTSHOP, "list", **alice)
    with time_machine.travel("2026-01-01T10:51:00Z", tick=False):
        later = ask(PRINTSHOP, "private", **alice)

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [(answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) for answer in answers] == [
        ("2", "1"),
        ("2", "0"),
        ("2", "0"),
    ]
    assert answers[2]["Retry-After"] == "50"
    assert answers[2]["X-RateLimit-Reset"] == "1767264660"
    assert (other.status_code, other["X-RateLimit-Limit"], other["X-RateLimit-Remaining"]) == (200, "5", "1")
    assert (later.status_code, later["X-RateLimit-Limit"], later["X-RateLimit-Remaining"]) == (200, "5", "0")


def test_the_print_shops_limit_stands_on_refusals_and_unknown_paths(client):
    with time_machine.travel("2026-01-01T10:50:00Z", tick=False):
        answers = [
            ask(PRINTSHOP, "private"),
            ask(PRINTSHOP, "private", HTTP_AUTHORIZATION="Bearer wrong"),
            ask(PRINTSHOP, "refuse", arguments={"kind": "missing"}, **signed_in(UserFactory())),
            client.get("/api/printshop/nothing/here"),
        ]

    assert [answer.status_code for answer in answers] == [401, 401, 404, 404]
    assert [(answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) for answer in answers] == [
        ("3", "3"),
        ("3", "3"),
        ("3", "2"),
        ("1000", "1000"),
    ]
    assert {answer["X-RateLimit-Reset"] for answer in answers} == {"1767265200"}


def test_dialects_without_limits():
    for dialect in ("nexus", "v1"):
        assert statuses(VIEWS[dialect], 4) == [200] * 4


def test_a_group_of_operations_is_counted_for_itself():
    alice = signed_in(UserFactory())

    assert statuses(V1Limited, 3, **alice) == [200, 200, 429]
    assert statuses(VIEWS["v1"], 1, **alice) == [200]
    assert statuses(CULTUREUP, 3, **alice) == [200, 200, 200]


def test_off_is_off(settings):
    settings.RATE_LIMITS = "off"

    assert statuses(CULTUREUP, 5) == [200] * 5
