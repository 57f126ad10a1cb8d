"""API keys and sign-ins over HTTP, in every dialect."""

from dataclasses import dataclass

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiKey, Session
from accounts.services.api_keys import is_key
from accounts.services.sessions import refresh_token_issue, token_issue
from accounts.tests.factories import PASSWORD, ApiKeyFactory, UserFactory
from accounts.tests.people import as_bearer, as_key, as_token, totp_of, with_two_factor

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Dialect:
    keys: str
    sessions: str
    slash: str
    listed: str
    ended: int
    invalid: int
    refused: int = 400


DIALECTS = {
    "cultureup": Dialect("/api/auth/api-keys", "/api/auth/sessions", "/", "results", 204, 400),
    "nexus": Dialect("/api/users/me/api-keys", "/api/users/me/sessions", "", "", 200, 422, 422),
    "v1": Dialect("/api/v1/auth/api-keys", "/api/v1/auth/sessions", "", "items", 200, 422, 422),
    "printshop": Dialect("/api/printshop/api-keys", "/api/printshop/sessions", "", "api_keys", 200, 400),
}
SHOWN = {"id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "ended_at"}
SENT = {"name": "Stock", "scopes": ["read"], "password": PASSWORD}


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return DIALECTS[request.param]


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def listed(client, dialect, path):
    body = client.get(f"{path}{dialect.slash}").json()
    name = "sessions" if path.endswith("printshop/sessions") else dialect.listed
    return body[name] if name else body


@pytest.mark.operation("cultureup.auth.api_keys.list")
@pytest.mark.operation("cultureup.auth.api_keys.create")
@pytest.mark.operation("cultureup.auth.api_keys.delete")
@pytest.mark.operation("nexus.users.me.api_keys.list")
@pytest.mark.operation("nexus.users.me.api_keys.create")
@pytest.mark.operation("nexus.users.me.api_keys.delete")
@pytest.mark.operation("v1.auth.api_keys.list")
@pytest.mark.operation("v1.auth.api_keys.create")
@pytest.mark.operation("v1.auth.api_keys.delete")
@pytest.mark.operation("printshop.api_keys.list")
@pytest.mark.operation("printshop.api_keys.create")
@pytest.mark.operation("printshop.api_keys.delete")
def test_a_key_is_made_used_listed_and_ended(alice, dialect):
    client = as_bearer(alice)
    answer = client.post(f"{dialect.keys}{dialect.slash}", SENT | {"expires_in_days": 7}, format="json")

    made = answer.json()
    assert (answer.status_code, set(made)) == (201, SHOWN | {"key"})
    text = made.pop("key")
    assert is_key(text) and made["prefix"] == text[:12]
    for scheme in ("Bearer", "Token", "bearer"):
        program = APIClient(HTTP_AUTHORIZATION=f"{scheme} {text}")
        assert program.get("/api/auth/profile/").json()["username"] == "alice"
    (shown,) = listed(client, dialect, dialect.keys)
    assert shown == made | {"last_used_at": shown["last_used_at"]}
    assert (shown["scopes"], shown["ended_at"]) == (["read"], None)
    assert shown["last_used_at"].startswith("20")

    for _ in range(2):
        ended = client.delete(f"{dialect.keys}/{made['id']}{dialect.slash}")
        assert ended.status_code == dialect.ended
    assert program.get("/api/auth/profile/").status_code == 401
    assert listed(client, dialect, dialect.keys)[0]["ended_at"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": "read"}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"expires_in_days": None}, "expires_in_days"),
        ({"password": "wrong"}, "password"),
        ({"password": None}, "password"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(alice, dialect, sent, field):
    answer = as_bearer(alice).post(f"{dialect.keys}{dialect.slash}", SENT | sent, format="json")
    assert (answer.status_code, field in answer.content.decode()) == (dialect.invalid, True), answer.content
    assert not ApiKey.objects.exists()


def test_with_2fa_on_it_takes_a_code(alice, dialect):
    device, client = with_two_factor(alice), as_token(alice)
    path = f"{dialect.keys}{dialect.slash}"
    assert [client.post(path, SENT, format="json").status_code for _ in range(2)] == [400, 400]
    assert client.post(path, SENT | {"totp_code": totp_of(device.secret)}, format="json").status_code == 201


@pytest.mark.operation("cultureup.auth.sessions.list")
@pytest.mark.operation("cultureup.auth.sessions.delete")
@pytest.mark.operation("cultureup.auth.sessions.delete_others")
@pytest.mark.operation("nexus.users.me.sessions.list")
@pytest.mark.operation("nexus.users.me.sessions.delete")
@pytest.mark.operation("nexus.users.me.sessions.delete_others")
@pytest.mark.operation("v1.auth.sessions.list")
@pytest.mark.operation("v1.auth.sessions.delete")
@pytest.mark.operation("v1.auth.sessions.delete_others")
@pytest.mark.operation("printshop.sessions.list")
@pytest.mark.operation("printshop.sessions.delete")
@pytest.mark.operation("printshop.sessions.delete_others")
def test_sign_ins_are_listed_and_ended(alice, dialect):
    bobs = UserFactory()
    token_issue(bobs)
    for _ in range(2):
        refresh_token_issue(alice)
    body = APIClient(HTTP_USER_AGENT="Stock/1.0", REMOTE_ADDR="203.0.113.7").post(
        "/api/v1/login", {"username": "alice", "password": PASSWORD}
    )
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {body.json()['access_token']}")

    newest, *others = listed(client, dialect, dialect.sessions)

    assert set(newest) == {
        *("id", "kind", "network", "agent", "created_at", "last_seen_at", "expires_at", "is_current"),
    }
    assert [newest[name] for name in ("kind", "network", "agent", "is_current")] == [
        *("access", "203.0.113.7", "Stock/1.0", True),
    ]
    assert [(other["kind"], other["is_current"]) for other in others] == [("refresh", False)] * 2
    path = f"{dialect.sessions}/{others[0]['id']}{dialect.slash}"
    assert [client.delete(path).status_code for _ in range(2)] == [dialect.ended, 404]
    assert len(listed(client, dialect, dialect.sessions)) == 2
    assert client.delete(f"{dialect.sessions}{dialect.slash}").status_code == dialect.ended
    assert [each["id"] for each in listed(client, dialect, dialect.sessions)] == [newest["id"]]
    own = f"{dialect.sessions}/{newest['id']}{dialect.slash}"
    assert (client.delete(own).status_code, client.get("/api/auth/profile/").status_code) == (dialect.ended, 401)
    assert list(Session.objects.values_list("user", flat=True)) == [bobs.pk]


def test_no_key_looks_at_keys_or_sign_ins(alice, dialect):
    program, key = as_key(alice, "read", "write", "money"), ApiKeyFactory(user=alice)
    paths = [f"{path}{dialect.slash}" for path in (dialect.keys, dialect.sessions)]
    answers = [program.get(path).status_code for path in paths]
    answers.append(program.post(paths[0], SENT, format="json").status_code)
    answers.append(program.delete(paths[1]).status_code)
    answers.append(program.delete(f"{dialect.keys}/{key.pk}{dialect.slash}").status_code)
    assert answers == [403] * 5
    assert ApiKey.objects.filter(ended_at=None).count() == 2
