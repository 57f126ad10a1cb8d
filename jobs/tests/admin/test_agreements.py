"""Contracts and reviews in Django's admin site: looked at, never edited; staff may remove a review there."""

import pytest
from django.urls import reverse

from accounts.models import ArtistProfile
from accounts.tests.factories import ArtistProfileFactory, ModeratorFactory, SuperuserFactory
from config.core.models import AuditEntry
from jobs.models import Review
from jobs.services.contracts import contract_sign
from jobs.services.reviews import review_create
from jobs.tests.factories import ContractFactory, completed_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    person = SuperuserFactory.create(username="boss")
    client.force_login(person)
    return person


def test_a_contract_shows_its_history_and_has_no_fields_to_edit(boss, client):
    contract = ContractFactory.create(terms="Three revisions.")
    for person in (contract.artist, contract.buyer):
        contract_sign(actor=person, contract_id=contract.pk)

    shown = client.get(reverse("admin:jobs_contract_change", args=[contract.pk]))

    assert shown.status_code == 200
    assert "Three revisions." in shown.text
    assert "signed by both" in shown.text
    assert 'name="terms"' not in shown.text
    assert client.get(reverse("admin:jobs_contract_add")).status_code == 403


def test_removing_a_review_is_the_service(boss, client, alice):
    ArtistProfileFactory.create(user=alice)
    job = completed_job(artist=alice)
    review = review_create(actor=job.buyer, job=job.pk, rating=1, comment="Rude words.")
    assert ArtistProfile.objects.get().total_reviews == 1

    chosen = {"action": "remove", "_selected_action": [review.pk], "confirmed": "yes"}
    answer = client.post(reverse("admin:jobs_review_changelist"), chosen, follow=True)

    assert "1 done." in answer.text
    assert not Review.objects.exists()
    assert ArtistProfile.objects.get().total_reviews == 0
    assert AuditEntry.objects.get(action="review.remove").actor == boss


def test_moderators_of_pictures_do_not_remove_reviews(client, alice):
    client.force_login(ModeratorFactory.create())
    job = completed_job(artist=alice)
    review = review_create(actor=job.buyer, job=job.pk, rating=1, comment="Rude words.")

    client.post(
        reverse("admin:jobs_review_changelist"),
        {"action": "remove", "_selected_action": [review.pk], "confirmed": "yes"},
    )

    assert Review.objects.exists()


def test_a_review_is_removed_by_its_button_with_a_reason(boss, client, alice):
    job = completed_job(artist=alice)
    review = review_create(actor=job.buyer, job=job.pk, rating=1, comment="Rude words.")
    button = f"/admin/jobs/review/{review.pk}/take-away/"
    assert button in client.get(f"/admin/jobs/review/{review.pk}/change/").text
    assert client.post(button, {}).context["form"].errors["reason"]
    done = client.post(button, {"reason": "Insults"}, follow=True)
    assert "Removed." in done.text
    assert AuditEntry.objects.get().after == {"reason": "Insults"}
    assert client.post(button, {"reason": "Insults"}).status_code == 404  # pressed twice
