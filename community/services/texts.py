"""Texts as people send them: without blanks around, never empty, no longer than their column."""

from typing import Final

from django.core.exceptions import ValidationError

from config.core.errors import Invalid
from config.core.names import is_seen
from config.core.web_links import web_page_validate

LONGEST_LINK: Final = 500


def text_read(text: str, field: str, longest: int) -> str:
    """Raises Invalid (`field`)."""
    text = text.strip()
    if not is_seen(text):
        raise Invalid("This field may not be blank.", field=field)
    if len(text) > longest:
        raise Invalid(f"Ensure this field has no more than {longest} characters.", field=field)
    return text


def optional_read(text: str | None, field: str, longest: int) -> str:
    """The same of a text that may be left out: then it is empty."""
    return text_read(text, field, longest) if text is not None and is_seen(text) else ""


def link_read(text: str, field: str) -> str:
    """The address of a web page or file. Raises Invalid (`field`)."""
    text = text_read(text, field, LONGEST_LINK)
    try:
        web_page_validate(text)
    except ValidationError:
        raise Invalid("Enter a valid URL.", field=field) from None
    return text
