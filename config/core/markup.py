"""Markdown and HTML that somebody wrote, made into HTML that does nothing but show.

What comes out has the named elements and attributes alone, and links to nothing but web pages and e-mail addresses:
no scripts, forms, frames, styles, comments, `javascript:` or `data:`. What is made of a text is remembered, since the
same few texts are read again and again.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Final

import nh3
from markdown_it import MarkdownIt

MOST_MARKDOWN: Final = 50_000
"""Characters. The worst text of that length takes a second or two; more than this is not rendered."""
MOST_HTML: Final = 200_000
SCHEMES: Final = {"http", "https", "mailto"}
LINKS: Final = "nofollow noopener noreferrer"
# HTML in Markdown is text. Deeper than 20, quotes, lists and emphasis are left out.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
_TEXT: Final = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p"),
    *("pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_TEXT_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
    "td": {"style"},
    "th": {"style"},
}
# E-mail programs know no style sheets, so letters are laid out by tables and styles of single elements.
_LETTER: Final = _TEXT | {"b", "center", "div", "font", "i", "small", "span", "sub", "sup", "tfoot", "u"}
_LAYOUT: Final = {"align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing", "style"}
_LETTER_ATTRIBUTES: Final = {
    "*": _LAYOUT,
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "font": {"color", "face", "size"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_STYLES: Final = {
    *("color", "background-color", "font-family", "font-size", "font-style", "font-weight", "line-height"),
    *("text-align", "text-decoration", "vertical-align", "width", "max-width", "height", "border", "border-radius"),
    *("margin", "margin-top", "margin-right", "margin-bottom", "margin-left"),
    *("padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "display"),
}


@lru_cache(maxsize=256)
def markdown_html(text: str) -> str:
    """Markdown (CommonMark with tables and strikethrough) as safe HTML. HTML in it is shown as text."""
    return nh3.clean(
        _MARKDOWN.render(text[:MOST_MARKDOWN]),
        tags=_TEXT,
        attributes=_TEXT_ATTRIBUTES,
        url_schemes=SCHEMES,
        filter_style_properties={"text-align"},
        link_rel=LINKS,
    )


@lru_cache(maxsize=32)
def letter_html(html: str) -> str:
    """The HTML of a letter, with what would do something in it left out."""
    return nh3.clean(
        html[:MOST_HTML],
        tags=_LETTER,
        attributes=_LETTER_ATTRIBUTES,
        url_schemes=SCHEMES,
        filter_style_properties=_STYLES,
        link_rel=LINKS,
    )


@lru_cache(maxsize=32)
def letter_text(html: str) -> str:
    """A letter for who reads no HTML: its text, and after each link where it leads."""
    html = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', r"\2 (\1)", letter_html(html), flags=re.DOTALL)
    html = re.sub(r"\s+", " ", html)
    html = re.sub(r" ?<(?:br|/p|/div|/h[1-6]|/li|/tr|/table|hr)[^>]*> ?", "\n", html)
    text = unescape(nh3.clean(html, tags=set()))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip()


def minutes_to_read(text: str) -> int:
    """At 200 words a minute, rounded up; at least one. Where words are not set apart, 400 letters are a minute."""
    words = len(text.split())
    letters = sum(letter > "\u2fff" for letter in text)
    return max(1, -(-words // 200) + letters // 400)
