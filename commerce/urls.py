"""The sandbox bank's page, and where gateways report what happened."""

from django.urls import path

from commerce import pages

urlpatterns = [
    path("sandbox/3d-secure/<uuid:challenge>/", pages.sandbox_challenge, name="sandbox_challenge"),
    path("api/webhooks/<slug:gateway>", pages.webhook, name="webhook"),
]
