"""Every address of the platform. The dialects' own tables are config/routes/<name>.py."""

from django.urls import URLPattern, URLResolver, include, path

from adminpanel.pages import start
from config import pages
from config.dialects.cultureup import CultureupView
from config.dialects.nexus import NexusView
from config.dialects.printshop import PrintshopView
from config.dialects.routing import fallback_of, mounted, patterns_of
from config.dialects.v1 import V1View
from config.document_pages import documentation
from config.routes.cultureup import ROUTES as CULTUREUP
from config.routes.nexus import ROUTES as NEXUS
from config.routes.printshop import ROUTES as PRINTSHOP
from config.routes.scopes import SCOPES
from config.routes.v1 import ROUTES as V1
from printshop.webhooks import etsy_webhook

cultureup = patterns_of("cultureup", CULTUREUP, SCOPES["cultureup"])
nexus = patterns_of("nexus", NEXUS, SCOPES["nexus"])
v1 = patterns_of("v1", V1, SCOPES["v1"])
printshop = patterns_of("printshop", PRINTSHOP, SCOPES["printshop"])

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("files/<str:signed>", pages.private_file),
    path("media/<path:name>", pages.public_file),
    path("", include("accounts.urls")),
    path("", include("community.urls")),  # before commerce, whose webhooks have names of any kind
    path("api/webhooks/etsy", etsy_webhook, name="etsy_webhook"),
    path("", include("commerce.urls")),
    path("", include("printshop.urls")),  # before the admin site's, whose addresses end the search
    path("", include("adminpanel.urls")),
    *documentation({"cultureup": cultureup, "nexus": nexus, "v1": v1, "printshop": printshop}),
    path("api/v1/", include([*mounted(v1), fallback_of(V1View)])),
    path("api/printshop/", include([*mounted(printshop), fallback_of(PrintshopView)])),
    path("api/", include([*mounted([*cultureup, *nexus]), fallback_of(CultureupView, NexusView)])),
    path("", start.home, name="start"),
]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.server_error"
