"""The root of the server: who asks for a page gets one, and in development what one needs to begin."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.tests.factories import UserFactory
from adminpanel.samples.accounts import SAMPLE_ACCOUNTS
from adminpanel.samples.data import ARTISTS, BUYERS, MAKER
from config.core.mailbox import FolderBackend, mails_written

pytestmark = pytest.mark.django_db
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def development(settings, tmp_path):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.MAIL_DIR = tmp_path / "mail"
    settings.PRINTSHOP_PORT = 5000
    return settings


def page(host: str = "localhost:8000", address: str = "127.0.0.1", **headers: str) -> str:
    answer = Client().get("/", headers={"accept": BROWSER, "host": host, **headers}, REMOTE_ADDR=address)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "Accept" in answer["Vary"]
    text = answer.content.decode()
    shown = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="(?!/|#|data:,")', shown) == []
    return text


def mail(number: int) -> None:
    message = EmailMultiAlternatives(
        f"Subject {number} <b>", f"Open http://localhost:8000/verify-email/{number} now", to=["alice@example.com"]
    )
    message.attach_alternative("<p>never shown</p>", "text/html")
    FolderBackend().send_messages([message])


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html", "image/png"])
def test_everybody_else_gets_the_documented_answer(development, accept):
    answer = Client().get("/", headers={"accept": accept} if accept else {})
    assert (answer.status_code, answer.json()) == (200, {"message": "Nexus Models API"})


def test_production_shows_what_is_public(settings):
    UserFactory(username="admin")
    text = page("localhost")
    for path in ("/swagger/cultureup/", "/redoc/v1/", "/api/schema/printshop/", "/api/schema/sockets/"):
        assert f'href="{path}' in text
    for words in ("admin123", "culture123", "pm_card", "E-mails that", "/admin/", "setup_admin"):
        assert words not in text


def test_development_shows_how_to_begin(development):
    for number in range(10):
        mail(number)
    UserFactory(username="admin")
    text = page()
    assert ("admin123" in text, "manager123" in text) == (True, False)  # the second is not there
    for words in ("pm_card_visa", "http://localhost:5000/api/", "ws://localhost:8000/ws/", 'href="/admin/"'):
        assert words in text
    assert "Subject 9 &lt;b&gt;" in text and 'href="http://localhost:8000/verify-email/9"' in text.replace(
        'rel="nofollow"', ""
    )
    assert text.count("<details>") == 8
    assert "never shown" not in text


@pytest.mark.parametrize(
    ("host", "address", "headers"),
    [
        ("evil.example", "127.0.0.1", {}),
        ("localhost", "192.168.0.7", {}),
        ("localhost", "127.0.0.1", {"x-forwarded-for": "203.0.113.7"}),
        ("localhost", "127.0.0.1", {"forwarded": "for=203.0.113.7"}),
    ],
)
def test_passwords_and_mails_are_for_who_sits_at_the_machine(development, host, address, headers):
    mail(1)
    UserFactory(username="admin")
    text = page(host, address, **headers)
    assert "admin123" not in text and "Subject" not in text
    assert "on the machine where the platform runs" in text


def test_the_accounts_are_those_of_the_samples():
    names = {artist.username for artist in ARTISTS} | set(BUYERS) | {MAKER[0]}
    staff = {"admin", "admin_manager", "content_moderator"}
    assert {account.username for account in SAMPLE_ACCOUNTS} <= names | staff


def test_mails_that_were_written(development):
    assert mails_written(most=3) == []
    for number in range(4):
        mail(number)
    found = mails_written(most=3)
    assert len(found) == 3
    assert (found[0].to, found[0].text.strip()) == (
        "alice@example.com",
        "Open http://localhost:8000/verify-email/3 now",
    )
