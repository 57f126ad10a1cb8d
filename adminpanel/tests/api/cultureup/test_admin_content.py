"""CultureUp's admin API: artworks, appeals and categories."""

import pytest

from accounts.models import Notification
from config.core.models import AuditEntry
from marketplace.choices import CheckState, Verdict
from marketplace.models import Artwork, Category
from marketplace.services.appeals import appeal_create, model_appeal_create
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory, PictureFactory

pytestmark = pytest.mark.django_db
URL = "/api/admin/artworks/"
BULK = "/api/admin/bulk/artworks/"
APPEALS = "/api/admin/appeals/"
CATEGORIES = "/api/admin/categories/"


def text(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ids(api, query: str) -> list[int]:
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def audited() -> list[tuple]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "target_id"))


# ---------------------------------------------------------------- artworks
@pytest.mark.operation("cultureup.admin.artworks.list")
def test_a_row(as_moderator, alice):
    labels = [{"name": "Art", "confidence": 99.5}]
    artwork = ArtworkFactory(
        seller=alice,
        title="Dawn",
        category__name="Digital Art",
        price="599.99",
        status="rejected",
        is_featured=True,
        picture__labels=labels,
        picture__similarity_score="15.50",
    )
    artwork.refresh_from_db()
    [row] = as_moderator.get(URL).json()["results"]
    original, watermarked = row.pop("s3_image_url"), row.pop("s3_watermarked_url")
    assert row == {
        "id": artwork.pk,
        "title": "Dawn",
        "description": "Made with care.",
        "artist": alice.pk,
        "artist_username": "alice",
        "artist_email": "alice@example.com",
        "category": artwork.category_id,
        "category_name": "Digital Art",
        "artwork_type": "digital",
        "price": "599.99",
        "currency": "PKR",
        "is_available": False,
        "is_featured": True,
        "views_count": 0,
        "likes_count": 0,
        "created_at": text(artwork.created_at),
        "updated_at": text(artwork.updated_at),
        "rekognition_checked": True,
        "rekognition_labels": labels,
        "similarity_score": "15.50",
        "duplicate_risk": "LOW",
        "moderation_status": "REJECTED",
        "needs_decision": False,
    }
    assert watermarked.startswith("http://testserver/media/artworks/")
    assert original.startswith("http://testserver/files/")
    picture = as_moderator.get(original)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")


@pytest.mark.operation("cultureup.admin.artworks.list")
def test_a_work_without_a_picture(as_moderator):
    ArtworkFactory(picture=False, category=None)
    [row] = as_moderator.get(URL).json()["results"]
    assert (row["s3_image_url"], row["s3_watermarked_url"], row["category"], row["category_name"]) == (None,) * 4
    assert (row["rekognition_checked"], row["similarity_score"], row["duplicate_risk"]) == (False, "0.00", "LOW")


@pytest.mark.operation("cultureup.admin.artworks.list")
def test_filters_search_and_orderings(as_moderator, alice):
    first = ArtworkFactory(seller=alice, title="Dawn over Lahore", price="10", views_count=5)
    second = ArtworkFactory(
        artwork_type="physical",
        description="Oil on canvas",
        price="20",
        status="pending",
        picture__check_state=CheckState.WAITING,
        picture__similarity_score="70",
    )
    third = ArtworkFactory(price="15", is_featured=True, views_count=9, picture__similarity_score="90")
    ArtworkFactory(status="archived")

    assert ids(as_moderator, "") == [third.pk, second.pk, first.pk]
    assert ids(as_moderator, "artwork_type=physical") == [second.pk]
    assert ids(as_moderator, "is_available=false") == [second.pk]
    assert ids(as_moderator, "is_available=true") == [third.pk, first.pk]
    assert ids(as_moderator, "is_featured=true") == [third.pk]
    assert ids(as_moderator, f"category={first.category_id}") == [first.pk]
    assert ids(as_moderator, "category=999999") == []
    assert ids(as_moderator, "rekognition_checked=false") == [second.pk]
    assert ids(as_moderator, "rekognition_checked=true") == [third.pk, first.pk]
    assert ids(as_moderator, "moderation_status=PENDING") == [second.pk]
    assert ids(as_moderator, "needs_decision=true") == [second.pk]
    assert ids(as_moderator, "search=lahore+alice") == [first.pk]
    assert ids(as_moderator, "search=canvas") == [second.pk]
    assert ids(as_moderator, "ordering=price") == [first.pk, third.pk, second.pk]
    assert ids(as_moderator, "ordering=-price") == [second.pk, third.pk, first.pk]
    assert ids(as_moderator, "ordering=-views_count") == [third.pk, first.pk, second.pk]
    assert ids(as_moderator, "ordering=similarity_score") == [first.pk, second.pk, third.pk]
    assert ids(as_moderator, "ordering=created_at") == [first.pk, second.pk, third.pk]


