"""The root of the server: a page for who has just started the platform, and what Nexus's clients ask for there."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from adminpanel.samples.accounts import SAMPLE_ACCOUNTS, SampleAccount
from config.addresses import address_of
from config.core.mailbox import mails_written

JSON, HTML = "application/json", "text/html"
MOST_MAILS: Final = 8
CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Dialect:
    """`base` and `login` are paths; `credential` is the header that a client sends once it has signed in."""

    name: str
    title: str
    words: str
    base: str
    login: str
    credential: str
    slash: str

    @property
    def schema(self) -> str:
        return reverse(f"schema_{self.name}")

    @property
    def swagger(self) -> str:
        return reverse(f"swagger_{self.name}")

    @property
    def redoc(self) -> str:
        return reverse(f"redoc_{self.name}")


DIALECTS: Final = (
    Dialect(
        *("cultureup", "CultureUp", "Artworks, equipment, jobs for artists, orders, contracts, administration."),
        *("/api/", "POST /api/auth/login/", "Authorization: Token …", "Every path ends with a slash."),
    ),
    Dialect(
        *("nexus", "Nexus Models", "3-D models, communities, bounties, subscriptions, support, courses."),
        *("/api/", "POST /api/auth/login", "Authorization: Bearer …", "No path ends with a slash."),
    ),
    Dialect(
        *("v1", "v1", "Designs for 3-D printers, campaigns, payouts, labels, the assistant."),
        *("/api/v1/", "POST /api/v1/login", "Authorization: Bearer …", "No path ends with a slash."),
    ),
    Dialect(
        *("printshop", "Print shop", "Orders at Etsy and here, filament, printers, what waits to be printed."),
        *("/api/printshop/", "POST /api/auth/login", "Authorization: Bearer …", "No path ends with a slash."),
    ),
)
CARDS: Final = (
    ("pm_card_visa", "4242 4242 4242 4242", "pays"),
    ("pm_card_chargeDeclined", "4000 0000 0000 0002", "is declined"),
    ("pm_card_threeDSecure2Required", "4000 0027 6000 3184", "asks for 3-D Secure, on a page with two buttons"),
    ("pm_card_chargeCustomerFail", "", "pays, and is declined when a subscription renews"),
)


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """A page for who asks for `text/html`, as browsers do; for everybody else the documented JSON."""
    asks_for_page = request.get_preferred_type([JSON, HTML]) == HTML
    response = _page(request) if asks_for_page else JsonResponse({"message": "Nexus Models API"})
    patch_vary_headers(response, ("Accept",))
    return response


def _page(request: HttpRequest) -> HttpResponse:
    site = f"{request.scheme}://{request.get_host()}"
    context: dict[str, Any] = {
        "site": site,
        "socket_site": site.replace("http", "ws", 1),
        "dialects": DIALECTS,
        "schema_sockets": reverse("schema_sockets"),
        "is_development": settings.DEBUG,
    }
    if settings.DEBUG and is_on_this_machine(request):
        host, _port = split_domain_port(request.get_host())
        context |= {
            "is_here": True,
            "accounts": _accounts(),
            "cards": CARDS if not settings.STRIPE_SECRET_KEY else (),
            "mails": mails_written(most=MOST_MAILS),
            "mail_dir": settings.MAIL_DIR,
            "front_end": settings.FRONTEND_URL,
            "token_minutes": settings.ACCESS_TOKEN_EXPIRE_MINUTES,
            "printshop": f"http://{host}:{settings.PRINTSHOP_PORT}/api/" if settings.PRINTSHOP_PORT else "",
        }
    response = render(request, "pages/start.html", context)
    response["Content-Security-Policy"] = CONTENT_POLICY
    return response


def _accounts() -> list[SampleAccount]:
    """Those that are there."""
    names = User.objects.filter(username__in=[account.username for account in SAMPLE_ACCOUNTS])
    there = set(names.values_list("username", flat=True))
    return [account for account in SAMPLE_ACCOUNTS if account.username in there]


def is_on_this_machine(request: HttpRequest) -> bool:
    """Passwords and mails are for who sits at the machine. In development every name of a host is taken: one that
    somebody made lead here must not be read by the pages that they serve under it. A tunnel or proxy on this machine
    speaks for others, also under the machine's own name."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    host, _port = split_domain_port(request.get_host())
    address = address_of(request)
    is_own_name = host in ("localhost", "127.0.0.1", "[::1]")
    return is_own_name and bool(address) and ip_address(address).is_loopback
