"""Django's admin site: who may look at what, and that it changes nothing that services decide."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from knox.models import AuthToken

from accounts.admin.people import UserAdmin
from accounts.models import AuthenticatorDevice, User
from accounts.services.levels import OURS, groups_prepare
from accounts.services.sessions import token_issue
from accounts.tests.factories import AdminFactory, ArtistFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.models import Payment
from community.tests.factories import MessageFactory, UploadFactory
from config.adminsite.rows import AuditedAdmin, ReadOnlyAdmin
from config.core.models import AuditEntry
from jobs.models import Job
from marketplace.models import Artwork, Category, Equipment, MeshFile, Model3D, Picture
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory, Model3DFactory

pytestmark = pytest.mark.django_db
# Rows of which there is one, which are parts of what is registered, or which are nobody's business.
NOT_REGISTERED = {
    *("Listing", "DuplicateGate", "Message", "ChatMessage", "TicketMessage"),
    "ListingCountryDay",  # a part of a ListingDay
    "ProfileView",  # who looks at whom is nobody's business
    "PostReaction",
}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def page(model, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def boss(client):
    person = SuperuserFactory(username="boss")
    client.force_login(person)
    return person


def test_every_model_is_registered():
    missing = {model.__name__ for app in OURS for model in apps.get_app_config(app).get_models()} - {
        model.__name__ for model in REGISTERED
    }
    assert missing == NOT_REGISTERED


def test_money_history_and_the_trail_are_read_only():
    editable = {model.__name__ for model, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)}
    assert editable == {
        *("User", "Group", "Category", "Equipment", "HelpArticle", "HelpCategory"),
        *("BlogPost", "DocSection", "Tutorial", "Course", "Testimonial", "EmailCampaign", "HomepageContent"),
    }


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?password__startswith=a",
        "accounts/user/?password__regex=.",
        "accounts/user/?credentials_version=1",
        "accounts/user/?auth_token_set__digest__startswith=a",
        "accounts/authenticatordevice/?secret__startswith=g",
        "accounts/backupcode/?digest__startswith=a",
        "accounts/pendingsignin/?digest__startswith=a",
        "accounts/refreshtoken/?digest__startswith=a",
        "accounts/artistprofile/?user__password__startswith=a",
        "core/idempotentcall/?body__client_secret__startswith=pi",
        "commerce/sandboxintent/?challenge__startswith=a",
        "community/conversation/?messages__content__startswith=a",
        "community/conversation/?message__content__startswith=a",
    ],
)
def test_what_the_pages_hide_is_not_found_out_by_asking(boss, client, asked):
    """Also by superusers: whoever reads over their shoulder, or holds their session for a minute."""
    MessageFactory()
    token_issue(boss)
    answer = client.get(f"/admin/{asked}")
    assert answer.status_code == 400 or answer.headers.get("Location", "").endswith("?e=1"), answer.status_code


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?user_type__exact=artist",
        "accounts/user/?email__startswith=a",
        "accounts/user/?id__exact=1",
        "commerce/payment/?status__exact=completed",
        "commerce/payment/?created_at__year=2026",
        "commerce/ledgerentry/?account__kind__exact=seller",
        "community/supportticket/?status__exact=open",
        "marketplace/picture/?verdict__exact=held",
    ],
)
def test_what_they_show_may_be_asked_for(boss, client, asked):
    assert client.get(f"/admin/{asked}").status_code == 200


@pytest.mark.parametrize(
    ("factory", "readable", "hidden"),
    [
        (ModeratorFactory, [Artwork, Category], [User, Payment, AuditEntry, AuthenticatorDevice, Equipment]),
        (
            StaffFactory,
            [Artwork, Category, User, Payment, AuditEntry, Equipment],
            [AuthenticatorDevice, AuthToken, Group],
        ),
        (AdminFactory, [Artwork, Category, User, Payment, AuditEntry, AuthenticatorDevice], [AuthToken, Group]),
    ],
)
def test_levels_see_what_is_theirs(client, factory, readable, hidden):
    groups_prepare()
    client.force_login(factory())
    for model in readable:
        assert client.get(page(model, "changelist")).status_code == 200, model
    for model in hidden:
        assert client.get(page(model, "changelist")).status_code == 403, model


@pytest.mark.parametrize("factory", [ArtistFactory, lambda: StaffFactory(is_active=False)])
def test_others_stay_outside(client, factory):
    client.force_login(factory())
    assert client.get("/admin/").status_code == 302


def act(client, model, action: str, *rows, **sent) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "yes"} | sent
    answer = client.post(page(model, "changelist"), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_action_takes_as_many_rows_as_a_request_has_time_for(client, monkeypatch):
    groups_prepare()
    client.force_login(ModeratorFactory())
    two = [ArtworkFactory(status="pending") for _ in range(2)]
    monkeypatch.setattr("config.adminsite.actions.AT_ONCE", 1)
    assert "Choose up to 1 rows. Nothing was done." in act(client, Artwork, "approve", *two)
    assert not Artwork.objects.filter(status="approved").exists()
    assert "1 done." in act(client, Artwork, "approve", two[0])
    monkeypatch.setattr("config.adminsite.actions.AT_ONCE", 2)
    monkeypatch.setattr("config.adminsite.actions.SHOWN_TO_CONFIRM", 0)
    Picture.objects.update(check_state="waiting")
    assert "2 more were refused." in act(client, Artwork, "approve", *two)


def test_artwork_actions_call_the_services(client):
    groups_prepare()
    moderator = ModeratorFactory()
    client.force_login(moderator)
    artwork = ArtworkFactory(status="pending")
    unchecked = ArtworkFactory(status="pending", picture__check_state="waiting")
    text = act(client, Artwork, "approve", artwork, unchecked)
    assert "1 done." in text
    artwork.refresh_from_db()
    unchecked.refresh_from_db()
    assert (artwork.status, unchecked.status) == ("approved", "pending")
    for action, wanted in (("feature", True), ("unfeature", False)):
        told = "featured" if wanted else "featured no longer"
        assert f"1 done. {artwork}: {told}." in act(client, Artwork, action, artwork)
        artwork.refresh_from_db()
        assert artwork.is_featured is wanted
    act(client, Artwork, "reject", artwork, reason="Blurred")
    artwork.refresh_from_db()
    assert artwork.status == "rejected"
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in entries] == [
        *("artwork.approve", "artwork.feature", "artwork.unfeature", "artwork.reject"),
    ]
    assert {(entry.actor, entry.address) for entry in entries} == {(moderator, "127.0.0.1")}


def test_a_moderator_looks_at_the_files_beside_a_model(client):
    groups_prepare()
    client.force_login(ModeratorFactory())
    model = Model3DFactory(status="pending")
    UploadFactory(owner=model.seller, kind="model", storage="private", file_name="a<b>.fbx", listing_id=model.pk)
    shown = client.get(page(Model3D, "change", model.pk)).content.decode()
    assert re.search('<a href="/files/[^"]+">a&lt;b&gt;.fbx</a>', shown)


def test_model_actions_call_the_services(client, django_capture_on_commit_callbacks):
    groups_prepare()
    moderator = ModeratorFactory()
    client.force_login(moderator)
    model = Model3DFactory(status="pending", mesh__verdict="held", mesh__similarity_score=70)
    draft = Model3DFactory(status="draft")
    assert "1 done" in act(client, Model3D, "approve", model)
    model.refresh_from_db()
    assert (model.status, model.mesh.verdict) == ("approved", "cleared")
    assert "A listing that is draft cannot become rejected" in act(client, Model3D, "reject", draft, reason="x")
    assert "1 done" in act(client, Model3D, "reject", model, reason="x")
    model.refresh_from_db()
    assert model.status == "rejected"
    assert "1 done" in act(client, Model3D, "feature", model)
    assert "1 done" in act(client, Model3D, "analyse_again", model)
    assert "1 done" in act(client, MeshFile, "analyse_again", draft.mesh)
    assert set(MeshFile.objects.values_list("state", flat=True)) == {"waiting"}
    actions = AuditEntry.objects.filter(actor=moderator).order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        *("model.approve", "model.reject", "model.feature"),
        *("mesh.analyse_again", "mesh.analyse_again"),
    ]


def test_people_actions_call_the_services(client):
    groups_prepare()
    admin_person = AdminFactory()
    client.force_login(admin_person)
    alice, boss = ArtistFactory(), SuperuserFactory()
    text = act(client, User, "verify", alice, boss, admin_person)
    assert "1 done." in text
    assert "You cannot do this to somebody above you." in text and "You cannot do this to your own account." in text
    act(client, User, "deactivate", alice)
    alice.refresh_from_db()
    boss.refresh_from_db()
    assert (alice.identity_verified, alice.is_active, boss.identity_verified) == (True, False, False)


def test_people_are_made_staff_and_back_by_the_services(client):
    groups_prepare()
    client.force_login(AdminFactory())
    alice = ArtistFactory(username="alice", identity_verified=True)
    for action, expected in (
        ("make_staff", (True, True)),
        ("remove_staff", (False, True)),
        ("unverify", (False, False)),
    ):
        act(client, User, action, alice)
        alice.refresh_from_db()
        assert (alice.is_staff, alice.identity_verified) == expected
    done = AuditEntry.objects.filter(target_type="user", target_id=str(alice.pk)).order_by("pk")
    assert list(done.values_list("action", flat=True)) == ["user.make_staff", "user.remove_staff", "user.unverify"]


def test_what_cannot_simply_be_taken_back_is_asked_first(client):
    groups_prepare()
    client.force_login(AdminFactory())
    alice = ArtistFactory(username="alice <b>")
    sent = {"action": "deactivate", "_selected_action": [alice.pk], "select_across": "0", "index": "0"}
    asked = client.post(page(User, "changelist") + "?is_active__exact=1", sent)
    text = asked.content.decode()
    assert (asked.status_code, asked.context["count"]) == (200, 1)
    assert "Deactivate, and end all sessions" in text and "alice &lt;b&gt;" in text
    alice.refresh_from_db()
    assert (alice.is_active, AuditEntry.objects.count()) == (True, 0)
    again = dict(asked.context["sent"])
    assert again.pop("once")
    assert again == {"action": "deactivate", "_selected_action": str(alice.pk), "select_across": "0", "index": "0"}
    assert client.post(page(User, "changelist"), again | {"confirmed": "yes"}).status_code == 302
    alice.refresh_from_db()
    assert alice.is_active is False


ASKED = {
    "User": {"ban", "deactivate", "remove_staff", "end_sessions"},
    "Session": {"end"},
    "ApiKey": {"end"},
    "Job": {"close"},
    "Review": {"remove"},
    "AbuseReport": {"uphold"},
    "Community": {"suspend"},
    "CommunityPost": {"remove"},
    "PostComment": {"remove"},
    "BlogComment": {"remove"},
    "EmailCampaign": {"send"},
    "ListingReview": {"remove"},
    "Coupon": {"remove"},
    "Plan": {"remove"},
    "ModelLabel": {"remove"},
    "Payment": {"release", "release_by_force", "refund"},
    "Refund": {"handed_over"},
    "Dispute": {"release_to_artist", "refund_to_buyer"},
    "Bounty": {"close", "remove"},
    "Payout": {"complete", "fail", "let_go"},
}


def test_these_actions_are_asked_first():
    found = {
        model.__name__: {name for name in page.actions if hasattr(getattr(page, name, None), "__wrapped__")}
        for model, page in admin.site._registry.items()
    }
    assert {name: actions for name, actions in found.items() if actions} == ASKED


@pytest.mark.parametrize("chosen", ["x", "\0", "1\0", "9" * 30, "-1", ""])
def test_what_is_no_row_is_not_acted_upon(boss, client, chosen):
    for model, action in ((User, "verify"), (Artwork, "approve"), (Job, "close"), (Group, "delete_selected")):
        sent = {"action": action, "_selected_action": [chosen, "1"]}
        assert client.post(page(model, "changelist"), sent).status_code in (200, 302), (model, action)
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_pages_survive_ids_and_parameters_that_cannot_be(model, boss, client, request):
    if model is not REGISTERED[0]:
        request.getfixturevalue("without_menu")
    listed = page(model, "changelist")
    for query in ("created_at__year=99999", "id__exact=abc", "pk__in=a,b", "q=a%00b", "o=99", "p=99999", "e=1"):
        assert client.get(f"{listed}?{query}").status_code in (200, 302, 400), query
    for row in ("0", "x", "%00", "a%00b", "9" * 30):
        for part in ("change/", "history/", "delete/"):
            assert client.get(f"{listed}{row}/{part}").status_code in (302, 403), (row, part)


def test_staff_have_no_actions_over_people(client):
    groups_prepare()
    client.force_login(StaffFactory())
    alice = ArtistFactory()
    act(client, User, "verify", alice)
    alice.refresh_from_db()
    assert alice.identity_verified is False


def posted(user: User, **changes: object) -> dict[str, object]:
    return {"first_name": user.first_name, "last_name": user.last_name, "phone_number": ""} | changes


def test_an_administrator_gives_nobody_a_level(client):
    groups_prepare()
    admin_person = AdminFactory()
    client.force_login(admin_person)
    alice = ArtistFactory()
    sent = posted(
        alice, first_name="Alicia", is_superuser="on", is_staff="on", user_type="admin", identity_verified="on"
    )
    assert client.post(page(User, "change", alice.pk), sent).status_code == 302
    alice.refresh_from_db()
    assert alice.first_name == "Alicia"
    assert (alice.is_superuser, alice.is_staff, alice.user_type, alice.identity_verified) == (
        False,
        False,
        "artist",
        False,
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        "user.change",
        {"first_name": "(not recorded)"},
        {"first_name": "(not recorded)"},
    )
    boss = SuperuserFactory()
    assert client.post(page(User, "change", boss.pk), posted(boss, first_name="x")).status_code == 403


def test_a_superuser_sets_levels_but_not_his_own(boss, client):
    groups = groups_prepare()
    alice = ArtistFactory()
    token_issue(alice)
    staff = groups["Staff"]
    sent = posted(alice, user_type="artist", is_staff="on", groups=[staff.pk])
    assert client.post(page(User, "change", alice.pk), sent).status_code == 302
    alice = User.objects.get(pk=alice.pk)
    assert alice.is_staff_member
    assert (alice.credentials_version, alice.auth_token_set.count()) == (2, 0)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after, entry.address) == (
        "user.set_level",
        {"is_staff": False, "groups": []},
        {"is_staff": True, "groups": ["Staff"]},
        "127.0.0.1",
    )
    client.post(page(User, "change", boss.pk), posted(boss, user_type="buyer"))
    boss.refresh_from_db()
    assert (boss.user_type, boss.is_superuser) == ("admin", True)


def test_names_and_level_are_two_entries(boss, client):
    alice = ArtistFactory(username="alice")
    client.post(page(User, "change", alice.pk), posted(alice, first_name="Alicia", user_type="buyer"))
    alice.refresh_from_db()
    assert (alice.first_name, alice.user_type) == ("Alicia", "buyer")
    done = AuditEntry.objects.order_by("pk").values_list("action", "after")
    assert list(done) == [
        ("user.change", {"first_name": "(not recorded)"}),
        ("user.set_level", {"user_type": "buyer"}),
    ]


def test_a_refused_form_changes_nothing_and_says_why(boss, client):
    """He opened it while he was a superuser."""
    groups = groups_prepare()
    other = SuperuserFactory(username="other")
    stripped = UserAdmin.save_model

    def stripped_meanwhile(self, request, obj, form, change):
        User.objects.filter(pk=boss.pk).update(is_superuser=False)
        stripped(self, request, obj, form, change)

    UserAdmin.save_model = stripped_meanwhile
    sent = posted(other, first_name="x", user_type="admin", is_staff="on", groups=[groups["Staff"].pk])
    try:
        answer = client.post(page(User, "change", other.pk), sent)
    finally:
        UserAdmin.save_model = stripped
    assert (answer.status_code, answer.headers["Location"]) == (302, page(User, "change", other.pk))
    assert "You cannot do this to somebody above you." in client.get(answer.headers["Location"]).content.decode()
    other.refresh_from_db()
    boss.refresh_from_db()
    assert (other.is_superuser, other.first_name, other.groups.count()) == (True, "Other", 0)
    assert boss.is_superuser  # all of the form was taken back, this test's part of it too
    assert AuditEntry.objects.count() == 0


def test_the_groups_of_the_levels_keep_their_names_and_stay(boss, client):
    staff = groups_prepare()["Staff"]
    address = page(Group, "change", staff.pk)
    assert client.post(page(Group, "delete", staff.pk), {"post": "yes"}).status_code == 403
    kept = [permission.pk for permission in staff.permissions.all()[:2]]
    assert client.post(address, {"name": "Others", "permissions": kept}).status_code == 302
    staff.refresh_from_db()
    assert (staff.name, staff.permissions.count()) == ("Staff", 2)
    assert AuditEntry.objects.get().action == "group.change"


def test_stock_is_written_only_when_it_was_changed(client):
    groups_prepare()
    client.force_login(StaffFactory())
    brush = EquipmentFactory(stock=10)
    sent = {
        "title": "Fine brush",
        "description": brush.description,
        "equipment_type": brush.equipment_type,
        "category": brush.category_id,
        "price": "100.00",
        "stock": "10",
        "is_available": "on",
    }
    form = client.get(page(Equipment, "change", brush.pk)).context["adminform"].form
    assert form.initial["stock"] == 10

    original = AuditedAdmin.save_model

    def sold_meanwhile(self, request, obj, form, change):
        Equipment.objects.filter(pk=obj.pk).update(stock=9)
        original(self, request, obj, form, change)

    AuditedAdmin.save_model = sold_meanwhile
    try:
        assert client.post(page(Equipment, "change", brush.pk), sent).status_code == 302
    finally:
        AuditedAdmin.save_model = original
    brush.refresh_from_db()
    assert (brush.title, brush.stock) == ("Fine brush", 9)


def test_categories_are_kept_with_an_entry_in_the_trail(client):
    groups_prepare()
    client.force_login(ModeratorFactory())
    sent = {"name": "Sculpture", "description": "", "icon": "box", "position": "0", "is_active": "on"}
    assert client.post(page(Category, "add"), sent).status_code == 302
    category = Category.objects.get(name="Sculpture")
    assert client.post(page(Category, "change", category.pk), sent | {"name": "Stone"}).status_code == 302
    category.refresh_from_db()
    assert category.name == "Stone"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "category.add",
        "category.change",
    ]
    CategoryFactory(name="Wood")
    again = client.post(page(Category, "add"), sent | {"name": "WOOD"})
    assert again.status_code == 200
    assert Category.objects.count() == 2