@pytest.mark.parametrize(
    "query", ["artwork_type=x", "is_featured=x", "category=x", "rekognition_checked=x", "ordering=title", "search=%00"]
)
@pytest.mark.operation("cultureup.admin.artworks.list")
def test_a_malformed_parameter_is_named(as_moderator, query):
    answer = as_moderator.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


@pytest.mark.operation("cultureup.admin.artworks.list")
def test_the_list_costs_the_same_for_one_and_for_thirty(as_moderator, django_assert_num_queries):
    ArtworkFactory()
    as_moderator.get(URL)
    with django_assert_num_queries(2):
        as_moderator.get(URL)
    for _ in range(29):
        ArtworkFactory()
    with django_assert_num_queries(2):
        assert len(as_moderator.get(URL).json()["results"]) == 30


@pytest.mark.operation("cultureup.admin.artworks.approve")
def test_approve(as_moderator, moderator, alice):
    artwork = ArtworkFactory(seller=alice, title="Dawn", status="pending", is_available=False)
    answer = as_moderator.post(f"{URL}{artwork.pk}/approve/")
    artwork.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": 'Artwork "Dawn" approved successfully',
            "artwork": {
                "id": artwork.pk,
                "title": "Dawn",
                "is_available": True,
                "moderation_status": "APPROVED",
                "updated_at": text(artwork.updated_at),
            },
        },
    )
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_type, entry.target_id) == (
        moderator,
        "artwork.approve",
        "artwork",
        str(artwork.pk),
    )
    assert (entry.before["status"], entry.before["is_available"]) == ("pending", False)
    assert (entry.after["status"], entry.after["is_available"]) == ("approved", True)
    assert Notification.objects.get().user == alice


@pytest.mark.operation("cultureup.admin.artworks.approve")
def test_what_was_not_compared_yet_is_not_approved(as_moderator):
    artwork = ArtworkFactory(status="pending", picture__check_state=CheckState.WAITING)
    answer = as_moderator.post(f"{URL}{artwork.pk}/approve/")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_checked")
    artwork.refresh_from_db()
    assert (artwork.status, audited(), Notification.objects.count()) == ("pending", [], 0)


@pytest.mark.operation("cultureup.admin.artworks.feature")
def test_feature(as_moderator):
    artwork = ArtworkFactory(title='The "Dawn"')
    answer = as_moderator.post(f"{URL}{artwork.pk}/feature/")
    artwork.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": 'Artwork "The "Dawn"" featured successfully',
            "artwork": {
                "id": artwork.pk,
                "title": 'The "Dawn"',
                "is_featured": True,
                "updated_at": text(artwork.updated_at),
            },
        },
    )
    assert artwork.is_featured is True
    assert audited() == [("artwork.feature", str(artwork.pk))]


@pytest.mark.parametrize("action", ["approve", "feature"])
def test_no_such_artwork(as_moderator, action):
    answer = as_moderator.post(f"{URL}{10**18}/{action}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Artwork not found"})
    assert audited() == []


@pytest.mark.operation("cultureup.admin.artworks.stats")
def test_stats(as_moderator):
    ArtworkFactory(price="100", views_count=5, likes_count=2, is_featured=True)
    ArtworkFactory(price="200.01", status="pending", views_count=1)
    answer = as_moderator.get(f"{URL}stats/")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "total_artworks": 2,
            "available_artworks": 1,
            "featured_artworks": 1,
            "pending_review": 1,
            "total_views": 6,
            "total_likes": 2,
            "average_price": "150.01",
            "currency": "PKR",
            "recent_uploads": 2,
        },
    )


@pytest.mark.operation("cultureup.admin.artworks.stats")
def test_stats_over_nothing(as_moderator):
    answer = as_moderator.get(f"{URL}stats/").json()
    assert (answer["total_artworks"], answer["average_price"], answer["total_views"]) == (0, "0.00", 0)


