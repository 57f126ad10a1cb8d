"""Where a caller is: the header that was configured says it, and nothing else does."""

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from config.core.countries import COUNTRIES
from config.dialects.base import DialectView


def country(**headers: str) -> str:
    view = DialectView()
    view.request = Request(RequestFactory().get("/", headers=headers))
    return view.country


def test_without_a_setting_no_header_is_believed(settings):
    settings.COUNTRY_HEADER = ""
    assert country(**{"CF-IPCountry": "PK"}) == ""


@pytest.mark.parametrize(
    ("sent", "known"),
    [("PK", "PK"), ("us", "US"), (" DE ", "DE"), ("XX", ""), ("T1", ""), ("", ""), ("USA", ""), ("µ", "")],
)
def test_only_countries_are_taken(settings, sent, known):
    settings.COUNTRY_HEADER = "CF-IPCountry"
    assert country(**{"CF-IPCountry": sent}) == known
    assert country(**{"X-Country": "PK"}) == ""


def test_the_table_is_that_of_the_standard():
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())
    assert COUNTRIES["US"] == "United States"
    assert len(set(COUNTRIES.values())) == 249
