"""What stands under "All applications": as Django makes it, without the lists of plumbing."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from accounts.models import User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, BuyerFactory, ModeratorFactory, StaffFactory
from adminpanel.pages.plumbing import PLUMBING
from adminpanel.site import Site


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [AdminFactory, ModeratorFactory, StaffFactory, BuyerFactory])
@pytest.mark.parametrize("app_label", [None, "commerce"])
def test_it_is_what_django_shows(factory, app_label):
    groups_prepare()
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=factory().pk)
    of_django = []
    for app in super(Site, admin.site).get_app_list(request, app_label):
        models = [each for each in app["models"] if each["model"]._meta.label not in PLUMBING]
        of_django += [{**app, "models": models}] if models else []
    assert admin.site.get_app_list(request, app_label) == of_django
    assert bool(of_django) is (factory is not BuyerFactory)