# ---------------------------------------------------------------- many at once
@pytest.mark.parametrize(
    ("action", "before", "after", "words"),
    [
        ("approve", {"status": "pending"}, {"status": "approved"}, "approved"),
        ("reject", {"status": "pending"}, {"status": "rejected"}, "rejected"),
        ("feature", {"is_featured": False}, {"is_featured": True}, "featured"),
        ("unfeature", {"is_featured": True}, {"is_featured": False}, "unfeatured"),
    ],
)
@pytest.mark.operation("cultureup.admin.artworks.bulk")
def test_bulk(as_moderator, action, before, after, words):
    artworks = [ArtworkFactory(**before), ArtworkFactory(**before)]
    there = [artwork.pk for artwork in artworks]
    already = ArtworkFactory(**after)
    sent = {"artwork_ids": [*there, there[0], already.pk, 987654321], "action": action}
    answer = as_moderator.post(BULK, sent, format="json")
    body = answer.json()
    assert body.pop("processed_at").endswith("Z")
    assert (answer.status_code, body) == (
        200,
        {
            "message": f"2 artworks {words} successfully",
            "affected_artworks": 2,
            "action": action,
            "not_found": [987654321],
            "refused": {},
        },
    )
    assert Artwork.objects.filter(**after).count() == 3
    assert [target for _action, target in audited()] == [str(pk) for pk in (*there, already.pk)]


@pytest.mark.operation("cultureup.admin.artworks.bulk")
def test_bulk_goes_on_past_what_is_refused(as_moderator):
    unchecked = ArtworkFactory(status="pending", picture__check_state=CheckState.WAITING)
    artwork = ArtworkFactory(status="pending")
    sent = {"artwork_ids": [unchecked.pk, artwork.pk], "action": "approve"}
    body = as_moderator.post(BULK, sent, format="json").json()
    assert (body["message"], body["affected_artworks"]) == ("1 artwork approved successfully", 1)
    assert list(body["refused"]) == [str(unchecked.pk)]
    unchecked.refresh_from_db()
    artwork.refresh_from_db()
    assert (unchecked.status, artwork.status) == ("pending", "approved")


@pytest.mark.operation("cultureup.admin.artworks.bulk")
def test_bulk_reject_tells_the_reason(as_moderator):
    artwork = ArtworkFactory(status="pending")
    as_moderator.post(BULK, {"artwork_ids": [artwork.pk], "action": "reject", "reason": "Too dark"}, format="json")
    assert Notification.objects.get().message.endswith("Too dark")
    assert AuditEntry.objects.get().after["reason"] == "Too dark"


@pytest.mark.operation("cultureup.admin.artworks.bulk")
def test_an_unknown_action_lists_the_known_ones(as_moderator):
    artwork = ArtworkFactory()
    answer = as_moderator.post(BULK, {"artwork_ids": [artwork.pk], "action": "destroy"}, format="json")
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "Invalid action specified",
            "available_actions": ["approve", "reject", "feature", "unfeature"],
        },
    )


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "artwork_ids"),
        ({"artwork_ids": [], "action": "approve"}, "artwork_ids"),
        ({"artwork_ids": 7, "action": "approve"}, "artwork_ids"),
        ({"artwork_ids": ["x"], "action": "approve"}, "artwork_ids"),
        ({"artwork_ids": [10**30], "action": "approve"}, "artwork_ids"),
        ({"artwork_ids": list(range(1, 300)), "action": "approve"}, "artwork_ids"),
        ({"artwork_ids": [1], "action": None}, "action"),
        ({"artwork_ids": [1], "action": ["approve"]}, "action"),
        ([1], "non_field_errors"),
    ],
)
@pytest.mark.operation("cultureup.admin.artworks.bulk")
def test_a_malformed_bulk_is_named(as_moderator, sent, field):
    answer = as_moderator.post(BULK, sent, format="json")
    assert answer.status_code == 400
    assert field in answer.json()


# ---------------------------------------------------------------- appeals
@pytest.fixture
def appeal(alice):
    """alice says that the picture which was held is her own."""
    other = ArtworkFactory(title="Original")
    artwork = ArtworkFactory(
        seller=alice,
        title="Dawn",
        status="pending",
        picture__verdict=Verdict.HELD,
        picture__matched=other,
        picture__similarity_score="72.25",
        picture__evidence={"view": "whole", "distance": 9},
    )
    return appeal_create(actor=alice, artwork_id=artwork.pk, reason="I painted it")


