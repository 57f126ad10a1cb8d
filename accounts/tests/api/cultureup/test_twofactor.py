"""CultureUp: two-factor authentication over HTTP, and that no dialect lets anybody around it."""

import pytest
from rest_framework.test import APIClient

from accounts.services.twofactor import backup_codes_regenerate, two_factor_status
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_bearer, as_token, totp_of, with_two_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice", user_type="artist")


def login(name="alice", password=PASSWORD):
    return APIClient().post("/api/auth/login/", {"username": name, "password": password}, format="json")


def verify(**body):
    return APIClient().post("/api/auth/2fa/verify/", body, format="json")


@pytest.mark.operation("cultureup.twofactor.setup")
def test_setup(alice):
    client = as_token(alice)

    first, second = client.get("/api/auth/2fa/setup/"), client.get("/api/auth/2fa/setup/")

    assert first.status_code == second.status_code == 200
    body = first.json()
    assert set(body) == {"secret_key", "qr_code", "message", "expires_in_minutes"}
    assert body["qr_code"].startswith("data:image/png;base64,")
    assert (body["message"], body["expires_in_minutes"]) == ("Scan QR code with your authenticator app", 30)
    assert second.json() == body | {"message": "Existing setup session found. Use the same QR code."}


def test_setup_when_2fa_is_on_is_400(alice):
    with_two_factor(alice)

    response = as_token(alice).get("/api/auth/2fa/setup/")

    assert response.status_code == 400
    assert response.json()["error"] == "2FA is already enabled"


@pytest.mark.operation("cultureup.twofactor.reset_setup")
def test_reset_setup(alice):
    client = as_token(alice)
    first = client.get("/api/auth/2fa/setup/").json()["secret_key"]

    response = client.post("/api/auth/2fa/reset-setup/")

    assert (response.status_code, response.json()) == (200, {"message": "2FA setup reset successfully"})
    assert client.get("/api/auth/2fa/setup/").json()["secret_key"] != first


@pytest.mark.operation("cultureup.twofactor.enable")
@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_enable(alice, signed_in):
    client = signed_in(alice)
    secret = client.get("/api/auth/2fa/setup/").json()["secret_key"]

    response = client.post("/api/auth/2fa/enable/", {"totp_code": totp_of(secret)}, format="json")

    body = response.json()
    assert response.status_code == 200, body
    assert body["message"] == "2FA enabled successfully"
    assert len(body["backup_codes"]) == 10
    if signed_in is as_bearer:
        assert client.get("/api/auth/profile/").status_code == 401
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {body['access_token']}")
    else:
        assert set(body) == {"message", "backup_codes"}
    assert client.get("/api/auth/profile/").status_code == 200


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"totp_code": "abcdef"}, {"error": "Invalid TOTP code", "code": "invalid_code"}),
        ({}, {"totp_code": ["This field is required."]}),
        ({"totp_code": ["1"]}, {"totp_code": ["Not a valid string."]}),
    ],
)
def test_enable_refuses(alice, body, answer):
    client = as_token(alice)
    client.get("/api/auth/2fa/setup/")

    response = client.post("/api/auth/2fa/enable/", body, format="json")

    assert (response.status_code, response.json()) == (400, answer)
    assert not two_factor_status(actor=alice).is_enabled


def test_login_with_2fa_on_gives_a_session_token_alone(alice):
    with_two_factor(alice)

    body = login().json()

    assert body.pop("session_token")
    assert body == {"requires_2fa": True, "message": "Please provide 2FA code"}


@pytest.mark.operation("cultureup.twofactor.verify")
@pytest.mark.parametrize("kind", ["totp_code", "backup_code"])
def test_verify(alice, kind):
    device = with_two_factor(alice)
    code = totp_of(device.secret) if kind == "totp_code" else backup_codes_regenerate(actor=alice)[0]

    response = verify(session_token=login().json()["session_token"], **{kind: code})

    body = response.json()
    assert response.status_code == 200, body
    assert body["user"] == {"id": alice.pk, "username": "alice", "user_type": "artist"}
    assert body["message"] == "Login successful"
    for header in (f"Token {body['token']}", f"Bearer {body['access_token']}"):
        assert APIClient(HTTP_AUTHORIZATION=header).get("/api/auth/profile/").status_code == 200


@pytest.mark.parametrize(
    ("code", "error"),
    [({"totp_code": "abcdef"}, "Invalid TOTP code"), ({"backup_code": "ABCD1234"}, "Invalid backup code")],
)
def test_verify_with_a_wrong_code(alice, code, error):
    with_two_factor(alice)

    response = verify(session_token=login().json()["session_token"], **code)

    assert (response.status_code, response.json()) == (400, {"error": error, "code": "invalid_code"})


def test_a_code_that_is_null_was_not_given(alice):
    with_two_factor(alice)
    codes = backup_codes_regenerate(actor=alice)
    session = login().json()["session_token"]

    response = verify(session_token=session, totp_code=None, backup_code=codes[0])

    assert response.status_code == 200, response.json()


