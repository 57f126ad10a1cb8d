"""Markdown and letters: what people wrote is shown, and does nothing."""

import time

import pytest

from config.core.markup import letter_html, letter_text, markdown_html, minutes_to_read


def test_markdown():
    html = markdown_html(
        "# Title\n\n*one* **two** ~~three~~ `x` [link](https://a.example/?q=1&r=2)\n\n|a|\n|:-:|\n|b|\n"
    )
    assert "<h1>Title</h1>" in html and "<em>one</em> <strong>two</strong> <s>three</s> <code>x</code>" in html
    assert '<a href="https://a.example/?q=1&amp;r=2" rel="nofollow noopener noreferrer">link</a>' in html
    assert '<td style="text-align:center">b</td>' in html


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "<javascript:alert(1)>",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "![a](data:image/svg+xml;base64,PHN2Zz4=)",
        "![a](data:image/png;base64,AAAA)",
        "[a]: vbscript:x\n\n[a]",
        "[a](file:///etc/passwd)",
        "<svg onload=alert(1)>",
        "<img src=x onerror=alert(1)>",
        "<!-- <script>alert(1)</script> -->",
        "<a href='javascript:alert(1)'>x</a>",
        '![a](https://a.example/"onerror="alert(1))',
        "<style>p{}</style><iframe src=//x></iframe>",
    ],
)
def test_markdown_that_would_do_something(text):
    html = markdown_html(text)
    for tag in ("<script", "<svg", "<!--", "<style", "<iframe", "<img src=x"):
        assert tag not in html
    for harm in ('="javascript:', '="data:', '="vbscript:', '="file:', ' onerror="'):
        assert harm not in html.lower()


@pytest.mark.parametrize("bomb", ["*a **a ", "[", "![", "*_", "> ", "<!--", "**x* ", "- ", "`", "[a](", "~~a", "|\n"])
def test_bombs_take_a_bounded_time(bomb):
    started = time.process_time()
    markdown_html((bomb * 50_000)[:10_000])
    assert time.process_time() - started < 2


def test_what_is_too_long_is_cut_and_not_read():
    assert len(markdown_html("x" * 1_000_000)) < 51_000


def test_letters():
    html = letter_html(
        '<h1 style="color:red;position:fixed;background:url(//x)" onclick="x()">Hi</h1><script>alert(1)</script>'
        '<!-- c --><a href="javascript:alert(1)">bad</a> <a href="https://a.example/">good</a>'
        '<img src="data:image/svg+xml,x" onerror=x><form action=//x><input></form><style>p{}</style>'
    )
    assert '<h1 style="color:red">Hi</h1>' in html
    assert 'href="https://a.example/"' in html
    for harm in ("script", "onclick", "onerror", "data:", "<!--", "form", "input", "style>", "url("):
        assert harm not in html


def test_the_text_of_a_letter():
    html = '<h1>News &amp; more</h1>\n<p>Come\n and <a href="https://a.example/?a=1&amp;b=2">see</a>.</p><p>Bye</p>'
    assert letter_text(html) == "News & more\nCome and see (https://a.example/?a=1&b=2).\nBye"


@pytest.mark.parametrize(("text", "minutes"), [("", 1), ("word " * 200, 1), ("word " * 201, 2), ("字" * 800, 3)])
def test_minutes(text, minutes):
    assert minutes_to_read(text) == minutes