@pytest.mark.operation("cultureup.admin.appeals.list")
def test_appeals_show_both_pictures(as_moderator, appeal, alice):
    body = as_moderator.get(APPEALS).json()
    assert body["count"] == 1
    [row] = body["results"]
    other = appeal.picture.matched
    links = [row["artwork"].pop("image_url"), row["matched_artwork"].pop("image_url")]
    assert row == {
        "id": appeal.pk,
        "state": "open",
        "reason": "I painted it",
        "author": "alice",
        "artwork": {
            "id": appeal.picture.artwork_id,
            "title": "Dawn",
            "artist": alice.pk,
            "artist_username": "alice",
            "moderation_status": "PENDING",
        },
        "matched_artwork": {
            "id": other.pk,
            "title": "Original",
            "artist": other.seller_id,
            "artist_username": other.seller.username,
            "moderation_status": "APPROVED",
        },
        "model": None,
        "matched_model": None,
        "similarity_score": "72.25",
        "duplicate_risk": "MEDIUM",
        "verdict": "held",
        "evidence": {"view": "whole", "distance": 9},
        "evidence_picture_url": None,
        "answer": "",
        "decided_by": None,
        "decided_at": None,
        "created_at": text(appeal.created_at),
    }
    for link in links:
        assert link.startswith("http://testserver/files/")
        assert as_moderator.get(link)["Content-Type"] == "image/jpeg"


@pytest.mark.operation("cultureup.admin.appeals.decide")
def test_appeals_about_models_show_both_models(as_moderator, alice, django_assert_num_queries):
    other = Model3DFactory(title="Original")
    found = {"mesh__verdict": "refused", "mesh__matched": other.mesh, "mesh__similarity_score": "93.00"}
    gear, rack = (Model3DFactory(seller=alice, title=title, status="rejected", **found) for title in ("Gear", "Rack"))
    appeal = model_appeal_create(actor=alice, model_id=gear.pk, reason="I modelled it")
    as_moderator.get(APPEALS)
    with django_assert_num_queries(4):
        (row,) = as_moderator.get(APPEALS).json()["results"]
    assert (row["artwork"], row["matched_artwork"], row["similarity_score"]) == (None, None, "93.00")
    assert (row["duplicate_risk"], row["verdict"], row["model"]["id"]) == ("HIGH", "refused", gear.pk)
    assert row["matched_model"] | {"image_url": ""} == {
        "id": other.pk,
        "title": "Original",
        "creator": other.seller_id,
        "creator_username": other.seller.username,
        "moderation_status": "APPROVED",
        "image_url": "",
    }
    model_appeal_create(actor=alice, model_id=rack.pk, reason="That too")
    with django_assert_num_queries(4):
        assert as_moderator.get(APPEALS).json()["count"] == 2
    about = as_moderator.post(f"{APPEALS}{appeal.pk}/decide/", {"accept": True}, format="json").json()["appeal"]
    assert (about["id"], about["state"], about["artwork_id"]) == (appeal.pk, "accepted", None)
    gear.refresh_from_db()
    assert gear.status == "approved"


@pytest.mark.operation("cultureup.admin.appeals.list")
def test_appeals_are_open_ones_unless_asked_otherwise(as_moderator, appeal):
    as_moderator.post(f"{APPEALS}{appeal.pk}/decide/", {"accept": False}, format="json")
    assert as_moderator.get(APPEALS).json()["count"] == 0
    [row] = as_moderator.get(f"{APPEALS}?state=declined").json()["results"]
    assert row["decided_by"] == "moderator"
    assert as_moderator.get(f"{APPEALS}?state=x").json().keys() == {"state"}


@pytest.mark.operation("cultureup.admin.appeals.list")
def test_appeals_cost_the_same_for_one_and_for_many(as_moderator, appeal, alice, django_assert_num_queries):
    as_moderator.get(APPEALS)
    with django_assert_num_queries(2):
        as_moderator.get(APPEALS)
    for _ in range(9):
        picture = PictureFactory(artwork__seller=alice, verdict=Verdict.HELD, matched=ArtworkFactory())
        appeal_create(actor=alice, artwork_id=picture.artwork_id, reason="Mine")
    with django_assert_num_queries(2):
        assert len(as_moderator.get(APPEALS).json()["results"]) == 10


