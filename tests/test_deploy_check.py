"""`manage.py check --deploy`: what it refuses, what it warns of, each by its id."""

import re

import pytest
from django.core.checks import Error, Warning, run_checks

from config.launcher.environment import PROJECT_DIR

SOUND = {
    "DEBUG": False,
    "ALLOWED_HOSTS": ["atelier.example"],
    "FIELD_ENCRYPTION_KEY": "kA8-0uQ2wVx5zBn7Jm1pRt4sYe6dLhCf",
    "CURRENCIES": {"cultureup": "PKR", "nexus": "USD", "v1": "USD", "printshop": "USD"},
    "REDIS_URL": "redis://localhost:6379/0",
    "SANDBOX_ALLOWED": False,
    "STRIPE_SECRET_KEY": "sk_live_word",
    "STRIPE_WEBHOOK_SECRET": "whsec_word",
    "JAZZCASH_MERCHANT_ID": "MC1",
    "JAZZCASH_PASSWORD": "word",
    "JAZZCASH_INTEGRITY_SALT": "salt",
    "JAZZCASH_BASE_URL": "https://payments.jazzcash.com.pk",
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "ANYMAIL": {},
    "OAUTH_CLIENTS": {name: {"client_id": "id", "client_secret": "word"} for name in ("google", "github", "discord")},
}


pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # nothing connects


def found(settings, **changes):
    for name, value in (SOUND | changes).items():
        setattr(settings, name, value)
    return run_checks(tags=["atelier"], include_deployment_checks=True)


def test_a_sound_platform_is_not_complained_of(settings):
    assert found(settings) == []
    without = {
        "STRIPE_SECRET_KEY": "",
        "STRIPE_WEBHOOK_SECRET": "",
        "JAZZCASH_MERCHANT_ID": "",
        "JAZZCASH_PASSWORD": "",
    }
    without |= {
        "JAZZCASH_INTEGRITY_SALT": "",
        "OAUTH_CLIENTS": {},
        "JAZZCASH_BASE_URL": "https://sandbox.jazzcash.com.pk",
    }
    assert found(settings, **without) == []


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        ("E001", {"ALLOWED_HOSTS": ["atelier.example", "*"]}, "ALLOWED_HOSTS holds *"),
        ("E002", {"FIELD_ENCRYPTION_KEY": "kA8-0uQ2wVx5zBn7Jm1pRt4sYe6dLhC"}, "less than 32 letters"),
        ("E002", {"FIELD_ENCRYPTION_KEY": "x" * 60}, "less than 5 different"),
        ("E003", {"CURRENCIES": dict.fromkeys(("cultureup", "v1"), "ABC")}, "ABC is no currency.* (cultureup, v1)"),
        ("E003", {"CURRENCIES": {"cultureup": "PKR", "nexus": "XAU"}}, "XAU is no currency.* (nexus)"),  # gold
        ("E003", {"CURRENCIES": {"cultureup": "DEM"}}, "DEM is no currency"),  # gone
        ("E003", {"CURRENCIES": {"cultureup": "CLF"}}, "CLF is no currency"),  # four decimals
        (
            "E004",
            {"STRIPE_WEBHOOK_SECRET": ""},
            "Stripe is half set up: STRIPE_SECRET_KEY is set, STRIPE_WEBHOOK_SECRET",
        ),
        ("E004", {"STRIPE_SECRET_KEY": ""}, "STRIPE_WEBHOOK_SECRET is set, STRIPE_SECRET_KEY is not"),
        ("E004", {"JAZZCASH_PASSWORD": ""}, "JazzCash is half set up: .* JAZZCASH_PASSWORD is not"),
        (
            "E004",
            {"JAZZCASH_MERCHANT_ID": "", "JAZZCASH_PASSWORD": ""},
            "_MERCHANT_ID, JAZZCASH_PASSWORD is not",
        ),
        ("E004", {"AWS_ACCESS_KEY_ID": "key"}, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"),
        ("E004", {"ANYMAIL": {"MAILGUN_API_KEY": "k", "MAILGUN_SENDER_DOMAIN": ""}}, "MAILGUN_SENDER_DOMAIN is not"),
        ("E005", {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "The database is SQLite"),
        ("E006", {"REDIS_URL": ""}, "There is no Redis"),
        ("W001", {"SANDBOX_ALLOWED": True}, "SANDBOX_PAYMENTS is on"),
        ("W002", {"STRIPE_SECRET_KEY": "sk_test_word"}, "test mode"),
        ("W003", {"JAZZCASH_BASE_URL": "https://sandbox.jazzcash.com.pk"}, "JazzCash's sandbox"),
    ],
)
def test_what_is_wrong_is_named(settings, number, changes, words):
    (message,) = found(settings, **changes)
    assert message.id == f"atelier.{number}"
    assert isinstance(message, Error if number[0] == "E" else Warning)
    assert re.search(words.replace("(", r"\(").replace(")", r"\)"), message.msg), message.msg
    assert message.hint


@pytest.mark.parametrize("name", ["google", "github", "discord"])
@pytest.mark.parametrize("part", ["client_id", "client_secret"])
def test_a_provider_of_sign_in_that_is_half_set_up(settings, name, part):
    clients = {one: dict(client) for one, client in SOUND["OAUTH_CLIENTS"].items()}
    clients[name][part] = ""
    (message,) = found(settings, OAUTH_CLIENTS=clients)
    assert message.id == "atelier.E004"
    assert message.msg.startswith(f"Sign-in with {name.capitalize()} is half set up:")
    assert message.msg.endswith(f"{name.upper()}_{part.upper()} is not.")


def test_a_provider_whose_addresses_alone_are_known_is_not_set_up(settings):
    clients = {one: client | {"client_id": "", "client_secret": ""} for one, client in SOUND["OAUTH_CLIENTS"].items()}
    clients["google"]["authorize_url"] = "https://accounts.google.com/o/oauth2/v2/auth"
    assert found(settings, OAUTH_CLIENTS=clients) == []


def test_development_may_use_sqlite_and_no_redis(settings):
    sqlite = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    assert found(settings, DEBUG=True, REDIS_URL="", DATABASES=sqlite) == []


@pytest.mark.parametrize(
    ("code", "is_fine"), [("KWD", True), ("JPY", True), ("EUR", True), ("BHD", True), ("XXX", False), ("USN", True)]
)
def test_every_currency_in_use_will_do(settings, code, is_fine):
    messages = found(settings, CURRENCIES={"cultureup": code})
    assert [message.id for message in messages] == ([] if is_fine else ["atelier.E003"])


def test_each_is_explained():
    code = "".join((PROJECT_DIR / name / "checks.py").read_text() for name in ("config", "commerce"))
    declared = set(re.findall(r'"(atelier\.[EW]\d{3})"', code))
    explained = set(re.findall(r"`(atelier\.[EW]\d{3})`", (PROJECT_DIR / "docs/reference/checks.md").read_text()))
    assert declared == explained
    assert len(declared) == 10
