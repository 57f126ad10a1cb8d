"""Addresses that people send."""

import pytest
from django.core.exceptions import ValidationError

from config.core.web_links import is_link, web_page_validate

GOOD = ["https://portfolio.example/jane", "http://xn--e1awd7f.example/?a=1#b", "https://studio.example:8443/größe"]
BAD = [
    "https://good.example@evil.example/",
    "https://user:password@evil.example/",
    "https:evil.example",
    "http:\\\\evil.example",
    "//evil.example",
    "javascript:alert(1)",
    "https://evil.example/\u202egpj.exe",
    'https://evil.example/"onload=1',
    "https://evil.example:99999/",
    "https://[::1",
    "https://evil.example/a b",
    "ftp://evil.example",
]


@pytest.mark.parametrize("text", GOOD)
def test_pages(text):
    assert is_link(text)
    web_page_validate(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_page_or_passes_for_another(text):
    assert not is_link(text)
    with pytest.raises(ValidationError):
        web_page_validate(text)


def test_a_host_of_this_network_is_a_link_and_no_page_of_the_web():
    assert is_link("https://printer/x")
    with pytest.raises(ValidationError):
        web_page_validate("https://printer/x")
