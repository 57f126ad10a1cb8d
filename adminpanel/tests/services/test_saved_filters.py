"""Filters of lists that staff keep: by the service, and above the lists."""

import pytest

from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, BuyerFactory, ModeratorFactory, StaffFactory
from adminpanel.models import SavedFilter
from adminpanel.services import saved_filters
from adminpanel.services.saved_filters import saved_filter_remove, saved_filter_save
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "commerce.Order"


@pytest.fixture
def alice():
    return StaffFactory.create(username="alice")


def keep(actor, **changes):
    return saved_filter_save(
        actor=actor, **{"label": LIST, "name": "Waiting", "query": "status__exact=pending"} | changes
    )


def test_where_one_is_in_a_list_is_not_kept_and_the_same_name_gets_the_new_ones(alice):
    first = keep(alice, name="  Waiting \0 long ", query="p=3&status__exact=pending&o=-1&e=1&_popup=1")
    assert (first.name, first.query, first.is_shared) == ("Waiting long", "status__exact=pending&o=-1", False)
    again = keep(alice, name="Waiting long", query="q=bob")
    assert (again.pk, SavedFilter.objects.get().query, AuditEntry.objects.count()) == (first.pk, "q=bob", 0)
    keep(alice, label="commerce.Payment")
    assert SavedFilter.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " \0"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"query": "p=3"}, "query"),
        ({"query": "q=" + "x" * 2000}, "query"),
    ],
)
def test_names_and_filters_have_a_length(alice, changes, field):
    with pytest.raises(Invalid) as refusal:
        keep(alice, **changes)
    assert (refusal.value.field, SavedFilter.objects.count()) == (field, 0)


def test_there_are_so_many_of_a_person_and_list(alice, monkeypatch):
    monkeypatch.setattr(saved_filters, "MOST_A_LIST", 1)
    keep(alice)
    keep(alice, query="q=bob")
    with pytest.raises(Invalid):
        keep(alice, name="Another")
    keep(alice, label="commerce.Payment")
    keep(StaffFactory.create(), name="Another")


def test_sharing_is_for_administrators_and_leaves_a_trail(alice):
    for actor in (alice, ModeratorFactory.create(), BuyerFactory.create()):
        with pytest.raises(Denied):
            keep(actor, is_shared=True)
    with pytest.raises(Denied):
        keep(BuyerFactory.create())
    assert SavedFilter.objects.count() == 0
    boss, other = AdminFactory.create(), AdminFactory.create()
    row = keep(boss, is_shared=True)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after["is_shared"]) == ("savedfilter.share", boss, True)
    with pytest.raises(Denied):
        saved_filter_remove(actor=alice, filter_id=row.pk)
    saved_filter_remove(actor=other, filter_id=row.pk)
    assert not SavedFilter.objects.exists()
    assert AuditEntry.objects.order_by("pk").last().action == "savedfilter.remove"


def test_what_is_somebody_elses_is_not_there(alice):
    row = keep(alice)
    for actor in (StaffFactory.create(), AdminFactory.create()):
        with pytest.raises(Missing):
            saved_filter_remove(actor=actor, filter_id=row.pk)
    saved_filter_remove(actor=alice, filter_id=row.pk)
    assert not SavedFilter.objects.exists()


def test_they_are_saved_shown_and_removed_above_the_list(client, alice):
    groups_prepare()
    client.force_login(alice)
    address = "/admin/commerce/order/"
    assert "Save these filters" not in client.get(address).content.decode()
    shown = client.get(address, {"status__exact": "pending", "p": "1"}).content.decode()
    assert '/admin/commerce/order/saved/?status__exact=pending"' in shown and 'name="shared"' not in shown
    sent = {"name": "<b>Waiting</b>"}
    saved = client.post(f"{address}saved/?status__exact=pending&p=1", sent, follow=True)
    assert saved.redirect_chain == [(f"{address}?status__exact=pending", 302)]
    text = saved.content.decode()
    assert 'aria-current="true">&lt;b&gt;Waiting&lt;/b&gt;</a>' in text and "<b>Waiting" not in text
    row = SavedFilter.objects.get()
    refused = client.post(f"{address}saved/?status__exact=pending", {"name": ""}, follow=True)
    assert "A name has between 1 and 60 letters." in refused.content.decode()
    assert client.post(f"{address}saved/?q=a", sent | {"shared": "yes"}).status_code == 403
    assert client.get("/admin/adminpanel/savedfilter/").context["cl"].result_count == 1

    client.force_login(StaffFactory.create(username="charlie"))
    assert "Waiting" not in client.get(address).content.decode()
    assert client.post(f"/admin/saved/{row.pk}/remove/").status_code == 404
    assert client.get("/admin/adminpanel/savedfilter/").context["cl"].result_count == 0
    assert client.get(f"/admin/adminpanel/savedfilter/{row.pk}/change/").status_code == 302

    client.force_login(ModeratorFactory.create())
    assert client.post(f"{address}saved/?q=a", sent).status_code == 403
    client.force_login(alice)
    assert client.get(f"/admin/saved/{row.pk}/remove/").status_code == 405
    assert client.post(f"/admin/saved/{row.pk}/remove/")["Location"] == address
    assert not SavedFilter.objects.exists()
