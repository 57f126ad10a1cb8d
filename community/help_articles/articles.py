"""The help articles that the platform comes with: one Markdown file each, its first line the title.

A file is called `<position>-<slug>.md`, its second line says the category. Staff edit the articles in the Django admin;
one that is there already is never written over.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.text import slugify

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


def articles_add(model: Any, filed: Callable[[str], Any]) -> int:
    """Store those whose slug is not there yet, through a manager of HelpArticle. How many were added.

    `filed` makes of a category's name what the model files its articles under.
    """
    known = set(model.objects.values_list("slug", flat=True))
    missing = [article for article in articles() if article.slug not in known]
    model.objects.bulk_create(model(**article._asdict() | {"category": filed(article.category)}) for article in missing)
    return len(missing)


def category_make(model: Any, name: str) -> Any:
    """The row of HelpCategory with this name, made behind the others when it is not there."""
    place = model.objects.count()
    slug = slugify(name) or f"category-{place}"
    return model.objects.get_or_create(name=name, defaults={"slug": slug, "position": place})[0]
