"""Artworks, 3-D models and equipment in Django's admin site: what belongs to them, and what is decided there."""

import re
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from commerce.tests.steps import paid_order
from community.choices import ReportedKind, ReportReason
from community.services.reports import report_file
from config.core.models import AuditEntry, StaffNote
from marketplace.models import Appeal, ListingComment, ModelLabel
from marketplace.tests.factories import (
    ArtworkFactory,
    EquipmentFactory,
    MeshFileFactory,
    Model3DFactory,
    PictureFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def moderator(client):
    groups_prepare()
    person = ModeratorFactory(username="mo")
    client.force_login(person)
    return person


def address(work, button: str = "change") -> str:
    return reverse(f"admin:marketplace_{work._meta.model_name}_change", args=[work.pk]).replace("change/", f"{button}/")


def panels(client, work) -> dict:
    answer = client.get(address(work))
    assert answer.status_code == 200
    return {panel.title: panel.rows for panel in answer.context["panels"]}


def press(client, work, button: str, **sent):
    once = client.get(address(work, button)).context["once"]
    said = ""
    for _ in range(2):  # pressed twice
        done = client.post(address(work, button), sent | {"once": once}, follow=True)
        assert done.redirect_chain[-1][0] == address(work)
        said += done.content.decode()
    work.refresh_from_db()
    return said


def actions() -> list[str]:
    return list(AuditEntry.objects.exclude(action="note.write").order_by("pk").values_list("action", flat=True))


def held_artwork(alice, **columns):
    other = ArtworkFactory(title="Evening by the river")
    return ArtworkFactory(
        seller=alice,
        title="Evening",
        status="pending",
        picture__verdict="held",
        picture__matched=other,
        picture__similarity_score="74.20",
        picture__evidence={"explanation": "Part of the picture matches.", "distance": 38},
        **columns,
    )


def test_what_belongs_to_an_artwork(client, alice, moderator):
    work = held_artwork(alice)
    Appeal.objects.create(picture=work.picture, author=alice, reason="I <drew> it.")
    dawn = ArtworkFactory(seller=alice, title="Dawn", status="rejected")
    ListingComment.objects.create(listing=work, author=BuyerFactory(username="bob"), content="Lovely")
    found = panels(client, work)
    assert list(found) == [
        *("Pictures, and what they resemble", "Appeals", "The seller's other works", "Comments", "Reports of abuse"),
    ]
    [(image, original, check, score, other, said, compare, _when)] = found["Pictures, and what they resemble"]
    assert work.picture.watermarked.url in image and "8 × 6" in original and "href" in original
    assert (check, score) == ("Held", "74.20 (MEDIUM)")
    assert address(work.picture.matched.artwork) in other and "Distance: 38 of 256 bits" in said
    assert reverse("admin:marketplace_picture_review", args=[work.picture_id]) in compare
    assert found["Appeals"][0][1:4] == ("alice", "I <drew> it.", "Open")
    [theirs] = found["The seller's other works"]
    assert dawn.picture.watermarked.url in theirs[0] and address(dawn) in theirs[1] and theirs[3] == "Rejected"
    assert found["Comments"][0][1:3] == ("bob", "Lovely")
    page = client.get(address(work)).content.decode()
    assert "I &lt;drew&gt; it." in page
    everything = client.get(f"/admin/marketplace/artwork/?seller__id__exact={alice.pk}")
    assert everything.status_code == 200 and everything.context["cl"].result_count == 2


def test_an_original_is_given_by_the_link(client, alice, moderator):
    work = ArtworkFactory(seller=alice)
    original = panels(client, work)["Pictures, and what they resemble"][0][1]
    link = original.split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(link).status_code == 200


def test_what_belongs_to_a_model(client, alice, moderator):
    matched = MeshFileFactory(file_name="other.stl")
    notes = [{"code": "thin", "level": "warning", "text": "Walls of 0.4 mm."}]
    view = default_storage.save("views/side.jpg", ContentFile(b"jpg"))
    mesh = MeshFileFactory(
        owner=alice, matched=matched, similarity_score="61.50", verdict="held", notes=notes, views=[view]
    )
    model = Model3DFactory(seller=alice, mesh=mesh, status="pending")
    ModelLabel.objects.create(model=model, author=alice, text="Hinge", position_x=0, position_y=0, position_z=0)
    shown = Model3DFactory(seller=alice)
    report_file(
        actor=BuyerFactory(username="bob"), kind=ReportedKind.MODEL, target_id=shown.pk, reason=ReportReason.SPAM
    )
    found = panels(client, model)
    assert list(found) == [
        *("Files", "What its files resemble", "About printing it", "Labels", "Appeals"),
        *("The seller's other works", "Comments", "Reports of abuse"),
    ]
    [(image, original, state, figures, views, viewer, _when)] = found["Files"]
    assert mesh.thumbnail.url in image and "Original, 684" in original and state == "Done"
    assert "20 × 20 × 20 mm" in figures and "views/side" in views and mesh.preview.url in viewer
    [(_image, _name, verdict, score, other, _said)] = found["What its files resemble"]
    assert (verdict, score) == ("Held", "61.50 (MEDIUM)") and f"mesh__id__exact={matched.pk}" in other
    assert client.get(f"/admin/marketplace/model3d/?mesh__id__exact={matched.pk}").status_code == 200
    assert found["About printing it"] == [("warning", "Walls of 0.4 mm.")]
    assert "Hinge" in found["Labels"][0][0]
    assert panels(client, shown)["Reports of abuse"][0][1] == "bob"


@pytest.mark.parametrize("maker", [ArtworkFactory, Model3DFactory])
def test_each_decision_by_its_button(client, alice, moderator, maker):
    work = maker(seller=alice, status="pending", title="Dunes")
    page = client.get(address(work)).content.decode()
    for button, there in (("approve-it", True), ("reject-it", True), ("feature-it", False), ("unfeature-it", False)):
        assert (address(work, button) in page) is there, button
    assert "Approved." in press(client, work, "approve-it")
    press(client, work, "feature-it")
    assert (work.status, work.is_featured) == ("approved", True)
    press(client, work, "unfeature-it")
    assert client.post(address(work, "reject-it"), {"reason": " "}).context["form"].errors["reason"]
    said = press(client, work, "reject-it", reason="It is <blurred>.")
    assert (work.status, work.is_featured) == ("rejected", False)
    assert "It is &lt;blurred&gt;." in said and "Mail to alice" in said
    kind = "artwork" if maker is ArtworkFactory else "model"
    assert actions() == [f"{kind}.{verb}" for verb in ("approve", "feature", "unfeature", "reject")]


def test_an_unchecked_artwork_is_not_approved(client, alice, moderator):
    work = ArtworkFactory(seller=alice, status="pending", picture__check_state="waiting")
    answer = client.post(address(work, "approve-it"))
    assert answer.status_code == 200 and answer.context["form"].non_field_errors()
    work.refresh_from_db()
    assert (work.status, actions()) == ("pending", [])


def test_a_held_replacement_of_a_work_on_sale(client, alice, moderator):
    work = ArtworkFactory(seller=alice)
    PictureFactory(artwork=work, verdict="held", similarity_score=70)
    answer = client.get(address(work, "compare"))
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/review/")
    press(client, work, "approve-it")
    assert actions() == ["artwork.approve"]
    assert address(work, "compare") not in client.get(address(work)).content.decode()
    assert client.get(address(work, "compare")).headers["Location"] == address(work)


@pytest.mark.parametrize("make", [ArtworkFactory, Model3DFactory])
def test_what_was_put_in_since_the_page_was_shown_is_not_decided_about(client, alice, moderator, make):
    work = make(seller=alice, status="pending")
    [approve] = [each["path"] for each in client.get(address(work)).context["decisions"] if "approve" in each["path"]]
    assert client.get(approve).status_code == 200
    if make is ArtworkFactory:
        work.picture = PictureFactory(artwork=work)
    else:
        work.mesh = MeshFileFactory(owner=alice)
    work.save()
    assert "It is another one since" in client.post(approve, follow=True).content.decode()
    work.refresh_from_db()
    assert (work.status, actions()) == ("pending", [])
    [approve] = [each["path"] for each in client.get(address(work)).context["decisions"] if "approve" in each["path"]]
    client.post(approve)
    work.refresh_from_db()
    assert work.status == "approved"


@pytest.mark.parametrize("make", [ArtworkFactory, Model3DFactory])
def test_the_list_s_actions_are_about_what_it_showed(client, alice, moderator, make):
    """One of two works is replaced meanwhile; the other, and what the list did not show, is decided."""
    works = [make(seller=alice, status="pending") for _ in range(3)]
    of_list = reverse(f"admin:marketplace_{make._meta.model._meta.model_name}_changelist")
    page = client.get(of_list).content.decode()
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    assert {each.partition(":")[0] for each in seen} == {str(work.pk) for work in works}
    replaced, other, not_shown = works
    seen = [each for each in seen if not each.startswith(f"{not_shown.pk}:")]
    if make is ArtworkFactory:
        replaced.picture = PictureFactory(artwork=replaced)
    else:
        replaced.mesh = MeshFileFactory(owner=alice)
    replaced.save()
    sent = {"action": "approve", "_selected_action": [work.pk for work in works], "seen": seen}
    said = client.post(of_list, sent, follow=True).content.decode()
    assert "It is another one since" in said
    for work in works:
        work.refresh_from_db()
    assert [work.status for work in works] == ["pending", "approved", "approved"]


@pytest.mark.parametrize("make", [ArtworkFactory, Model3DFactory])
def test_the_list_rejects_with_a_reason_alone(client, alice, moderator, make):
    work = make(seller=alice, status="pending")
    of_list = reverse(f"admin:marketplace_{work._meta.model_name}_changelist")
    sent = {"action": "reject", "_selected_action": [work.pk], "reason": "  "}
    assert "Say why" in client.post(of_list, sent, follow=True).content.decode()
    work.refresh_from_db()
    assert (work.status, actions()) == ("pending", [])
    client.post(of_list, sent | {"reason": "Too small."})
    work.refresh_from_db()
    assert (work.status, AuditEntry.objects.get().after["reason"]) == ("rejected", "Too small.")


@pytest.mark.parametrize("maker", [ArtworkFactory, Model3DFactory])
def test_archiving_and_bringing_back(client, alice, moderator, maker):
    work = maker(seller=alice)
    assert address(work, "restore") not in client.get(address(work)).content.decode()
    assert client.post(address(work, "archive"), {"reason": " "}).context["form"].errors["reason"]
    press(client, work, "archive", reason="It is unlawful.")
    page = client.get(address(work)).content.decode()
    for button, there in (("restore", True), ("archive", False), ("approve-it", False), ("reject-it", False)):
        assert (address(work, button) in page) is there, button
    assert work.status == "archived"
    press(client, work, "restore")
    kind = "artwork" if maker is ArtworkFactory else "model"
    assert (work.status, actions()) == ("pending", [f"{kind}.archive", f"{kind}.restore"])
    titles = list(alice.notifications.order_by("pk").values_list("title", "message"))
    assert [words for words, _said in titles] == [
        *(f"{'Artwork' if kind == 'artwork' else '3-D model'} {what}" for what in ("archived", "restored")),
    ]
    assert "It is unlawful." in titles[0][1]


def test_writing_to_the_seller(client, alice, moderator):
    work = ArtworkFactory(seller=alice, title="Dunes")
    wrong = client.post(address(work, "write"), {"subject": " ", "text": "x" * 1801}).context["form"].errors
    assert set(wrong) == {"subject", "text"}
    page = press(client, work, "write", subject="Your picture", text="It is <b>dark</b>.")
    assert "Written to the seller: Your picture" in page and "It is &lt;b&gt;dark&lt;/b&gt;." in page
    delivery = alice.deliveries.get(template="listing_letter")
    assert delivery.context["words"] == "It is <b>dark</b>."
    entry = AuditEntry.objects.exclude(action="note.write").get()
    assert (entry.action, entry.actor, entry.after) == ("listing.write", moderator, {"subject": "Your picture"})


def test_equipment_is_edited_and_shows_what_was_sold(client, moderator, settings):
    settings.SANDBOX_ALLOWED = True
    client.force_login(StaffFactory())
    brush = EquipmentFactory(price=Decimal("12.50"))
    paid_order(BuyerFactory(username="bob"), brush)
    answer = client.get(address(brush))
    assert answer.context["adminform"].form.fields["title"]
    found = {panel.title: panel.rows for panel in answer.context["panels"]}
    assert found["Sales in all"][0][1:4] == (1, 1, "12.50 PKR")
    assert found["Sales"][0][1:4] == ("bob", 1, "12.50 PKR")


def test_the_page_costs_the_same_however_much_there_is(client, alice, moderator):
    client.force_login(StaffFactory())
    small, large = held_artwork(ArtistFactory()), held_artwork(alice)
    Appeal.objects.create(picture=small.picture, author=small.seller, reason="Mine")
    Appeal.objects.create(picture=large.picture, author=alice, reason="Mine")
    ArtworkFactory(seller=small.seller)
    for number in range(3):
        PictureFactory(artwork=large, verdict="refused", matched=ArtworkFactory(seller=alice))
        for work in (large, *([small] if not number else [])):
            ListingComment.objects.create(listing=work, author=BuyerFactory(), content="Lovely")

    def queries(work) -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address(work)).status_code == 200
        return len(ran)

    queries(small)
    assert queries(small) == queries(large)


def test_who_may_not(client, alice, moderator):
    work = ArtworkFactory(seller=alice, status="pending")
    for person in (alice, BuyerFactory()):
        client.force_login(person)
        assert client.get(address(work)).status_code == 302
        assert client.post(address(work, "approve-it")).status_code == 302
    work.refresh_from_db()
    assert (work.status, actions()) == ("pending", [])


def test_what_one_button_carries_is_no_other_button_s(client, alice, moderator):
    """A page that is written by hand may send the same for both."""
    work = ArtworkFactory(seller=alice)
    sent = {"text": "Well done", "subject": "Your work", "once": client.get(address(work, "note")).context["once"]}
    assert client.post(address(work, "note"), sent).status_code == 302
    refused = client.post(address(work, "write"), sent)
    assert refused.status_code == 200 and refused.context["form"].non_field_errors()
    assert StaffNote.objects.count() == 1 and not Notification.objects.filter(user=alice).exists()
