"""Two-factor authentication: setting up, signing in, turning off."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, unquote, urlsplit

import django_otp
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_otp import devices_for_user
from PIL import Image

from accounts.errors import (
    AboveActor,
    CodeMissing,
    InvalidBackupCode,
    InvalidCode,
    InvalidSession,
    OnOneself,
    SetupMissing,
    TwoFactorState,
)
from accounts.models import AuthenticatorDevice, BackupCode, Delivery, PendingSignIn, SignInFailure, User
from accounts.services import twofactor
from accounts.services.people import user_two_factor_end
from accounts.services.sessions import sessions_end
from accounts.services.sign_in import second_factor_verify, sign_in
from accounts.tests.factories import PASSWORD, SuperuserFactory, UserFactory
from accounts.tests.people import as_bearer, as_token, totp_of, with_two_factor
from config.core.errors import Denied, DomainError, Invalid, Limited
from config.core.models import AuditEntry

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"
START = timezone.now().replace(second=0, microsecond=0)  # the first second of a time step


@pytest.fixture
def alice(db):
    return UserFactory(username="alice")


def password_step(user, address=HOME):
    return sign_in(name=user.username, password=PASSWORD, address=address).session_token


# ---------------------------------------------------------------- setting up
def test_setup_hands_out_one_secret_for_thirty_minutes(alice):
    with time_machine.travel(START, tick=False):
        first = twofactor.two_factor_setup(actor=alice)
    with time_machine.travel(START + timedelta(minutes=15, seconds=10), tick=False):
        second = twofactor.two_factor_setup(actor=alice)
    with time_machine.travel(START + timedelta(minutes=30), tick=False):
        third = twofactor.two_factor_setup(actor=alice)

    assert (first.is_new, first.expires_in_minutes) == (True, 30)
    assert (second.is_new, second.expires_in_minutes) == (False, 15)
    assert (second.secret, second.qr_code) == (first.secret, first.qr_code)
    assert third.is_new
    assert third.secret != first.secret


def test_the_secret_is_base32_and_comes_as_a_picture_too(alice):
    setup = twofactor.two_factor_setup(actor=alice)

    assert len(base64.b32decode(setup.secret)) == 20
    head, picture = setup.qr_code.split(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(picture))).format == "PNG"


def test_what_the_authenticator_app_reads():
    address = urlsplit(twofactor.otpauth_address(User(username="älice & co"), "JBSWY3DP"))

    assert (address.scheme, address.netloc, unquote(address.path)) == ("otpauth", "totp", "/Atelier:älice & co")
    assert parse_qs(address.query) == {"secret": ["JBSWY3DP"], "issuer": ["Atelier"]}


def test_the_database_holds_neither_secret_nor_codes(alice):
    setup = twofactor.two_factor_setup(actor=alice)
    codes = twofactor.two_factor_enable(actor=alice, totp_code=totp_of(setup.secret))

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_authenticatordevice")
        assert setup.secret not in cursor.fetchone()[0]
    assert not set(codes) & set(BackupCode.objects.values_list("digest", flat=True))


def test_reset_drops_the_setup(alice):
    first = twofactor.two_factor_setup(actor=alice)

    twofactor.two_factor_setup_reset(actor=alice)

    assert twofactor.two_factor_setup(actor=alice).secret != first.secret
    twofactor.two_factor_setup_reset(actor=alice)
    twofactor.two_factor_setup_reset(actor=alice)
    assert not AuthenticatorDevice.objects.exists()


def test_enabling_gives_ten_codes(alice):
    setup = twofactor.two_factor_setup(actor=alice)

    codes = twofactor.two_factor_enable(actor=alice, totp_code=totp_of(setup.secret))

    assert len(set(codes)) == 10
    assert all(len(code) == 8 and set(code) <= set(twofactor.BACKUP_ALPHABET) for code in codes)
    assert twofactor.two_factor_status(actor=alice) == twofactor.Status(True, 10)


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "", "abcdef", "١٢٣٤٥٦", "-12345", "1e5", "12 34"])
def test_a_wrong_code_enables_nothing(alice, code):
    with time_machine.travel(START, tick=False):
        setup = twofactor.two_factor_setup(actor=alice)
        assert totp_of(setup.secret) != code
        with pytest.raises(InvalidCode):
            twofactor.two_factor_enable(actor=alice, totp_code=code)

    alice.refresh_from_db()
    assert alice.credentials_version == 1
    assert twofactor.two_factor_status(actor=alice) == twofactor.Status(False, 0)


def test_enabling_needs_a_setup_that_has_not_expired(alice):
    with pytest.raises(SetupMissing):
        twofactor.two_factor_enable(actor=alice, totp_code="123456")
    with time_machine.travel(START, tick=False):
        setup = twofactor.two_factor_setup(actor=alice)
    with time_machine.travel(START + timedelta(minutes=31), tick=False):
        with pytest.raises(SetupMissing):
            twofactor.two_factor_enable(actor=alice, totp_code=totp_of(setup.secret))


def test_what_needs_2fa_off_is_refused_when_it_is_on(alice):
    device = with_two_factor(alice)

    for refused in (
        lambda: twofactor.two_factor_setup(actor=alice),
        lambda: twofactor.two_factor_setup_reset(actor=alice),
        lambda: twofactor.two_factor_enable(actor=alice, totp_code=totp_of(device.secret)),
    ):
        with pytest.raises(TwoFactorState, match="already enabled"):
            refused()
    assert AuthenticatorDevice.objects.get() == device


def test_what_needs_2fa_on_is_refused_when_it_is_off(alice):
    for refused in (
        lambda: twofactor.backup_codes_regenerate(actor=alice),
        lambda: twofactor.two_factor_disable(actor=alice, password=PASSWORD, totp_code="123456", address=HOME),
    ):
        with pytest.raises(TwoFactorState, match="not enabled"):
            refused()


def test_enabling_ends_every_other_session(alice, client):
    mine, others = as_token(alice), [as_token(alice), as_bearer(alice)]
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert client.session["_auth_user_id"] == str(alice.pk)
    secret = mine.get("/api/auth/2fa/setup/").json()["secret_key"]

    assert mine.post("/api/auth/2fa/enable/", {"totp_code": totp_of(secret)}, format="json").status_code == 200

    assert mine.get("/api/auth/profile/").status_code == 200
    assert [other.get("/api/auth/profile/").status_code for other in others] == [401, 401]
    assert client.get("/admin/").status_code == 302


def test_a_sign_in_that_was_under_way_ends_with_the_sessions(alice):
    with_two_factor(alice)
    token = password_step(alice)

    sessions_end(alice)

    with pytest.raises(InvalidSession):
        second_factor_verify(session_token=token, totp_code="123456", address=HOME)


# ---------------------------------------------------------------- signing in
def test_the_password_alone_signs_nobody_in(alice):
    with_two_factor(alice)

    result = sign_in(name="alice", password=PASSWORD, address=HOME)

    assert result.needs_second_factor
    alice.refresh_from_db()
    assert alice.last_login is None
    assert result.session_token not in set(PendingSignIn.objects.values_list("digest", flat=True))


def test_a_code_signs_in_once(alice):
    device = with_two_factor(alice)
    with time_machine.travel(START, tick=False):
        token, code = password_step(alice), totp_of(device.secret)
        assert second_factor_verify(session_token=token, totp_code=code, address=HOME) == alice
        with pytest.raises(InvalidSession):
            second_factor_verify(session_token=token, totp_code=code, address=HOME)
        with pytest.raises(InvalidCode):
            second_factor_verify(session_token=password_step(alice), totp_code=code, address=HOME)
    alice.refresh_from_db()
    assert alice.last_login == START


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(alice, seconds, accepted):
    device = with_two_factor(alice)
    with time_machine.travel(START + timedelta(seconds=seconds), tick=False):
        code = totp_of(device.secret)
    with time_machine.travel(START, tick=False):
        try:
            second_factor_verify(session_token=password_step(alice), totp_code=code, address=HOME)
        except InvalidCode:
            assert not accepted
        else:
            assert accepted


def test_an_older_code_is_dead_once_a_newer_one_was_used(alice):
    device = with_two_factor(alice)
    with time_machine.travel(START - timedelta(seconds=30), tick=False):
        older = totp_of(device.secret)
    with time_machine.travel(START, tick=False):
        second_factor_verify(session_token=password_step(alice), totp_code=totp_of(device.secret), address=HOME)
        with pytest.raises(InvalidCode):
            second_factor_verify(session_token=password_step(alice), totp_code=older, address=HOME)


def test_a_backup_code_signs_in_once_however_it_is_typed(alice):
    with_two_factor(alice)
    code = twofactor.backup_codes_regenerate(actor=alice)[0]
    typed = f" {code[:4].lower()}-{code[4:]} "

    assert second_factor_verify(session_token=password_step(alice), backup_code=typed, address=HOME) == alice

    assert twofactor.two_factor_status(actor=alice).backup_codes_left == 9
    with pytest.raises(InvalidBackupCode):
        second_factor_verify(session_token=password_step(alice), backup_code=code, address=HOME)


def test_a_backup_code_is_of_one_person(alice):
    bob = UserFactory(username="bob")
    with_two_factor(alice)
    with_two_factor(bob)
    bobs = twofactor.backup_codes_regenerate(actor=bob)[0]

    with pytest.raises(InvalidBackupCode):
        second_factor_verify(session_token=password_step(alice), backup_code=bobs, address=HOME)


def test_no_code_is_no_failure(alice):
    with_two_factor(alice)
    token = password_step(alice)

    for _ in range(6):
        with pytest.raises(CodeMissing):
            second_factor_verify(session_token=token, totp_code=" ", address=HOME)

    assert SignInFailure.objects.count() == 0
    assert PendingSignIn.objects.get().failures == 0


def test_the_session_token_lives_ten_minutes(alice):
    device = with_two_factor(alice)
    with time_machine.travel(START, tick=False):
        token = password_step(alice)
    with time_machine.travel(START + timedelta(minutes=10), tick=False):
        with pytest.raises(InvalidSession):
            second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HOME)
    with time_machine.travel(START + timedelta(minutes=9, seconds=59), tick=False):
        assert second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HOME) == alice


def test_the_session_token_dies_after_five_wrong_codes_wherever_they_come_from(alice):
    device = with_two_factor(alice)
    token = password_step(alice)
    for number in range(5):
        with pytest.raises(InvalidCode):
            second_factor_verify(session_token=token, totp_code="abcdef", address=f"192.0.2.{number}")

    with pytest.raises(InvalidSession):
        second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HOME)


def test_passwords_in_between_do_not_clear_the_count_of_codes(alice):
    device = with_two_factor(alice)
    for _ in range(5):
        with pytest.raises(InvalidCode):
            second_factor_verify(session_token=password_step(alice), totp_code="abcdef", address=HOME)

    with pytest.raises(Limited):
        password_step(alice)
    elsewhere = password_step(alice, ELSEWHERE)
    with pytest.raises(Limited):
        second_factor_verify(session_token=elsewhere, totp_code=totp_of(device.secret), address=HOME)
    assert second_factor_verify(session_token=elsewhere, totp_code=totp_of(device.secret), address=ELSEWHERE) == alice


def test_a_deactivated_account_does_not_come_in_by_its_second_factor(alice):
    device = with_two_factor(alice)
    token = password_step(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    with pytest.raises(InvalidSession):
        second_factor_verify(session_token=token, totp_code=totp_of(device.secret), address=HOME)


def at_once(attempts):
    def run(attempt):
        try:
            attempt()
        except DomainError as error:
            return type(error).__name__
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(len(attempts)) as pool:
        return sorted(pool.map(run, attempts))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["totp_code", "backup_code"])
def test_a_code_that_comes_twice_at_once_works_once(kind):
    alice = UserFactory(username="alice")
    device = with_two_factor(alice)
    backup = twofactor.backup_codes_regenerate(actor=alice)[0]
    code = {kind: totp_of(device.secret) if kind == "totp_code" else backup}
    tokens = {address: password_step(alice, address) for address in (HOME, ELSEWHERE)}

    outcomes = at_once(
        [
            lambda address=address, token=token: second_factor_verify(session_token=token, address=address, **code)
            for address, token in tokens.items()
        ]
    )

    assert outcomes == sorted(["in", "InvalidCode" if kind == "totp_code" else "InvalidBackupCode"])


@pytest.mark.django_db(transaction=True)
def test_a_setup_asked_for_twice_at_once_is_one():
    alice = UserFactory(username="alice")
    secrets = []

    at_once([lambda: secrets.append(twofactor.two_factor_setup(actor=alice).secret)] * 4)

    assert len(secrets) == 4
    assert len(set(secrets)) == 1


# ---------------------------------------------------------------- turning off
@pytest.mark.parametrize("kind", ["totp_code", "backup_code"])
def test_turning_off_takes_password_and_code(alice, kind):
    device = with_two_factor(alice)
    backup = twofactor.backup_codes_regenerate(actor=alice)[0]
    code = {kind: totp_of(device.secret) if kind == "totp_code" else backup}

    twofactor.two_factor_disable(actor=alice, password=PASSWORD, address=HOME, **code)

    assert twofactor.two_factor_status(actor=alice) == twofactor.Status(False, 0)
    assert not BackupCode.objects.exists()
    assert not sign_in(name="alice", password=PASSWORD, address=HOME).needs_second_factor


@pytest.mark.parametrize(
    ("sent", "error", "field", "failures"),
    [
        ({"password": "wrong", "totp_code": "right"}, Invalid, "password", 1),
        ({"password": PASSWORD, "totp_code": "abcdef"}, InvalidCode, "totp_code", 1),
        ({"password": PASSWORD, "backup_code": "ABCD1234"}, InvalidBackupCode, "backup_code", 1),
        ({"password": PASSWORD}, CodeMissing, "totp_code", 0),
    ],
)
def test_turning_off_refused_changes_nothing(alice, sent, error, field, failures):
    device = with_two_factor(alice)
    twofactor.backup_codes_regenerate(actor=alice)
    if sent.get("totp_code") == "right":
        sent = sent | {"totp_code": totp_of(device.secret)}

    with pytest.raises(error) as refusal:
        twofactor.two_factor_disable(actor=alice, address=HOME, **sent)

    assert refusal.value.field == field
    assert twofactor.two_factor_status(actor=alice) == twofactor.Status(True, 10)
    assert SignInFailure.objects.count() == failures


def test_turning_off_is_under_the_lock(alice):
    device = with_two_factor(alice)
    for _ in range(5):
        with pytest.raises(Invalid):
            twofactor.two_factor_disable(actor=alice, password="wrong", totp_code="123456", address=HOME)

    with pytest.raises(Limited):
        twofactor.two_factor_disable(actor=alice, password=PASSWORD, totp_code=totp_of(device.secret), address=HOME)
    assert twofactor.is_enabled(alice)


def test_new_backup_codes_replace_the_old(alice):
    with_two_factor(alice)
    old = twofactor.backup_codes_regenerate(actor=alice)

    new = twofactor.backup_codes_regenerate(actor=alice)

    assert not set(old) & set(new)
    assert twofactor.two_factor_status(actor=alice).backup_codes_left == 10
    with pytest.raises(InvalidBackupCode):
        second_factor_verify(session_token=password_step(alice), backup_code=old[0], address=HOME)


# ---------------------------------------------------------------- the devices and what is told
def test_the_devices_are_django_otps(alice):
    device = with_two_factor(alice)
    twofactor.backup_codes_regenerate(actor=alice)

    assert set(devices_for_user(alice)) == {device, alice.backup_device}
    assert django_otp.verify_token(alice, device.persistent_id, totp_of(device.secret)) == device


def test_wrong_codes_from_everywhere_slow_the_device_down(alice):
    """Five from one address lock that; a device counts them all, and waits longer after each."""
    device = with_two_factor(alice)

    def attempt(number, code):
        token = password_step(alice, f"192.0.2.{number}")
        return second_factor_verify(session_token=token, totp_code=code, address=f"192.0.2.{number}")

    with time_machine.travel(START, tick=False) as clock:
        for number in range(8):
            with pytest.raises(InvalidCode):
                attempt(number, "abcdef")
            clock.shift(timedelta(seconds=10))
        with pytest.raises(InvalidCode):
            attempt(8, "abcdef")
        with pytest.raises(Limited) as refusal:
            attempt(9, totp_of(device.secret))
        assert refusal.value.wait == 8
        clock.shift(timedelta(seconds=9))
        assert attempt(10, totp_of(device.secret)) == alice
        device.refresh_from_db()
        assert (device.throttling_failure_count, device.throttling_failure_timestamp) == (0, None)


def test_a_device_never_waits_longer_than_about_half_an_hour(alice):
    device = with_two_factor(alice)
    for _ in range(60):
        device.throttle_increment()

    allowed, why = device.verify_is_allowed()

    assert not allowed
    assert why["locked_until"] - timezone.now() <= timedelta(minutes=35)


def told():
    return list(Delivery.objects.order_by("pk").values_list("template", flat=True))


def test_the_person_is_told(alice):
    setup = twofactor.two_factor_setup(actor=alice)
    with time_machine.travel(START, tick=False):
        codes = twofactor.two_factor_enable(actor=alice, totp_code=totp_of(setup.secret))
    assert told() == ["two_factor_enabled"]
    codes = twofactor.backup_codes_regenerate(actor=alice)
    assert told() == ["two_factor_enabled", "backup_codes_replaced"]
    with pytest.raises(Invalid):
        twofactor.two_factor_disable(actor=alice, password="wrong", backup_code=codes[0], address=HOME)
    assert len(told()) == 2
    twofactor.two_factor_disable(actor=alice, password=PASSWORD, backup_code=codes[0], address=HOME)
    assert told() == ["two_factor_enabled", "backup_codes_replaced", "two_factor_disabled"]


class TestEndedByAdministrators:
    def test_it_is_off_the_person_is_told_and_signed_out(self, admin, alice):
        with_two_factor(alice)
        twofactor.backup_codes_regenerate(actor=alice)
        client = as_token(alice)
        Delivery.objects.all().delete()
        out = StringIO()
        call_command("reset_two_factor", "alice", "--reason", "Called, and answered as agreed.", stdout=out)
        assert out.getvalue() == "2FA of alice is off; they are told.\n"
        assert twofactor.two_factor_status(actor=alice) == twofactor.Status(False, 0)
        assert not BackupCode.objects.exists()
        assert told() == ["two_factor_reset"]
        assert client.get("/api/auth/profile/").status_code == 401
        entry = AuditEntry.objects.get(action="user.end_two_factor")
        assert (entry.actor, entry.target_id) == (None, str(alice.pk))
        assert entry.after == {"reason": "Called, and answered as agreed."}

    def test_what_is_refused_changes_nothing(self, admin, staff, alice, bob):
        with_two_factor(alice)
        with_two_factor(admin)
        superuser = SuperuserFactory.create()
        with_two_factor(superuser)
        for actor, person, reason, refusal in (
            (staff, alice, "Asked", Denied),
            (alice, alice, "Asked", Denied),
            (admin, alice, " ", Invalid),
            (admin, alice, "x" * 501, Invalid),
            (admin, admin, "Asked", OnOneself),
            (admin, superuser, "Asked", AboveActor),
            (admin, bob, "Asked", TwoFactorState),
        ):
            with pytest.raises(refusal):
                user_two_factor_end(actor=actor, user_id=person.pk, reason=reason)
        with pytest.raises(CommandError, match="There is no such person."):
            call_command("reset_two_factor", "nobody", "--reason", "x")
        assert told() == []
        assert not AuditEntry.objects.exists()
        assert all(twofactor.is_enabled(person) for person in (alice, admin, superuser))
