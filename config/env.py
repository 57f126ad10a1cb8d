"""Typed readers of environment variables. A value that does not read stops the start and names its variable."""

import math
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

reader = environ.Env()
# The origin of a page on the developer's own machine, on whatever port.
LOCAL_ORIGIN = r"https?://(localhost|[a-z0-9-]+\.localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?\Z"
DATABASES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
"""Those that the platform is written for."""
asked: set[str] = set()
"""The variables that were asked for so far: after the settings were read, all there are."""


class SecretMissing(ImproperlyConfigured):
    """With DEBUG off a secret is required."""


def text(name: str, default: str = "") -> str:
    """What is set to nothing counts as not set."""
    asked.add(name)
    return str(reader.str(name, default="")).strip() or default


def either(name: str, other: str) -> str:
    """One variable under two names. Two values that differ are a mistake."""
    value, again = text(name), text(other)
    if value and again and value != again:
        raise ImproperlyConfigured(f"{name} and {other} are one thing, and must not be {value!r} and {again!r}.")
    return value or again


def flag(name: str, default: bool) -> bool:
    raw = text(name)
    if not raw:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {raw!r}.")


def whole(name: str, default: int, *, least: int = 0) -> int:
    raw = text(name)
    try:
        value = int(raw) if raw else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
    return value


def number(name: str, default: float) -> float:
    """Zero or more."""
    raw = text(name)
    try:
        value = float(raw) if raw else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}.") from None
    if not math.isfinite(value) or value < 0:
        raise ImproperlyConfigured(f"{name} must be a number from 0 up, not {raw!r}.")
    return value


def percent(name: str, default: str = "0") -> Decimal:
    """From 0 to less than 100, with up to two decimals."""
    raw = text(name) or default
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise ImproperlyConfigured(f"{name} must be a percentage, not {raw!r}.") from None
    if not (0 <= value < 100) or value != round(value, 2):
        raise ImproperlyConfigured(f"{name} must be from 0 to less than 100, with up to two decimals, not {raw!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = text(name, default) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def currency(name: str) -> str:
    """Three capital letters, or ''."""
    value = text(name).upper()
    if value and not re.fullmatch("[A-Z]{3}", value):
        raise ImproperlyConfigured(f"{name} must be the three letters of a currency, such as PKR, not {value!r}.")
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name) or default).expanduser().resolve()


def address(name: str, default: str = "") -> str:
    """An http(s) address without a trailing slash, or ''."""
    value = text(name, default)
    if value and urlsplit(value).scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{name} must be an http:// or https:// address, not {value!r}.")
    return value.rstrip("/")


def origins(name: str, *always: str) -> list[str]:
    """What browsers call the sites at these addresses: http(s)://host:port, without a path and the usual port."""
    found = []
    for value in [*always, *words(name)]:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ImproperlyConfigured(
                f"{name} must be such as https://shop.example,https://app.example, not {value!r}."
            )
        own = {"http": ":80", "https": ":443"}[parts.scheme]
        found.append(f"{parts.scheme}://{parts.netloc.lower().removesuffix(own)}")
    return list(dict.fromkeys(found))


def database(name: str) -> dict[str, Any]:
    """Django's settings of the database at an address such as postgres://user:password@host:5432/name, or, as
    PostgreSQL's own programs write the folder of a Unix socket, postgres://user:password@%2Frun%2Fpostgresql/name.

    What is wrong is told without the address, which holds a password.
    """
    value = text(name)
    try:
        url = urlsplit(value)
        if reader.DB_SCHEMES.get(url.scheme, "").startswith(DATABASES):
            found = dict(reader.db_url_config(value))
            host = url.netloc.rpartition("@")[2].partition(":")[0]
            if host.upper().startswith("%2F"):  # which the reader leaves as it is, but for its capital letters
                found["HOST"] = unquote(host)
            return found
    except (KeyError, ValueError, ImproperlyConfigured):
        pass
    raise ImproperlyConfigured(f"{name} must be such as postgres://user:password@host:5432/name.")


def redis(name: str) -> str:
    """What is wrong is told without the address, which may hold a password: one with marks that were not escaped reads
    as a port."""
    value = text(name)
    try:
        parts = urlsplit(value)
        is_known = parts.scheme in {"redis", "rediss", "unix"}
        is_place = bool(parts.path) if parts.scheme == "unix" else bool(parts.hostname) and (parts.port or 1) > 0
        is_number = parts.scheme == "unix" or re.fullmatch(r"(/[0-9]*)?", parts.path) is not None
    except ValueError:
        is_known = is_place = is_number = False
    if value and not (is_known and is_place and is_number):
        raise ImproperlyConfigured(
            f"{name} must be such as redis://host:6379/0 or redis://:password@host:6379/0, marks in it as %2F."
        )
    return value


def broker(redis_url: str) -> str:
    """The same as Celery writes it. Under TLS it looks at no certificate unless it is told to, as others do by
    themselves."""
    if redis_url.startswith("rediss://") and "ssl_cert_reqs=" not in redis_url:
        return f"{redis_url}{'&' if '?' in redis_url else '?'}ssl_cert_reqs=required"
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def mail(name: str) -> dict[str, Any]:
    """Django's mail settings for an address such as smtp+tls://user:password@host:587; none when it is not set."""
    value = text(name)
    try:
        return dict(reader.email_url_config(value)) if value else {}
    except (KeyError, ValueError, ImproperlyConfigured):
        raise ImproperlyConfigured(f"{name} must be such as smtp+tls://user:password@host:587.") from None


def base_address(name: str) -> str:
    """An address that paths are added to: with a host, without name and password, query and fragment; or ''."""
    value = address(name)
    parts = urlsplit(value)
    if value and (not parts.hostname or parts.username is not None or parts.query or parts.fragment):
        raise ImproperlyConfigured(f"{name} must be an address without name, password, query and fragment.")
    return value


def social_client(name: str, authorize: str, token: str, userinfo: str, tokeninfo: str) -> dict[str, str]:
    """A client at a provider of social login, with the provider's own addresses unless others are set."""
    own = [address(f"{name}_TOKEN_URL", token), address(f"{name}_USERINFO_URL", userinfo)]
    return {
        "client_id": text(f"{name}_CLIENT_ID"),
        "client_secret": text(f"{name}_CLIENT_SECRET"),
        "authorize_url": address(f"{name}_AUTHORIZE_URL", authorize),
        "token_url": own[0],
        "userinfo_url": own[1],
        "tokeninfo_url": address(f"{name}_TOKENINFO_URL", tokeninfo if own == [token, userinfo] else ""),
    }


def secret(name: str, *, debug: bool, for_debug: str) -> str:
    """A secret. Without DEBUG there is no default: the start stops and says what to set."""
    value = text(name)
    if value:
        return value
    if debug:
        return for_debug
    raise SecretMissing(
        f"{name} is not set. With DEBUG off it is required; a value can be made with: "
        'python -c "import secrets; print(secrets.token_urlsafe(50))". '
        "To try the platform out on this machine, set nothing and call `make setup` before manage.py, or `make run`."
    )