@pytest.mark.parametrize(
    ("accept", "state", "status"), [(True, "accepted", "approved"), (False, "declined", "rejected")]
)
@pytest.mark.operation("cultureup.admin.appeals.decide")
def test_decide(as_moderator, moderator, appeal, accept, state, status):
    sent = {"accept": accept, "answer": "We looked at both"}
    answer = as_moderator.post(f"{APPEALS}{appeal.pk}/decide/", sent, format="json")
    appeal.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f"Appeal {state}",
            "appeal": {
                "id": appeal.pk,
                "state": state,
                "answer": "We looked at both",
                "artwork_id": appeal.picture.artwork_id,
                "decided_at": text(appeal.decided_at),
            },
        },
    )
    assert Artwork.objects.get(pk=appeal.picture.artwork_id).status == status
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (moderator, "appeal.decide", str(appeal.pk))
    assert entry.after == {"state": state, "answer": "We looked at both"}
    again = as_moderator.post(f"{APPEALS}{appeal.pk}/decide/", sent, format="json")
    assert (again.status_code, again.json()["code"]) == (400, "not_appealable")
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("sent", [{}, {"accept": None}, {"accept": "perhaps"}, {"accept": [1]}])
@pytest.mark.operation("cultureup.admin.appeals.decide")
def test_a_decision_must_be_one(as_moderator, appeal, sent):
    answer = as_moderator.post(f"{APPEALS}{appeal.pk}/decide/", sent, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["accept"])
    appeal.refresh_from_db()
    assert (appeal.state, audited()) == ("open", [])


@pytest.mark.operation("cultureup.admin.appeals.decide")
def test_no_such_appeal(as_moderator):
    answer = as_moderator.post(f"{APPEALS}987/decide/", {"accept": True}, format="json")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Appeal not found"})


# ---------------------------------------------------------------- categories
@pytest.mark.operation("cultureup.admin.categories.create")
def test_create_category(as_moderator):
    sent = {"name": "3D Modeling", "description": "3D modeling and rendering services", "is_active": True}
    answer = as_moderator.post(CATEGORIES, sent, format="json")
    category = Category.objects.get(name="3D Modeling")
    assert (answer.status_code, answer.json()) == (
        201,
        {"id": category.pk, **sent, "created_at": text(category.created_at)},
    )
    assert AuditEntry.objects.get().after == {"name": "3D Modeling", "is_active": True}


def test_a_form_that_does_not_speak_of_it_makes_an_open_category(as_moderator):
    response = as_moderator.post("/api/admin/categories/", {"name": "Ceramics"}, format="multipart")

    assert (response.status_code, response.json()["is_active"]) == (201, True)


@pytest.mark.operation("cultureup.admin.categories.create")
def test_create_category_needs_a_name_of_its_own(as_moderator):
    CategoryFactory(name="Painting")
    for sent in (
        {},
        {"name": ""},
        {"name": "  "},
        {"name": None},
        {"name": "x" * 101},
        {"name": "PAINTING"},
        {"name": []},
    ):
        answer = as_moderator.post(CATEGORIES, sent, format="json")
        assert (answer.status_code, list(answer.json())[0]) == (400, "name"), sent
    assert as_moderator.post(CATEGORIES).json() == {"name": ["This field is required."]}
    assert (Category.objects.count(), audited()) == (1, [])


@pytest.mark.operation("cultureup.admin.categories.create")
def test_only_the_name_is_needed(as_moderator):
    for sent in ({"name": "Sculpture"}, {"name": "Weaving", "description": None}):
        answer = as_moderator.post(CATEGORIES, sent, format="json").json()
        assert (answer["description"], answer["is_active"]) == ("", True)


@pytest.mark.parametrize(("action", "is_active"), [("activate", True), ("deactivate", False)])
@pytest.mark.operation("cultureup.admin.categories.activate")
@pytest.mark.operation("cultureup.admin.categories.deactivate")
def test_switch_category(as_moderator, action, is_active):
    category = CategoryFactory(name="3D Modeling", is_active=not is_active)
    answer = as_moderator.post(f"{CATEGORIES}{category.pk}/{action}/")
    category.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f'Category "3D Modeling" {action}d successfully',
            "category": {
                "id": category.pk,
                "name": "3D Modeling",
                "is_active": is_active,
                "updated_at": text(category.updated_at),
            },
        },
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        f"category.{action}",
        {"is_active": not is_active},
        {"is_active": is_active},
    )
    missing = as_moderator.post(f"{CATEGORIES}987654/{action}/")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Category not found"})
