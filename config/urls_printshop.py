"""The print shop alone, at /api/, for front-ends that expect it on a port of its own."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import pages
from config.dialects.printshop import PrintshopView
from config.dialects.routing import fallback_of, mounted
from config.document_pages import documentation
from config.urls import printshop
from printshop.webhooks import etsy_webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    *documentation({"printshop": printshop}, mount="/api"),
    path("api/webhooks/etsy", etsy_webhook),
    path("api/", include([*mounted(printshop), fallback_of(PrintshopView)])),
    path("", RedirectView.as_view(url="/swagger/")),  # who opens the port in a browser
]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.server_error"
