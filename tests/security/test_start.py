"""Staff alone enter the admin site, and production starts with its secrets alone."""

import subprocess
import sys

import pytest
from django.test import Client

from accounts.services.sessions import token_issue
from config.launcher.environment import PROJECT_DIR
from tests.services import clean_environ

pytestmark = pytest.mark.django_db


def test_the_admin_site_is_for_staff(world):
    for role in ("buyer", "artist"):
        browser = Client()
        browser.force_login(world.people[role])
        answer = browser.get("/admin/")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
        assert browser.get("/admin/accounts/user/").status_code == 302
    assert Client().get("/admin/").status_code == 302
    by_token = Client(HTTP_AUTHORIZATION=f"Token {token_issue(world.people['superuser'])}")
    assert by_token.get("/admin/").status_code == 302


PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "kP3x" * 16 + "-Zq7",
    "FIELD_ENCRYPTION_KEY": "uV9w" * 8 + "-Zq7",
    "ALLOWED_HOSTS": "atelier.example",
    "FRONTEND_URL": "https://atelier.example",
    "PUBLIC_URL": "https://atelier.example",
    "DATABASE_URL": "postgres://atelier:word@localhost/atelier",
    "REDIS_URL": "redis://localhost:6379/0",
    "STRIPE_SECRET_KEY": "sk_live_word",
    "STRIPE_WEBHOOK_SECRET": "whsec_word",
    "EMAIL_URL": "smtp+tls://user:word@localhost:587",
}


def deploy_check(tmp_path, **changes: str) -> subprocess.CompletedProcess[str]:
    environ = clean_environ() | PRODUCTION | changes | {"DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT_DIR,
        env={name: value for name, value in environ.items() if value},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_deploy_check_has_nothing_to_say(tmp_path):
    done = deploy_check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY"])
def test_production_does_not_start_without_its_secrets(tmp_path, name):
    done = deploy_check(tmp_path, **{name: ""})
    assert done.returncode != 0
    assert name in done.stdout + done.stderr
