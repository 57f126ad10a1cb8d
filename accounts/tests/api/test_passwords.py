"""Passwords over HTTP, in every dialect: changed, forgotten and set anew."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Delivery, PasswordLink, User
from accounts.services.passwords import password_link_make, password_link_token, password_requests_sweep
from accounts.services.sessions import refresh_token_issue
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_bearer, as_token

NEW = "another long passphrase 2"

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Dialect:
    change: tuple[str, str]
    forgot: str
    reset: str
    invalid: int
    wrong: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Any] = field(default_factory=dict)


WRONG, BROKEN = "Current password is incorrect", "Invalid or expired token"
DIALECTS = {
    "cultureup": Dialect(
        ("post", "/api/auth/password/change/"),
        "/api/auth/password/forgot/",
        "/api/auth/password/reset/",
        400,
        {"current_password": [WRONG]},
        {"error": BROKEN, "code": "invalid_link"},
    ),
    "nexus": Dialect(
        ("put", "/api/users/me/password"),
        "/api/auth/forgot-password",
        "/api/auth/reset-password",
        422,
        {"detail": WRONG},
        {"detail": BROKEN},
    ),
    "v1": Dialect(
        ("post", "/api/v1/auth/password/change"),
        "/api/v1/auth/password/forgot",
        "/api/v1/auth/password/reset",
        422,
        {"detail": WRONG, "status_code": 400},
        {"detail": BROKEN, "status_code": 400},
    ),
    "printshop": Dialect(
        ("post", "/api/printshop/auth/password/change"),
        "/api/printshop/auth/password/forgot",
        "/api/printshop/auth/password/reset",
        400,
        {"error": WRONG, "status": 400, "field": "current_password"},
        {"error": BROKEN, "status": 400},
    ),
}


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return DIALECTS[request.param]


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def change(client, dialect, **sent):
    method, path = dialect.change
    return getattr(client, method)(path, sent, format="json")


def post(path, **sent):
    return APIClient().post(path, sent, format="json")


def token_for(user):
    return password_link_token(password_link_make(user).nonce.hex)


@pytest.mark.operation("cultureup.auth.password.change")
@pytest.mark.operation("nexus.users.me.password")
@pytest.mark.operation("v1.auth.password.change")
@pytest.mark.operation("printshop.auth.password.change")
@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_change(alice, dialect, signed_in):
    mine, others = signed_in(alice), [as_token(alice), as_bearer(alice)]
    refresh = refresh_token_issue(alice)

    answer = change(mine, dialect, current_password=PASSWORD, new_password=NEW)

    assert (answer.status_code, answer.json()) == (200, {"message": "Password updated successfully"})
    assert mine.get("/api/auth/profile/").status_code == 200
    assert [other.get("/api/auth/profile/").status_code for other in others] == [401, 401]
    assert post("/api/auth/refresh", refresh_token=refresh).status_code == 401
    assert post("/api/auth/login/", username="alice", password=PASSWORD).status_code == 401
    assert post("/api/auth/login/", username="alice", password=NEW).status_code == 200
    assert list(Delivery.objects.values_list("template", flat=True)) == ["password_changed"]


def test_change_refuses(alice, dialect):
    mine = as_bearer(alice)
    wrong = change(mine, dialect, current_password="wrong", new_password=NEW)
    weak = change(mine, dialect, current_password=PASSWORD, new_password="password1")
    nothing = change(mine, dialect)

    assert (wrong.status_code, wrong.json()) == (400, dialect.wrong)
    assert weak.status_code == nothing.status_code == dialect.invalid
    assert "too common" in weak.content.decode() and "new_password" in weak.content.decode()
    assert "current_password" in nothing.content.decode()
    assert change(APIClient(), dialect, current_password=PASSWORD, new_password=NEW).status_code == 401
    assert User.objects.get().check_password(PASSWORD)


def test_guessing_is_429(alice, dialect):
    mine = as_bearer(alice)
    for _ in range(5):
        change(mine, dialect, current_password="wrong", new_password=NEW)
    answer = change(mine, dialect, current_password=PASSWORD, new_password=NEW)

    assert answer.status_code == 429
    assert 890 <= int(answer["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in answer.content.decode()


@pytest.mark.operation("cultureup.auth.password.forgot")
@pytest.mark.operation("nexus.auth.forgot_password")
@pytest.mark.operation("v1.auth.password.forgot")
@pytest.mark.operation("printshop.auth.password.forgot")
def test_forgot_answers_the_same_for_everybody(alice, dialect):
    known = post(dialect.forgot, email="Alice@Example.com")
    unknown = post(dialect.forgot, email="nobody@example.com")

    assert known.status_code == unknown.status_code == 200
    assert known.json() == unknown.json() == {"message": "If the email exists, a reset link has been sent"}
    assert not Delivery.objects.exists()
    password_requests_sweep()
    assert list(Delivery.objects.values_list("user", flat=True)) == [alice.pk]
    assert post(dialect.forgot, email="nonsense").status_code == dialect.invalid


def test_over_the_limit_forgot_answers_as_always(alice, dialect, settings):
    settings.RATE_LIMITS = "on"
    answers = {(a := post(dialect.forgot, email="alice@example.com")).status_code: a.json() for _ in range(3)}

    assert answers == {200: {"message": "If the email exists, a reset link has been sent"}}
    password_requests_sweep()
    assert Delivery.objects.count() == 1


@pytest.mark.operation("cultureup.auth.password.reset")
@pytest.mark.operation("nexus.auth.reset_password")
@pytest.mark.operation("v1.auth.password.reset")
@pytest.mark.operation("printshop.auth.password.reset")
def test_reset(alice, dialect):
    others = [as_token(alice), as_bearer(alice)]
    token = token_for(alice)

    weak = post(dialect.reset, token=token, new_password="password1")
    answer = post(dialect.reset, token=token, new_password=NEW)
    again = post(dialect.reset, token=token, new_password=f"{NEW} again")

    assert weak.status_code == dialect.invalid and "new_password" in weak.content.decode()
    assert (answer.status_code, answer.json()) == (200, {"message": "Password reset successfully"})
    assert (again.status_code, again.json()) == (400, dialect.broken)
    assert [other.get("/api/auth/profile/").status_code for other in others] == [401, 401]
    assert post("/api/auth/login/", username="alice", password=NEW).status_code == 200
    assert not PasswordLink.objects.exists()


def test_nexus_takes_password_for_new_password(alice):
    path = DIALECTS["nexus"].reset
    assert post(path, token=token_for(alice), password=NEW).status_code == 200
    short = post(path, token=token_for(alice), password="short")
    assert (short.status_code, short.json()["detail"][0]["loc"]) == (422, ["body", "new_password"])
    missing = post(path, token="x")
    assert missing.json()["detail"] == [{"loc": ["body", "new_password"], "msg": "Field required", "type": "missing"}]
