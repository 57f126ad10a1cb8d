"""What is written somewhere, and how people look for it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory, BuyerFactory, SuperuserFactory
from commerce.tests.steps import order_of, payment_of
from community.models import BlogPost, Course, HelpArticle, Tutorial
from community.selectors.help import help_candidates
from config.core.migrating import fill_keys
from config.core.text_search import keys_of, words_of
from jobs.tests.factories import JobFactory
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory, Model3DFactory

# A text -> what finds it, alone among these texts.
CASES = {
    "Красный закат": ("Красный", "красный", "КРАСНЫЙ", "закат КРАСНЫЙ"),
    "École de Nancy": ("École", "école", "ÉCOLE", "e\u0301cole", "ecole", "nancy DE ecole"),
    "Štítek": ("Štítek", "štítek", "ŠTÍTEK", "ｓtitek"),
    "Straße nach Süden": ("Straße", "STRASSE", "straẞe", "süden", "SU\u0308DEN"),
    "İstanbul'da ışık": ("İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "Işık", "IŞIK", "ışık"),
    "Οδός Ερμού": ("ΟΔΌΣ", "οδος", "Ερμού", "ΕΡΜΟΥ"),
    "हिन्दी की कविता": ("हिन्दी", "कविता", "की हिन्दी"),
    "رسول مُحَمَّد": ("محمد", "مُحَمَّد", "رَسُول"),
    "شاید ایک کہانی": ("شايد", "كہانی", "ایک کهاني"),
    "بازار ٢٠٢٦": ("2026", "۲۰۲۶", "بازار 2026"),
    "O\u2019Hara\u2019s pier": ("O'Hara's", "o\u2019hara", "PIER O'HARA"),
    "الفن والحرف": ("الفن", "اَلفَنّ", "الفـن"),
    "שָׁלוֹם לכולם": ("שלום", "שָׁלוֹם"),
    "東京都庁の猫": ("東京", "京都", "都庁", "猫", "東京都庁", "の猫", "東京都庁の猫"),
    "ガラスの靴iPhoneケース": ("ガラス", "ｶﾞﾗｽ", "ラス", "靴", "iphone", "ケース", "IPHONEケース"),
    "繪畫與雕塑": ("雕塑", "繪畫", "畫與雕"),
    "ภาษาไทยสวย": ("ภาษาไทย", "ไทย", "สวย"),
    "한국어를 배우다": ("한국", "배우다"),
    "At the red/blue harbour, 3.5 m": ("at", "the", "blue", "harbour the", "HARBOUR red"),
}
NOT_FOUND = ("京東", "カラス", "हन", "犬", "алый", "%", "_", "закат école", "' ORR 1", "\\", ":*", "\u0301\u200d")
# Whom nothing here is about, and words so many and so odd that they must not cost more than others.
HOSTILE = (" ".join("東京都庁の猫ガラスの靴繪畫與雕塑"), "ﷺ " * 60, "\u0301" * 200, "a:*&!|<->() " * 16, "İ" * 200)

# Its name has no key: the database itself compares it without case.
CATEGORY = "Керамика"

PUBLISHED: Any = {"status": "published", "published_at": timezone.now()}
Search = Callable[[str], set[str]]


def clients() -> tuple[APIClient, Client]:
    """A superuser of the API and of the admin site."""
    boss = SuperuserFactory.create(username="the_boss", first_name="", last_name="")
    api, pages = APIClient(), Client()
    api.force_authenticate(boss)
    pages.force_login(boss)
    return api, pages


def write_all() -> None:
    """Each text everywhere: as a title, a description, a name, a skill, a company, an article."""
    category = CategoryFactory.create(name=CATEGORY)
    maker = ArtistFactory.create(username="maker", first_name="", last_name="")
    for number, text in enumerate(CASES):
        ArtworkFactory.create(title=text, seller=maker, category=category)
        ArtworkFactory.create(title=f"Described {number}", description=text, seller=maker, category=category)
        EquipmentFactory.create(title=text, category=category)
        Model3DFactory.create(title=text, seller=maker, category=category)
        buyer = BuyerFactory.create(first_name=text, last_name="", profile__company_name="")
        JobFactory.create(title=text, category=category, buyer=maker)
        JobFactory.create(title=f"Job {number}", description=text, category=category, buyer=maker)
        ArtistFactory.create(first_name="", last_name=text, profile__skills="", profile__bio="")
        ArtistFactory.create(first_name="", last_name="", profile__skills="", profile__bio=text)
        BuyerFactory.create(first_name="", last_name="", profile__company_name=text)
        payment_of(order_of(buyer, Listing.objects.get(title=f"Described {number}")))
        HelpArticle.objects.create(slug=f"case-{number}", title=f"Case {number}", body=text)
        BlogPost.objects.create(author=maker, title=text, content="x", category="news", **PUBLISHED)
        Tutorial.objects.create(title=f"Case {number}", content=text, category="Beginner", is_published=True)
        Course.objects.create(instructor=maker, title=text, duration=1, difficulty="beginner", currency="USD")


SEARCHED = {
    "accounts": ("User", "ArtistProfile", "BuyerProfile"),
    "marketplace": ("Listing",),
    "jobs": ("Job",),
    "community": ("HelpArticle", "BlogPost", "Tutorial", "Course"),
}


def fault_of_filling() -> Iterator[str]:
    """The migrations write the same keys into rows that were there before as saving does."""
    for app, models in SEARCHED.items():
        for name in models:
            model: Any = apps.get_model(app, name)
            keys = [key.name for key in keys_of(model)]
            saved = [*model.objects.order_by("pk").values("pk", *keys)]
            model.objects.update(**dict.fromkeys(keys, ""))
            fill_keys(app, name)[0](apps, None)
            if [*model.objects.order_by("pk").values("pk", *keys)] != saved:
                yield f"the keys of {name} are not filled"


def searches(api: APIClient, pages: Client) -> dict[str, Search]:
    """Each answers with the texts that it found, whatever shows them."""
    numbers = {str(number): text for number, text in enumerate(CASES)}

    def texts(rows: Any, *names: str) -> set[str]:
        """Of the texts those that stand in these columns, or whose number does."""
        found = set()
        for row in rows:
            for name in names:
                value = str(row.get(name) or "")
                found |= {value} & CASES.keys()
                if value.startswith(("Described ", "Job ", "Case ")):
                    found.add(numbers[value.rpartition(" ")[2]])
        return found

    def listed(path: str, *names: str, rows: str | None = "results") -> Search:
        def search(text: str) -> set[str]:
            answer = api.get(path, {"search": text, "page_size": "10"})
            assert answer.status_code == 200, (path, text, answer.content)
            body = answer.json()
            return texts(body[rows] if rows else body, *names)

        return search

    def everything(text: str) -> set[str]:
        answer = api.get("/api/search/", {"q": text})
        assert answer.status_code == 200, (text, answer.content)
        shown = answer.json()["results"]
        kinds = [
            texts(shown["artworks"], "title"),
            texts(shown["jobs"], "title"),
            texts(shown["artists"], "full_name", "bio", "first_name", "last_name"),
        ]
        return kinds[0] if kinds[0] == kinds[1] == kinds[2] else {f"different: {kinds}"}

    def helped(text: str) -> set[str]:
        articles = help_candidates(words=words_of(text), shown=20)
        return texts([{"title": article.title} for article in articles], "title")

    def admin(path: str, *names: str) -> Search:
        def search(text: str) -> set[str]:
            answer: Any = pages.get(f"/admin/{path}/", {"q": text})
            assert answer.status_code == 200, (path, text)
            rows = answer.context_data["cl"].result_list
            return texts([{name: getattr(row, name) for name in names} for row in rows], *names)

        return search

    return {
        "everything": everything,
        "help": helped,
        "artworks": listed("/api/artworks/", "title"),
        "equipment": listed("/api/equipment/", "name"),
        "jobs": listed("/api/jobs/", "title"),
        "artists": listed("/api/artist-profiles/", "bio", "full_name"),
        "buyers": listed("/api/buyer-profiles/", "company_name"),
        "blog": listed("/api/blog/posts", "title", rows="items"),
        "courses": listed("/api/courses", "title", rows="items"),
        "tutorials": listed("/api/tutorials", "title", rows=None),
        "v1 designs": listed("/api/v1/commerce/designs", "name", rows=None),
        "staff: users": listed("/api/admin/users/", "first_name", "last_name"),
        "staff: artworks": listed("/api/admin/artworks/", "title"),
        "staff: jobs": listed("/api/admin/jobs/", "title"),
        "admin: artworks": admin("marketplace/artwork", "title"),
        "admin: users": admin("accounts/user", "first_name", "last_name"),
    }


def faults(api: APIClient, pages: Client) -> Iterator[str]:
    """What is wrong, in words; nothing when all is well."""
    for place, search in searches(api, pages).items():
        thorough = place in {"everything", "artworks", "v1 designs"}
        for text, asked in CASES.items():
            for words in asked if thorough else asked[1:2]:
                found = search(words)
                # Help shows what holds any of the words.
                if found != {text} and not (place == "help" and text in found):
                    yield f"{place}: {words!r} finds {sorted(found)}, not {text!r} alone"
        for words in NOT_FOUND if thorough else NOT_FOUND[-1:]:
            if found := search(words):
                yield f"{place}: {words!r} finds {sorted(found)}"
        for words in HOSTILE if thorough else ():
            search(words)
    for words in ("красный", "ÉCOLE"):
        answer = api.get("/api/admin/payments/", {"search": words}).json()
        if answer["count"] != 1:
            yield f"staff: payments: {words!r} finds {answer['count']}"
    for name in (CATEGORY, CATEGORY.upper(), CATEGORY.lower()):
        designs = api.get("/api/v1/commerce/designs", {"category": name}).json()
        listed: Any = pages.get("/admin/marketplace/category/", {"q": name[:4]})
        if len(designs) != len(CASES) or listed.context_data["cl"].result_count != 1:
            yield f"{name!r} is not the category {CATEGORY!r}"
    yield from fault_of_filling()
