"""`manage.py setup_admin`: the first accounts and samples, made once however often it runs."""

import io
from collections.abc import Iterator
from functools import cache

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.models import ArtistProfile, BuyerProfile, Delivery, User
from accounts.tests.factories import BuyerFactory
from adminpanel.samples import data
from adminpanel.samples import models as sample_models
from adminpanel.samples.data import CATEGORIES, EQUIPMENT, WORKS
from adminpanel.samples.meshes import SHAPES, mesh_file
from adminpanel.samples.models import MODELS
from adminpanel.samples.pictures import HEIGHT, STYLES, WIDTH, picture
from community.models import Community
from config.core.images import intake
from config.core.models import AuditEntry
from config.core.tests.remembering import remembering
from marketplace.choices import DESIGN_CATEGORIES
from marketplace.meshes import sandbox
from marketplace.models import Artwork, Category, Equipment, Listing, MeshFile, Model3D, Picture
from tests.once import made_once

pytestmark = pytest.mark.django_db
LEVELS = ("ADMIN", "MANAGER", "MODERATOR")
GOOD = "a rather long passphrase 7"


def run(*flags: str) -> str:
    out = io.StringIO()
    call_command("setup_admin", *flags, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def samples_are_drawn_once() -> Iterator[None]:
    """The samples are the same ones in each test: the first draws them and has them read and analysed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "picture", cache(picture))
        patch.setattr(sample_models, "mesh_file", cache(mesh_file))
        patch.setattr(intake, "run", remembering(intake.run))
        patch.setattr(sandbox, "run", remembering(sandbox.run))
        yield


@pytest.fixture(scope="module")
def documented(django_db_setup, django_db_blocker, samples_are_drawn_once) -> Iterator[list[mail.EmailMessage]]:
    """What the documented call makes in development, once. The mails that it sent."""

    def make() -> list[mail.EmailMessage]:
        mail.outbox = []
        run("--create-superuser", "--create-sample-data")
        return mail.outbox

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEBUG", True)
        for level in LEVELS:
            patch.delenv(f"{level}_PASSWORD", raising=False)
        yield from made_once(django_db_blocker, make)


@pytest.fixture
def in_development(settings, monkeypatch, tmp_path):
    settings.DEBUG = True


@pytest.fixture(autouse=True)
def no_passwords_around(monkeypatch):
    for level in LEVELS:
        monkeypatch.delenv(f"{level}_PASSWORD", raising=False)


def test_without_flags_only_the_groups(in_development):
    assert "Add --create-superuser" in run()
    assert set(Group.objects.values_list("name", flat=True)) == {"Administrators", "Staff", "Content moderators"}
    assert User.objects.count() == 0


def test_samples_in_a_currency_without_decimals(in_development, settings):
    settings.CURRENCIES = dict.fromkeys(settings.CURRENCIES, "JPY")
    run("--create-sample-data")
    prices = Listing.objects.values_list("price", flat=True)
    assert len(prices) == len(WORKS) + len(EQUIPMENT) + len(MODELS)
    assert all(price == int(price) for price in prices)


def test_a_superuser_of_one_s_own_choosing(in_development):
    run(
        *("--create-superuser", "--admin-username", "your_admin"),
        *("--admin-email", "admin@yoursite.com", "--admin-password", "secure_password"),
    )
    user = User.objects.get()
    assert (user.username, user.email, user.is_superuser) == ("your_admin", "admin@yoursite.com", True)
    assert authenticate(username="your_admin", password="secure_password") == user
    assert AuditEntry.objects.get().action == "user.add"


@pytest.mark.parametrize(
    ("name", "email", "refusal"),
    [
        ("boss", "not-an-address", "The email of boss: Enter a valid email address"),
        ("", "boss@example.com", "The username of the account: This field cannot be blank"),
        ("two words!", "boss@example.com", "The username of two words!: Enter a valid username"),
        ("x" * 300, "boss@example.com", "at most 150 characters"),
    ],
)
def test_a_name_or_address_that_is_none_makes_no_account(in_development, name, email, refusal):
    with pytest.raises(CommandError, match=refusal):
        run("--create-superuser", "--admin-username", name, "--admin-email", email)
    assert User.objects.count() == 0


def test_somebody_who_is_called_admin_is_not_promoted(in_development):
    BuyerFactory(username="Admin")
    with pytest.raises(CommandError, match="it is no superuser"):
        run("--create-superuser")
    BuyerFactory(username="admin_manager")
    with pytest.raises(CommandError, match="does not belong to Administrators"):
        run("--create-sample-data")
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize(
    ("flags", "missing"),
    [
        (["--create-superuser"], "ADMIN_PASSWORD"),
        (["--create-sample-data"], "MANAGER_PASSWORD"),
        (["--create-superuser", "--create-sample-data", "--admin-password", GOOD], "MANAGER_PASSWORD"),
    ],
)
def test_with_debug_off_there_are_no_default_passwords(flags, missing):
    with pytest.raises(CommandError, match=missing):
        run(*flags)
    assert (User.objects.count(), Group.objects.count()) == (0, 0)


def test_with_debug_off_a_password_must_be_a_good_one(monkeypatch):
    with pytest.raises(CommandError, match="The password of admin: .*too common"):
        run("--create-superuser", "--admin-password", "admin123")
    assert User.objects.count() == 0
    monkeypatch.setenv("ADMIN_PASSWORD", GOOD)
    run("--create-superuser")
    assert authenticate(username="admin", password=GOOD).is_superuser


def test_with_debug_off_nobody_signs_in_as_a_sample(monkeypatch):
    monkeypatch.setenv("MANAGER_PASSWORD", GOOD)
    monkeypatch.setenv("MODERATOR_PASSWORD", GOOD)
    run("--create-sample-data")
    assert not User.objects.get(username="artist_john").has_usable_password()
    assert authenticate(username="content_moderator", password=GOOD) is not None


# ---------------------------------------------------------------- from here on, what `documented` made is there
def test_the_documented_call(documented, in_development):
    admin, manager, moderator = (
        User.objects.get(username=name) for name in ("admin", "admin_manager", "content_moderator")
    )
    assert (admin.email, admin.is_superuser, admin.is_staff) == ("admin@artconnect.com", True, True)
    assert (manager.is_superuser, manager.is_administrator) == (False, True)
    assert (moderator.is_moderator, moderator.is_staff_member, moderator.is_administrator) == (True, False, False)
    for user, password in ((admin, "admin123"), (manager, "manager123"), (moderator, "moderator123")):
        assert authenticate(username=user.username, password=password) == user
    assert authenticate(username="artist_john", password="culture123") is not None

    assert set(Category.objects.values_list("name", flat=True)) == set(CATEGORIES) | set(DESIGN_CATEGORIES)
    assert len(CATEGORIES) == 8
    assert Artwork.objects.count() == len(WORKS)
    assert Artwork.objects.filter(status="approved").count() == len(WORKS) - 1
    assert Artwork.objects.get(status="pending").seller.identity_verified is False
    assert not Picture.objects.exclude(verdict="passed").exists()
    assert (ArtistProfile.objects.count(), BuyerProfile.objects.count()) == (4, 2)
    assert Equipment.objects.filter(stock__gt=0).exclude(image="").count() == len(EQUIPMENT)
    for equipment in Equipment.objects.all():
        with equipment.image.open() as file:
            assert Image.open(file).format == "JPEG"
    assert (Delivery.objects.filter(channel="email").count(), documented) == (0, [])
    assert Community.objects.filter(status="active").count() == 2
    assert Community.objects.get(name="Low Poly Lovers").member_count == 4

    models = Model3D.objects.select_related("mesh")
    assert models.filter(status="approved", mesh__state="done", mesh__verdict="passed").count() == len(MODELS) == 4
    for model in models:
        assert (model.mesh.is_watertight, model.mesh.part_count) == (True, 1)
        assert model.mesh.volume_mm3 > 5000
        with model.mesh.thumbnail.open() as file:
            assert Image.open(file).size == (512, 512)
    plate = models.get(title="Mounting Plate 80 x 50").mesh
    assert plate.size_mm == pytest.approx((80, 50, 4))


def test_a_second_run_changes_nothing(documented, in_development):
    def state() -> list:
        return [
            *(
                list(model.objects.order_by("pk").values())
                for model in (Category, Artwork, Equipment, Picture, Model3D, MeshFile)
            ),
            list(User.objects.order_by("pk").values_list("pk", "password", "is_superuser", "updated_at")),
            AuditEntry.objects.count(),
        ]

    before = state()
    text = run("--create-superuser", "--create-sample-data", "--admin-password", "another")
    assert "admin is there already and was left as it is" in text
    assert state() == before


def test_what_an_interrupted_run_left_out_is_made_by_the_next(documented, in_development):
    Artwork.objects.filter(title="Lotus").update(title="Renamed")
    Equipment.objects.all().delete()
    run("--create-sample-data")
    assert Artwork.objects.filter(title="Renamed").count() == 1
    assert Equipment.objects.count() == len(EQUIPMENT)


@pytest.mark.parametrize("style", STYLES)
def test_pictures_are_the_same_every_time(style):
    drawn = picture(style, 1)
    assert drawn == picture(style, 1)
    assert Image.open(io.BytesIO(drawn)).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("style", SHAPES)
def test_meshes_are_the_same_every_time(style):
    assert mesh_file(style) == mesh_file(style)
    assert len(mesh_file(style)) < 2_000_000
