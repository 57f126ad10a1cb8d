"""The help articles that the platform comes with: one Markdown file each, its first line the title.

A file is called `<position>-<slug>.md`, its second line says the category. Staff edit the articles in the Django admin;
one that is there already is never written over.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent


class Article(NamedTuple):
    slug: str
    title: str
    category: str
    body: str
    position: int


def articles() -> Iterator[Article]:
    for file in sorted(FOLDER.glob("*.md")):
        position, _, slug = file.stem.partition("-")
        title, category, body = file.read_text(encoding="utf-8").split("\n", 2)
        yield Article(slug, title.removeprefix("# "), category.removeprefix("Category: "), body.strip(), int(position))


def articles_add(model: Any) -> int:
    """Store those whose slug is not there yet, through a manager of HelpArticle. How many were added."""
    known = set(model.objects.values_list("slug", flat=True))
    missing = [model(**article._asdict()) for article in articles() if article.slug not in known]
    model.objects.bulk_create(missing)
    return len(missing)