def test_verify_with_an_unknown_session_or_no_code(alice):
    with_two_factor(alice)

    unknown = verify(session_token="x" * 43, totp_code="123456")
    codeless = verify(session_token=login().json()["session_token"])
    nothing = verify()

    assert unknown.status_code == codeless.status_code == nothing.status_code == 400
    assert unknown.json()["error"] == "Invalid or expired session token. Please log in again."
    assert set(codeless.json()) == {"totp_code", "backup_code", "message"}
    assert nothing.json() == {"session_token": ["This field is required."]}


def test_the_lock_answers_429(alice):
    device = with_two_factor(alice)
    session = login().json()["session_token"]
    for _ in range(2):
        login(password="wrong")
    for _ in range(3):
        verify(session_token=session, totp_code="abcdef")

    for response in (login(), verify(session_token=session, totp_code=totp_of(device.secret))):
        assert response.status_code == 429
        assert 890 <= int(response["Retry-After"]) <= 900
        assert response.json()["detail"] == "Too many failed attempts. Try again in 15 minutes."


def test_the_sixth_try_at_the_second_factor_is_429(alice):
    device = with_two_factor(alice)
    session = login().json()["session_token"]
    tries = [verify(session_token=session, totp_code="abcdef").status_code for _ in range(5)]
    sixth = verify(session_token=session, totp_code=totp_of(device.secret))

    assert tries == [400] * 5
    assert sixth.status_code == 429
    assert 890 <= int(sixth["Retry-After"]) <= 900
    assert sixth.json()["detail"] == "Too many failed attempts. Try again in 15 minutes."


@pytest.mark.operation("cultureup.twofactor.disable")
def test_disable(alice):
    device = with_two_factor(alice)

    body = {"password": PASSWORD, "totp_code": totp_of(device.secret)}
    response = as_token(alice).post("/api/auth/2fa/disable/", body, format="json")

    assert (response.status_code, response.json()) == (200, {"message": "2FA disabled successfully"})
    assert "token" in login().json()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (
            {"password": PASSWORD},
            {
                "totp_code": ["Please provide TOTP code from your authenticator app"],
                "backup_code": ["Or provide a backup code instead"],
                "message": "To disable 2FA, you need: 1) Your password AND 2) TOTP code from authenticator app "
                "OR backup code",
            },
        ),
        ({"password": "wrong", "totp_code": "123456"}, {"password": ["Invalid password"]}),
        (
            {"password": PASSWORD, "totp_code": "abcdef"},
            {"totp_code": ["Invalid TOTP code. Check your authenticator app."]},
        ),
        ({"password": PASSWORD, "backup_code": "ABCD1234"}, {"backup_code": ["Invalid backup code"]}),
        ({"totp_code": "123456"}, {"password": ["This field is required."]}),
    ],
)
def test_disable_refuses(alice, body, answer):
    with_two_factor(alice)

    response = as_token(alice).post("/api/auth/2fa/disable/", body, format="json")

    assert (response.status_code, response.json()) == (400, answer)
    assert two_factor_status(actor=alice).is_enabled


@pytest.mark.operation("cultureup.twofactor.status")
def test_status(alice):
    client = as_token(alice)
    assert client.get("/api/auth/2fa/status/").json() == {"two_factor_enabled": False, "backup_codes_count": 0}
    with_two_factor(alice)
    backup_codes_regenerate(actor=alice)

    assert client.get("/api/auth/2fa/status/").json() == {"two_factor_enabled": True, "backup_codes_count": 10}


@pytest.mark.operation("cultureup.twofactor.backup_codes")
def test_backup_codes(alice):
    client = as_token(alice)
    assert client.post("/api/auth/2fa/backup-codes/").status_code == 400
    with_two_factor(alice)

    response = client.post("/api/auth/2fa/backup-codes/")

    assert response.status_code == 200
    assert response.json()["message"] == "Backup codes regenerated successfully"
    assert len(set(response.json()["backup_codes"])) == 10


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "setup"),
        ("post", "reset-setup"),
        ("post", "enable"),
        ("post", "disable"),
        ("get", "status"),
        ("post", "backup-codes"),
    ],
)
def test_strangers_are_401(method, path):
    assert getattr(APIClient(), method)(f"/api/auth/2fa/{path}/").status_code == 401


@pytest.mark.parametrize(
    ("path", "name", "form"),
    [
        ("/api/auth/login/", "username", "json"),
        ("/api/auth/login", "email", "json"),
        ("/api/v1/login", "username", "multipart"),
    ],
)
def test_no_dialect_gives_a_token_before_the_second_factor(alice, path, name, form):
    device = with_two_factor(alice)

    body = APIClient().post(path, {name: "alice@example.com", "password": PASSWORD}, format=form).json()

    assert body["requires_2fa"] is True
    assert not {"token", "access_token", "refresh_token", "user"} & set(body)
    for header in (f"Token {body['session_token']}", f"Bearer {body['session_token']}"):
        assert APIClient(HTTP_AUTHORIZATION=header).get("/api/auth/profile/").status_code == 401
    assert verify(session_token=body["session_token"], totp_code=totp_of(device.secret)).status_code == 200
