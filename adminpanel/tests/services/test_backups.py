"""Backing up and putting back: the same rows and files, by their digests, or a refusal that changes nothing."""

import errno
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.services.sending import deliveries_sweep
from adminpanel.services.backups import backups, postgresql, stored_files
from adminpanel.services.backups.contents import manifest_read
from commerce.models import LedgerEntry, Order
from commerce.tests.steps import paid_order
from community.models import EmailCampaign
from community.services.campaigns import campaigns_sweep
from community.tests.factories import EmailFactory
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory
from printshop.models import PrinterCommand, Shipment
from printshop.tests.factories import PrinterFactory, ScheduledPrintFactory, ShopOrderFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_else_is_connected(transactional_db):
    """Threads of other tests in this process may have left connections open."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )


@pytest.fixture
def files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        name: {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / name}}
        for name in ("default", "private")
    }
    for name, content in {"a/dawn.jpg": b"dawn", "ßé/sunset.jpg": b"sunset" * 300_000}.items():
        storages["default"].save(name, ContentFile(content))
    storages["private"].save("a/dawn.jpg", ContentFile(b"the original"))
    return tmp_path


@pytest.fixture
def platform(files, alice, bob, settings):
    settings.SANDBOX_ALLOWED = True
    settings.DATA_DIR = files
    order, _payment = paid_order(bob, ArtworkFactory(seller=alice, title='A "quoted"\ttitle \\N ☃', price="10.00"))
    return order


def called(command: str, *arguments: object) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


def stored(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for name in ("default", "private")
        for file in (folder / name).rglob("*")
        if file.is_file()
    }


def test_there_and_back(platform, files, bob, tmp_path):
    before, folder = stored(files), tmp_path / "backup"
    said = called("back_up", folder)
    manifest = manifest_read(folder)
    size = sum(map(len, before.values()))
    assert f"{manifest.rows} rows in {len(manifest.tables)} tables, {len(before)} files of {size} bytes." in said
    assert "Keep SECRET_KEY and FIELD_ENCRYPTION_KEY elsewhere" in said
    if connection.vendor == "postgresql":  # migrations are not put back, so neither is what counts them
        assert manifest.sequences["accounts_user_id_seq"] >= bob.pk
        assert "django_migrations_id_seq" not in manifest.sequences
    assert {(file.stat().st_mode & 0o077) for file in folder.rglob("*")} == {0}

    # What is lost and what is wrong is as it was, what came later is gone.
    Listing.objects.update(title="Overwritten")
    User.objects.filter(pk=bob.pk).update(email_key="gone", email="gone@example.com")
    with pytest.raises(CommandError, match="The database holds people already"):
        called("restore", folder)
    late = User.objects.create(username="late", email="late@example.com")
    storages["default"].delete("a/dawn.jpg")
    storages["private"].delete("a/dawn.jpg")
    storages["private"].save("a/dawn.jpg", ContentFile(b"another"))
    said = called("restore", folder, "--force")
    assert f"{manifest.rows} rows in {len(manifest.tables)} tables and {len(before)} files" in said
    assert "The ledger adds up." in said
    assert stored(files) == before
    assert Listing.objects.get().title == 'A "quoted"\ttitle \\N ☃'
    assert User.objects.get(pk=bob.pk).email == bob.email
    assert not User.objects.filter(pk=late.pk).exists()
    assert User.objects.create(username="next", email="next@example.com").pk > bob.pk
    assert (Order.objects.get().pk, LedgerEntry.objects.count()) == (platform.pk, 3)


def test_what_is_refused_changes_nothing(platform, files, tmp_path, settings, monkeypatch):
    good = tmp_path / "good"
    called("back_up", good, "--without-files")
    called("back_up", tmp_path / "whole")
    with pytest.raises(CommandError, match="is not empty"):
        called("back_up", good)
    Listing.objects.update(title="As it is now")
    before = stored(files)

    def copy(name: str, of: Path = tmp_path / "whole") -> Path:
        return Path(shutil.copytree(of, tmp_path / name))

    unfinished = copy("unfinished")
    (unfinished / "manifest.json").unlink()
    newer = copy("newer")
    said = json.loads((newer / "manifest.json").read_text())
    (newer / "manifest.json").write_text(json.dumps(said | {"migrations": [*said["migrations"], "commerce.9999_x"]}))
    other = copy("other")
    (other / "manifest.json").write_text(json.dumps(said | {"database": "sqlite"}))
    damaged = copy("damaged")
    (damaged / "database" / "accounts_user.copy.gz").write_bytes(b"")
    spoilt = copy("spoilt")
    (spoilt / "files" / "private" / "a" / "dawn.jpg").write_bytes(b"another")
    outside = copy("outside")
    listed = (outside / "files.sha256").read_text().replace("files/private/a/", "files/private/../../../", 1)
    (outside / "files.sha256").write_text(listed)
    tampered = copy("tampered")
    manifest = manifest_read(tampered)
    manifest.tables["accounts_user"] = replace(manifest.tables["accounts_user"], digest="0" * 64)
    manifest.write(tampered)
    misfit = copy("misfit")
    manifest = manifest_read(misfit)
    manifest.tables["accounts_user"].columns.remove("username")
    manifest.write(misfit)
    for folder, words in {
        tmp_path / "nothing": "is no backup",
        unfinished: "has no manifest.json",
        newer: "another version",
        other: "is of sqlite",
        damaged: "accounts_user.copy.gz is missing or damaged",
        spoilt: "private/a/dawn.jpg of the backup is missing or damaged",
        outside: "files.sha256 is missing or damaged",
    }.items():
        with pytest.raises(CommandError, match=words):
            called("restore", folder, "--force")
    for folder, words in {tampered: "accounts_user is not what was backed up", misfit: "extra data after"}.items():
        with pytest.raises(CommandError, match=words):
            called("restore", folder, "--force", "--without-files")
    monkeypatch.setattr(postgresql, "others_connected", lambda: 2)
    with pytest.raises(CommandError, match="2 other connections"):
        called("restore", good, "--force")
    monkeypatch.undo()
    settings.FIELD_ENCRYPTION_KEY = "another"
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEY is not the one"):
        called("restore", good, "--force")
    assert Listing.objects.get().title == "As it is now"
    assert stored(files) == before
    assert called("restore", good, "--force", "--with-other-keys").startswith("The backup of ")
    assert Listing.objects.get().title != "As it is now"


@pytest.fixture
def waiting(platform, alice):
    """What was about to be done when it was backed up."""
    due = {"name": "News", "subject": "News", "content": "<p>News</p>", "segment": "all", "status": "scheduled"}
    printer = PrinterFactory()
    return {
        "mail": EmailFactory(user=alice),
        "campaign": EmailCampaign.objects.create(**due, scheduled_at=timezone.now()),
        "later": EmailCampaign.objects.create(**due, scheduled_at=timezone.now() + timedelta(days=9)),
        "going out": EmailCampaign.objects.create(**due | {"status": "sent"}, sent_at=timezone.now()),
        "print": ScheduledPrintFactory(shop=printer.shop, printer=None),
        "printer": printer,
        "free": PrinterFactory(),
        "parcel": Shipment.objects.create(order=ShopOrderFactory(), carrier="usps", tracking_code="1"),
        "command": PrinterCommand.objects.create(
            printer=printer, kind="pause", expires_at=timezone.now() + timedelta(hours=1)
        ),
    }


def test_what_was_waiting_is_not_done_twice(platform, waiting, tmp_path, mailoutbox):
    called("back_up", tmp_path / "backup")
    called("restore", tmp_path / "backup", "--force")
    deliveries_sweep()
    campaigns_sweep()
    for row in waiting.values():
        row.refresh_from_db()
    assert mailoutbox == [] and (waiting["mail"].state, waiting["mail"].error) == ("given_up", "restored from a backup")
    assert (waiting["campaign"].status, waiting["campaign"].scheduled_at) == ("draft", None)
    assert waiting["later"].status == "scheduled" and waiting["later"].scheduled_at is not None
    assert waiting["going out"].finished_at is not None
    assert (waiting["printer"].is_taking_prints, waiting["free"].is_taking_prints) == (False, True)
    assert waiting["parcel"].state == "unclear"
    assert waiting["command"].expires_at < timezone.now()
    # Numbers that were given away since are not given to others.
    assert User.objects.create(username="next", email="next@example.com").pk > 10_000
    target = platform.buyer.webhook_targets.create(name="The first", url="https://example.com/", secret="x")
    assert target.pk > 10_000 and Order.objects.get().pk == platform.pk


def test_after_a_move_what_was_waiting_goes_on(waiting, tmp_path):
    called("back_up", tmp_path / "backup")
    called("restore", tmp_path / "backup", "--force", "--nothing-since")
    before = User.objects.order_by("pk").last().pk
    for row in waiting.values():
        row.refresh_from_db()
    assert (waiting["mail"].state, waiting["campaign"].status) == ("waiting", "scheduled")
    assert (waiting["parcel"].state, waiting["printer"].is_taking_prints) == ("waiting", True)
    assert User.objects.create(username="next", email="next@example.com").pk < before + 100


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_is_broken_off_leaves_nothing(platform, files, tmp_path, monkeypatch, fault):
    def full(*_args):
        raise fault

    folder = tmp_path / "backup"
    with monkeypatch.context() as patch:
        patch.setattr(stored_files, "pieces_of", full)
        expected = CommandError if isinstance(fault, OSError) else KeyboardInterrupt
        with pytest.raises(expected, match="backup cannot be written: No space left" if fault.args else None):
            called("back_up", folder)
    assert list(folder.iterdir()) == []
    called("back_up", folder)  # and it can be tried again
    assert manifest_read(folder).files == len(stored(files))


def test_the_ledger_is_proven_on_both_ways(platform, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "ledger_prove", lambda: ["payment 7 is wrong"])
    with pytest.raises(CommandError, match="backed up, but the ledger is wrong in 1 places"):
        called("back_up", tmp_path / "backup", "--without-files")
    with pytest.raises(CommandError, match="The ledger is wrong in 1 places; 1 when backed up"):
        called("restore", tmp_path / "backup", "--force")


def test_the_files_of_a_bucket(s3_server, settings, tmp_path):
    """A bucket has those of other tests as well; one of ours is large enough to be sent in parts."""
    settings.STORAGES = settings.STORAGES | s3_server.storages()
    content = {"backed-up/a.bin": bytes(range(256)) * 40_000, "backed-up/b/c.txt": b"small"}
    for name, data in content.items():
        storages["private"].save(name, ContentFile(data))
    tmp_path.joinpath("files").mkdir()
    count, _size = stored_files.files_dump(tmp_path, print)
    storages["private"].delete("backed-up/a.bin")
    storages["private"].delete("backed-up/b/c.txt")
    storages["private"].save("backed-up/b/c.txt", ContentFile(b"another"))
    stored_files.files_load(tmp_path, count, print)
    for name, data in content.items():
        with storages["private"].open(name) as file:
            assert file.read() == data
