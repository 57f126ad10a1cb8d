"""Exports: asked for, made once whoever dies, mailed, and gone after a while."""

import errno
import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.errors import ExportUnderWay
from accounts.models import DataExport, Delivery
from accounts.selectors.exports import export_link, exports_of
from accounts.services import exports
from accounts.services.exports import export_make, export_request, exports_sweep
from accounts.services.profiles import profile_image_set
from accounts.services.sending import deliveries_sweep
from accounts.services.sessions import sessions_end
from accounts.tests.people import as_bearer
from commerce.tests.steps import at_once
from config.core.errors import Denied, Limited
from config.core.models import AuditEntry, DiscardedFile
from tests.roles.requests.request import picture

pytestmark = pytest.mark.django_db


def asked(user) -> DataExport:
    return export_request(actor=user, user_id=user.pk)


def made(user) -> DataExport:
    export = asked(user)
    export_make(export.pk)
    export.refresh_from_db()
    return export


def kinds_in(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def test_it_is_made_stored_privately_and_mailed(alice):
    profile_image_set(actor=alice, upload=picture())
    export = asked(alice)
    assert (export.state, export.progress, export_link(export)) == ("waiting", 0, None)
    with pytest.raises(ExportUnderWay):
        asked(alice)
    export_make(export.pk)
    export_make(export.pk)  # a task may come twice
    export.refresh_from_db()
    assert (export.state, export.progress, export.attempts) == ("ready", 100, 1)
    assert export.expires_at - export.ended_at == timedelta(days=7)
    with storages["private"].open(export.file.name) as file:
        content = file.read()
    assert len(content) == export.byte_size and not DiscardedFile.objects.exists()
    archive = kinds_in(content)
    assert json.loads(archive.read("account.json"))[0]["email"] == "alice@example.com"
    [avatar] = [name for name in archive.namelist() if name.startswith("files/profile/")]
    assert archive.read(avatar)[:2] == b"\xff\xd8"

    assert str(export.number.hex) not in str(Delivery.objects.get(template="data_export").context)
    deliveries_sweep()
    [message] = [each for each in mail.outbox if each.subject == "Your data is ready"]
    [address] = [line for line in message.body.splitlines() if "/your-data/" in line]
    path = address.removeprefix(settings.PUBLIC_URL)
    assert path in message.alternatives[0][0]
    answer = Client().get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
    saved = Client().get(answer["Location"])
    assert b"".join(saved.streaming_content) == content and "attachment" in saved["Content-Disposition"]
    assert Client().get(path.replace(":", "x:")).status_code == 404
    sessions_end(alice)  # a new password, for one
    assert Client().get(path).status_code == Client().get(answer["Location"]).status_code == 404


def test_twice_a_day_and_an_old_one_goes_with_its_file(alice, bob, settings):
    settings.RATE_LIMITS = "on"
    first = made(alice)
    made(alice)
    with pytest.raises(Limited) as refused:
        asked(alice)
    assert 86_000 < refused.value.wait <= 86_401
    assert made(bob).state == "ready"
    with time_machine.travel(timezone.now() + timedelta(days=7, hours=1)):
        exports_sweep()
        assert not DataExport.objects.exists()
        assert DiscardedFile.objects.filter(storage="private", name=first.file.name).exists()
        assert asked(alice).state == "waiting"


def test_by_staff_it_goes_to_the_person_and_leaves_an_entry(alice, bob, staff, admin):
    for actor in (bob, staff):
        with pytest.raises(Denied):
            export_request(actor=actor, user_id=alice.pk)
    with pytest.raises(Denied):
        export_request(actor=bob, user_id=admin.pk)
    export = export_request(actor=admin, user_id=alice.pk)
    export_make(export.pk)
    entry = AuditEntry.objects.get(action="user.export")
    assert (entry.actor, entry.target_id) == (admin, str(alice.pk))
    assert Delivery.objects.get(template="data_export").user == alice
    assert [export.pk for export in exports_of(actor=alice)] == [export.pk] and not exports_of(actor=admin).exists()


def test_a_worker_that_dies_is_followed_by_another(alice, monkeypatch):
    export = asked(alice)

    def die(*_args):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(exports, "stream_write", die)
        with pytest.raises(SystemExit):
            export_make(export.pk)
    export_make(export.pk)  # its claim holds
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("running", 1)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        export_make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("ready", 2)


def test_a_storage_that_fails_is_tried_three_times_and_keeps_nothing(alice, monkeypatch):
    export = asked(alice)

    def full(*_args, **_kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(storages["private"], "_save", full)
    for number in range(1, 4):
        with time_machine.travel(timezone.now() + timedelta(minutes=number * 3)):
            export_make(export.pk)
            export.refresh_from_db()
            assert (export.state, export.attempts) == ("failed" if number == 3 else "waiting", number)
    assert export.expires_at is not None and not Delivery.objects.filter(template="data_export").exists()
    assert (
        not storages["private"].exists(f"exports/{alice.pk}")
        or not storages["private"].listdir(f"exports/{alice.pk}")[1]
    )
    monkeypatch.undo()
    assert made(alice).state == "ready"


def test_a_file_that_is_gone_is_said_and_stops_nothing(alice):
    alice.profile_image.save("gone.jpg", ContentFile(b"x"))
    alice.profile_image.storage.delete(alice.profile_image.name)
    with storages["private"].open(made(alice).file.name) as file:
        [said] = json.loads(kinds_in(file.read()).read("files.json"))
    assert said["is_included"] is False


def test_no_more_than_two_at_once(alice, bob, charlie, monkeypatch):
    waiting = [asked(user) for user in (alice, bob, charlie)]
    with monkeypatch.context() as patch:
        patch.setattr(exports, "stream_write", lambda *_args: (_ for _ in ()).throw(exports._Taken))
        for export in waiting:
            export_make(export.pk)
    states = list(DataExport.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["running", "running", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_asked_for_twice_at_once(alice):
    outcomes = at_once(lambda: asked(alice), lambda: asked(alice))
    assert DataExport.objects.count() == 1
    assert sum(isinstance(outcome, ExportUnderWay) for outcome in outcomes) == 1


def test_the_command_writes_a_file_that_only_its_owner_reads(alice, tmp_path):
    output = tmp_path / "alice.zip"
    call_command("export_person", "alice@example.com", output=output)
    assert json.loads(kinds_in(output.read_bytes()).read("account.json"))[0]["username"] == "alice"
    assert output.stat().st_mode & 0o777 == 0o600
    assert AuditEntry.objects.get(action="user.export").actor is None
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_person", "alice", output=output)
    with pytest.raises(CommandError, match="no such person"):
        call_command("export_person", "nobody")


def test_the_command_says_what_it_cannot_write_and_leaves_no_half(alice, tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="nowhere/alice.zip cannot be written: No such file or directory"):
        call_command("export_person", "alice", output=tmp_path / "nowhere" / "alice.zip")
    assert not AuditEntry.objects.filter(action="user.export").exists()  # nothing was given to anybody

    def full(_members):
        yield b"PK"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("accounts.management.commands.export_person.zipped", full)
    with pytest.raises(CommandError, match="alice.zip cannot be written: No space left on device"):
        call_command("export_person", "alice", output=tmp_path / "alice.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.operation("nexus.users.me.exports.create")
@pytest.mark.operation("nexus.users.me.exports.list")
@pytest.mark.operation("v1.auth.exports.create")
@pytest.mark.operation("v1.auth.exports.list")
@pytest.mark.parametrize("address", ["/api/users/me/exports", "/api/v1/auth/exports"])
def test_exports_over_http(alice, bob, address):
    caller = as_bearer(alice)
    begun = caller.post(address)
    assert begun.status_code == 201
    assert begun.json() | {"id": 0, "created_at": ""} == {
        "id": 0, "status": "waiting", "progress": 0, "created_at": "", "finished_at": None, "expires_at": None,
        "byte_size": None, "download_url": None,
    }  # fmt: skip
    assert caller.post(address).status_code == 409
    export_make(begun.json()["id"])
    [shown] = caller.get(address).json()
    assert (shown["status"], shown["progress"]) == ("ready", 100)
    file = Client().get(shown["download_url"].removeprefix("http://testserver"))
    assert len(b"".join(file.streaming_content)) == shown["byte_size"]
    assert as_bearer(bob).get(address).json() == []
