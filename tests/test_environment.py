"""A variable whose value does not read stops the start, names itself, and shows no password."""

import os
import runpy
import ssl
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from config import env
from config.launcher.environment import PROJECT_DIR
from tests.services import clean_environ


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.number("DUPLICATE_CHECK_WAIT", 10.0), "nan"),
        (lambda: env.number("DUPLICATE_CHECK_WAIT", 10.0), "-5"),
        (lambda: env.number("DUPLICATE_CHECK_WAIT", 10.0), "soon"),
        (lambda: env.currency("PAYMENT_CURRENCY"), "DOLLARS"),
        (lambda: env.redis("REDIS_URL"), "localhost:6379"),
        (lambda: env.redis("REDIS_URL"), "redis://:pa55word/1@localhost:6379/0"),
        (lambda: env.redis("REDIS_URL"), "redis://:pa55word@localhost:port/0"),
        (lambda: env.redis("REDIS_URL"), "redis://:pa55word@localhost/first"),
        (lambda: env.redis("REDIS_URL"), "redis://"),
        (lambda: env.database("DATABASE_URL"), "mysql://atelier:pa55word@localhost/atelier"),
        (lambda: env.database("DATABASE_URL"), "atelier:pa55word@localhost"),
        (lambda: env.database("DATABASE_URL"), "postgres://atelier:pa55word@localhost:port/atelier"),
        (lambda: env.mail("EMAIL_URL"), "smtp://me:pa55word@localhost:port"),
        (lambda: env.mail("EMAIL_URL"), "https://me:pa55word@localhost"),
        (lambda: env.choice("LOG_LEVEL", "INFO", ("INFO",)), "loud"),
        (lambda: env.flag("METRICS", default=False), "maybe"),
    ],
)
def test_a_value_that_does_not_read_is_refused_by_name(monkeypatch, read, value):
    names = (
        "DUPLICATE_CHECK_WAIT",
        "PAYMENT_CURRENCY",
        "REDIS_URL",
        "DATABASE_URL",
        "EMAIL_URL",
        "LOG_LEVEL",
        "METRICS",
    )
    for name in names:
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^({'|'.join(names)}) must be") as refused:
        read()
    assert "pa55word" not in str(refused.value)


def test_one_variable_under_two_names(monkeypatch):
    assert env.either("AWS_STORAGE_BUCKET_NAME", "AWS_BUCKET_NAME") == ""
    monkeypatch.setenv("AWS_BUCKET_NAME", "assets")
    assert env.either("AWS_STORAGE_BUCKET_NAME", "AWS_BUCKET_NAME") == "assets"
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "assets")
    assert env.either("AWS_STORAGE_BUCKET_NAME", "AWS_BUCKET_NAME") == "assets"
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "others")
    with pytest.raises(ImproperlyConfigured, match="AWS_STORAGE_BUCKET_NAME and AWS_BUCKET_NAME are one thing"):
        env.either("AWS_STORAGE_BUCKET_NAME", "AWS_BUCKET_NAME")


def test_a_provider_of_social_login_at_other_addresses(monkeypatch):
    own = ("https://a.example/authorize", "https://a.example/token", "https://a.example/me", "https://a.example/whose")
    assert env.social_client("GOOGLE", *own)["tokeninfo_url"] == own[3]
    monkeypatch.setenv("GOOGLE_USERINFO_URL", "http://localhost:9/me")
    client = env.social_client("GOOGLE", *own)
    assert (client["token_url"], client["userinfo_url"], client["tokeninfo_url"]) == (
        own[1],
        "http://localhost:9/me",
        "",
    )


def test_what_is_set_to_nothing_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", " ")
    assert env.words("ALLOWED_HOSTS", "localhost,web") == ["localhost", "web"]
    assert env.text("ALLOWED_HOSTS", "localhost") == "localhost"
    assert env.text("ALLOWED_HOSTS") == ""


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("postgres://a:b@%2Frun%2Fpostgresql/name", "/run/postgresql", ""),
        ("postgres://a:b@%2fSrv%2FPostgres%20One:5433/name", "/Srv/Postgres One", 5433),
        ("postgres://a:b@Example.org:5432/name", "example.org", 5432),
    ],
)
def test_a_database_on_a_unix_socket(monkeypatch, address, host, port):
    monkeypatch.setenv("DATABASE_URL", address)
    found = env.database("DATABASE_URL")
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == (host, port, "name", "a")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'."),
        ("ROOT_URLCONF", "nope", "ROOT_URLCONF must be one of config.urls, config.urls_printshop, not 'nope'."),
        ("ALGORITHM", "none", "ALGORITHM must be one of HS256, not 'none'."),
        ("ALGORITHM", "RS256", "ALGORITHM must be one of HS256, not 'RS256'."),
        ("SENTRY_DSN", "nonsense", "SENTRY_DSN: Unsupported scheme ''"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL must be such as postgres://user:password@host:5432/name."),
        ("SECRET_KEY", "", "SECRET_KEY is not set."),
    ],
)
def test_the_start_stops_with_one_line(tmp_path, name, value, words):
    environ = clean_environ() | {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 60, "FIELD_ENCRYPTION_KEY": "y" * 40}
    tried = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT_DIR,
        env=environ | {name: value, "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )
    assert tried.returncode == 1
    assert tried.stderr.startswith(f"Atelier cannot start: {words}")
    assert "Traceback" not in tried.stderr


@pytest.mark.parametrize(("debug", "is_open"), [("1", True), ("0", False)])
def test_only_development_lets_other_front_ends_send_any_header(tmp_path, debug, is_open):
    environ = clean_environ() | {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 60, "FIELD_ENCRYPTION_KEY": "y" * 40}
    script = "from config import settings as s; print(s.CORS_ANYBODY, '*' in s.CORS_ALLOW_HEADERS)"
    tried = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_DIR,
        env=environ | {"DEBUG": debug, "ALLOWED_HOSTS": "x.example", "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )
    assert tried.stdout.split() == [str(is_open), str(is_open)], tried.stderr


@pytest.mark.parametrize(
    "address",
    ["redis://h", "redis://h:6379/0", "rediss://me:word%2F@h:6379/1?ssl_cert_reqs=none", "unix:///run/v.sock?db=2", ""],
)
def test_addresses_of_redis(monkeypatch, address):
    monkeypatch.setenv("REDIS_URL", address)
    assert env.redis("REDIS_URL") == address


@pytest.mark.parametrize(
    ("address", "certificate"),
    [
        ("rediss://:word@h:6379/0", ssl.CERT_REQUIRED),
        ("rediss://h:6379/0?ssl_ca_certs=/etc/ca.pem", ssl.CERT_REQUIRED),
        ("rediss://h:6379/0?ssl_cert_reqs=none", ssl.CERT_NONE),
    ],
)
def test_whose_certificate_a_broker_under_tls_shows_is_looked_at(address, certificate):
    connection = Connection(env.broker(address))
    assert connection.ssl["ssl_cert_reqs"] == certificate


@pytest.mark.parametrize(("name", "value"), [("WEB_THREADS", "0"), ("WEB_CONCURRENCY", "many"), ("PORT", "-1")])
def test_gunicorn_is_not_started_with_a_number_that_is_none(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"{name} must be a whole number from 1 up, not '{value}'"):
        runpy.run_path(str(PROJECT_DIR / "config" / "gunicorn.py"))
