"""What `manage.py check --deploy` says of the settings, beside Django's own checks (docs/reference/checks.md)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from config.core.money import digits

TAG = "atelier"
SHORTEST_KEY = 32
FEWEST_LETTERS = 5  # of different ones, as Django asks of SECRET_KEY
# What works only when all of it is set.
TOGETHER = {
    "JazzCash": ("JAZZCASH_MERCHANT_ID", "JAZZCASH_PASSWORD", "JAZZCASH_INTEGRITY_SALT"),
    "Stripe": ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
    "Etsy": ("ETSY_CLIENT_ID", "ETSY_SHARED_SECRET", "ETSY_REDIRECT_URI"),
    "The access key of S3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
}


@register(TAG, deploy=True)
def hosts_are_named(**_: Any) -> Iterable[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS holds *: whoever sends a Host header of their own decides where links in answers lead.",
            hint="Name the hosts: ALLOWED_HOSTS=atelier.example",
            id="atelier.E001",
        )


@register(TAG, deploy=True)
def field_key_is_long(**_: Any) -> Iterable[CheckMessage]:
    key = settings.FIELD_ENCRYPTION_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS:
        yield Error(
            f"FIELD_ENCRYPTION_KEY has less than {SHORTEST_KEY} letters, or less than {FEWEST_LETTERS} different ones: "
            "the secrets in the database can be read by trying.",
            hint='Make one, before there is data: python -c "import secrets; print(secrets.token_urlsafe(32))"',
            id="atelier.E002",
        )


@register(TAG, deploy=True)
def currencies_are_known(**_: Any) -> Iterable[CheckMessage]:
    from iso4217 import Currency  # reads a table of its own, which no server needs

    places = {currency.code: currency.exponent for currency in Currency}
    for code in sorted(set(settings.CURRENCIES.values())):
        if places.get(code) != digits(code):
            dialects = ", ".join(dialect for dialect, currency in settings.CURRENCIES.items() if currency == code)
            yield Error(
                f"{code} is no currency of ISO 4217 that amounts can be kept in ({dialects}).",
                hint="Set PAYMENT_CURRENCY to the three letters of a currency in use, such as EUR.",
                id="atelier.E003",
            )


@register(TAG, deploy=True)
def what_belongs_together_is_set_together(**_: Any) -> Iterable[CheckMessage]:
    groups = [(name, {part: getattr(settings, part) for part in parts}) for name, parts in TOGETHER.items()]
    groups += [
        (
            f"Sign-in with {name.capitalize()}",
            # The addresses have the provider's own as defaults.
            {f"{name.upper()}_{part.upper()}": client[part] for part in ("client_id", "client_secret")},
        )
        for name, client in settings.OAUTH_CLIENTS.items()
    ]
    groups += [("Mailgun", settings.ANYMAIL)] if "MAILGUN_API_KEY" in settings.ANYMAIL else []
    for name, values in groups:
        if any(values.values()) and not all(values.values()):
            there = ", ".join(part for part, value in values.items() if value)
            missing = ", ".join(part for part, value in values.items() if not value)
            yield Error(
                f"{name} is half set up: {there} is set, {missing} is not.",
                hint="Set all of them, or none.",
                id="atelier.E004",
            )


@register(TAG, deploy=True)
def services_are_real(**_: Any) -> Iterable[CheckMessage]:
    if settings.DEBUG:
        return  # Django's security.W018 says so
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        yield Error(
            "The database is SQLite: one writer at a time, on one machine.",
            hint="Set DATABASE_URL=postgres://user:password@host:5432/name.",
            id="atelier.E005",
        )
    if not settings.REDIS_URL:
        yield Error(
            "There is no Redis: background work, limits and sockets do not reach from one process to another.",
            hint="Set REDIS_URL=redis://host:6379/0.",
            id="atelier.E006",
        )


@register(TAG, deploy=True)
def money_is_real(**_: Any) -> Iterable[CheckMessage]:
    if settings.SANDBOX_ALLOWED:
        yield Warning(
            "SANDBOX_PAYMENTS is on: whoever names the sandbox's test cards buys without paying.",
            hint="Leave it to demonstrations.",
            id="atelier.W001",
        )
    if settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
        yield Warning(
            "STRIPE_SECRET_KEY is of Stripe's test mode: no payment moves money.",
            hint="Set the live key of your account.",
            id="atelier.W002",
        )
    if settings.JAZZCASH_MERCHANT_ID and (urlsplit(settings.JAZZCASH_BASE_URL).hostname or "").startswith("sandbox."):
        yield Warning(
            "JAZZCASH_BASE_URL is JazzCash's sandbox: no payment moves money.",
            hint="Set the address that JazzCash has given you for production.",
            id="atelier.W003",
        )
