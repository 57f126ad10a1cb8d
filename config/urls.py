"""Every address of the platform. The dialects' own tables are config/dialects/<name>/routes.py."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from accounts import pages as account_pages
from adminpanel.pages import sign_in as sign_in_pages
from commerce import pages as commerce_pages
from config import pages
from config.dialects.cultureup import CultureupView
from config.dialects.nexus import NexusView
from config.dialects.printshop import PrintshopView
from config.dialects.routing import fallback_of, patterns_of
from config.dialects.v1 import V1View
from config.routes.cultureup import ROUTES as CULTUREUP
from config.routes.nexus import ROUTES as NEXUS
from config.routes.printshop import ROUTES as PRINTSHOP
from config.routes.v1 import ROUTES as V1

cultureup = patterns_of("cultureup", CULTUREUP)
nexus = patterns_of("nexus", NEXUS)
v1 = patterns_of("v1", V1)
printshop = patterns_of("printshop", PRINTSHOP)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("metrics", pages.metrics),
    path("files/<str:signed>", pages.private_file),
    path("media/<path:name>", pages.public_file),
    path("verify-email/<str:signed>/", account_pages.verify_email, name="verify_email"),
    path("reset-password/<str:signed>/", account_pages.reset_password, name="reset_password"),
    path("undo-email-change/<str:signed>/", account_pages.undo_email_change, name="undo_email_change"),
    path("sandbox/3d-secure/<uuid:challenge>/", commerce_pages.sandbox_challenge, name="sandbox_challenge"),
    path("api/webhooks/<slug:gateway>", commerce_pages.webhook, name="webhook"),
    *pages.documentation({"cultureup": cultureup, "nexus": nexus, "v1": v1, "printshop": printshop}),
    path("admin/login/", sign_in_pages.sign_in),
    path("admin/password_change/", sign_in_pages.password_change),
    path("admin/", admin.site.urls),
    path("api/v1/", include([*v1, fallback_of(V1View)])),
    path("api/printshop/", include([*printshop, fallback_of(PrintshopView)])),
    path("api/", include([*cultureup, *nexus, fallback_of(CultureupView, NexusView)])),
    path("", pages.home),
]

handler404 = "config.pages.not_found"
handler500 = "config.pages.server_error"
