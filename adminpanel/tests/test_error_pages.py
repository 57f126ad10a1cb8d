"""Pages for what went wrong: in the platform's look, complete in themselves; APIs answer JSON as ever."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.template import Context, Template
from django.test import Client, RequestFactory

from accounts.services.levels import groups_prepare
from accounts.tests.factories import PASSWORD, ModeratorFactory, StaffFactory, SuperuserFactory
from adminpanel.tests.elsewhere import loaded_from_elsewhere
from config import pages

BY_NUMBER = {
    400: lambda request: pages.bad_request(request, SuspiciousOperation("secret words")),
    403: lambda request: pages.forbidden(request, PermissionDenied("secret words")),
    404: lambda request: pages.not_found(request, None),
    500: pages.server_error,
}


@pytest.mark.parametrize("number", BY_NUMBER)
def test_each_has_a_page_and_json_under_the_apis_addresses(number):
    page = BY_NUMBER[number](RequestFactory().get("/nowhere"))
    text = page.content.decode()
    assert (page.status_code, page["Content-Type"]) == (number, "text/html; charset=utf-8")
    assert "<h1>" in text and "Atelier" in text and "secret words" not in text
    assert (loaded_from_elsewhere(text), "/static/" in text) == ([], False)
    for address in ("/api/nowhere/", "/api/nowhere", "/api/v1/nowhere", "/api/printshop/nowhere"):
        answer = BY_NUMBER[number](RequestFactory().get(address))
        assert (answer.status_code, answer["Content-Type"]) == (number, "application/json")


@pytest.mark.django_db
def test_who_may_not_see_a_page_and_whose_form_is_old_are_told_so():
    groups_prepare()
    client = Client(enforce_csrf_checks=True)
    client.force_login(ModeratorFactory.create())
    refused = client.get("/admin/accounts/user/")
    assert (refused.status_code, "You may not see this" in refused.content.decode()) == (403, True)
    old = client.post("/admin/logout/")
    assert (old.status_code, "This form is out of date" in old.content.decode()) == (403, True)
    assert loaded_from_elsewhere(old.content.decode()) == []
    lost = client.get("/admin/nothing/here/")
    assert (lost.status_code, "There is nothing here" in lost.content.decode()) == (404, True)


@pytest.mark.django_db
def test_signing_in_without_a_way_back_leads_to_the_dashboard(client):
    StaffFactory.create(username="staff")
    answer = client.post("/admin/login/", {"username": "staff", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/login", "/admin/commerce/order?o=1", "/admin/commerce/order/1/change"])
def test_a_slash_that_was_left_off_is_put_there(client, address):
    assert (client.get("/admin").status_code, client.get("/admin")["Location"]) == (302, "/admin/")
    client.force_login(SuperuserFactory.create())
    path, _, query = address.partition("?")
    assert client.get(address)["Location"] == f"{path}/{'?' if query else ''}{query}"
    assert client.post(address).status_code == client.get("/admin/nothing/here").status_code == 404


def test_moments_stand_everywhere_in_one_form_with_their_zone():
    moment = Context({"moment": datetime(2026, 1, 2, 14, 5, 59, tzinfo=UTC)})
    assert Template("{{ moment }}; {{ moment|date }}").render(moment) == "2 Jan 2026, 14:05 UTC; 2 Jan 2026"


def test_style_sheets_and_scripts_load_from_here_alone():
    for name in (
        "unfold/css/styles.css",
        "unfold/fonts/inter/styles.css",
        "adminpanel/pages.css",
        "admin/css/base.css",
    ):
        found = finders.find(name)
        assert found, name
        assert loaded_from_elsewhere(Path(found).read_text()) == [], name
