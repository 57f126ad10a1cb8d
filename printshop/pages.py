"""The farm board: for the shop's owner at `/printshop/board/`, and for staff in the admin site."""

from secrets import compare_digest
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from accounts.authentication import access_token, browser_sign_in
from accounts.models import User
from accounts.selectors.sign_ins import browser_session_of
from config.addresses import address_of, own_page
from config.core.errors import Denied, DomainError, Kind, Missing
from config.core.references import LARGEST_ID
from printshop import policies
from printshop.choices import CommandKind
from printshop.errors import EtsyRefused
from printshop.models import Shop
from printshop.selectors.board import board_of, printer_row, shop_looked_at, shops_with_printers
from printshop.selectors.shops import shop_of
from printshop.services.printers.commands import command_ask
from printshop.services.printers.printers import printer_plate_clear
from printshop.services.shops.sign_in import etsy_sign_in_begin, etsy_sign_in_finish

STATUSES: Final = {Kind.DENIED: 403, Kind.MISSING: 404, Kind.CONFLICT: 409, Kind.LIMITED: 429, Kind.UPSTREAM: 503}
ASKED: Final[dict[str, tuple[CommandKind, str]]] = {
    "pause": (CommandKind.PAUSE, "Asked it to pause."),
    "resume": (CommandKind.RESUME, "Asked it to go on."),
    "stop": (CommandKind.STOP, "Asked it to stop."),
}
CLEAR: Final = "clear"
ETSY: Final = "etsy_sign_in"


@require_GET
@never_cache
@ensure_csrf_cookie
def board(request: HttpRequest) -> HttpResponse:
    """The owner's page. Nothing on it comes from another host, and no script or style stands in the page."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path(), reverse("sign_in"))
    shop = shop_of(actor=request.user)
    context = _context(shop, reverse("board_state"), heading=_heading(shop), may_command=True)
    page = render(request, "printshop/board.html", context)
    host = request.get_host()
    page["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host} wss://{host}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return page


@require_GET
@never_cache
def board_state(request: HttpRequest) -> HttpResponse:
    """What the socket says first: for who cannot reach it."""
    if not isinstance(request.user, User):
        return _signed_out()
    return JsonResponse(board_of(shop_of(actor=request.user)))


@require_POST
@never_cache
def board_token(request: HttpRequest) -> HttpResponse:
    """An access token for the socket, in exchange for the session. The page keeps it in a variable and asks for the
    next one when its time is over."""
    if not isinstance(request.user, User):
        return _signed_out()
    session = browser_session_of(session_key=request.session.session_key)
    token = access_token(request.user, session.sid if session is not None else None)
    return JsonResponse({"token": token, "expires_in": settings.ACCESS_TOKEN_EXPIRE_MINUTES * 60})


@require_POST
@never_cache
def board_command(request: HttpRequest, printer_id: int, command: str) -> HttpResponse:
    """`clear` (the plate), `pause`, `resume` or `stop`, by the shop's owner."""
    if not isinstance(request.user, User):
        return _signed_out()
    if command != CLEAR and command not in ASKED:
        raise Http404
    try:
        if command == CLEAR:
            printer_plate_clear(actor=request.user, printer_id=printer_id)
            words = "The plate is clear."
        else:
            kind, words = ASKED[command]
            command_ask(actor=request.user, printer_id=printer_id, kind=kind)
    except DomainError as refusal:
        return JsonResponse({"error": refusal.message}, status=STATUSES.get(refusal.kind, 400))
    return JsonResponse({"message": words, "printer": printer_row(printer_id)})


# ---------------------------------------------------------------- signing in with Etsy
@require_POST
@never_cache
def etsy_sign_in(request: HttpRequest) -> HttpResponse:
    """For owners whose account has no password: to Etsy, and back to `etsy_sign_in_back`. What they must show there
    stays in their session."""
    target = own_page(request, request.POST.get("next", ""))
    try:
        begun = etsy_sign_in_begin(actor=None, address=address_of(request), redirect_uri=_back())
    except DomainError as refusal:
        return _refused(request, refusal, target)
    request.session[ETSY] = {"state": begun.state, "code_verifier": begun.code_verifier, "next": target}
    return HttpResponseRedirect(begun.auth_url)


@require_GET
@never_cache
def etsy_sign_in_back(request: HttpRequest) -> HttpResponse:
    """Etsy sends the owner here, with the code. Who has a second factor is asked for it as after a password."""
    begun = request.session.pop(ETSY, {"state": "", "code_verifier": "", "next": "/"})
    target, state = begun["next"], request.GET.get("state", "")
    try:
        if not begun["state"] or not compare_digest(state.encode(errors="replace"), begun["state"].encode()):
            raise EtsyRefused
        done = etsy_sign_in_finish(
            actor=None,
            code=request.GET.get("code", "").replace("\0", "")[:2000],
            code_verifier=begun["code_verifier"],
            state=state,
            address=address_of(request),
            redirect_uri=_back(),
        )
    except DomainError as refusal:
        return _refused(request, refusal, target)
    if done.sign_in.needs_second_factor:
        context = {"next": target, "session_token": done.sign_in.session_token}
        return render(request, "pages/sign_in.html", context)
    browser_sign_in(request, done.sign_in.user)
    return HttpResponseRedirect(target)


def _back() -> str:
    page = reverse("etsy_sign_in_back", urlconf="config.urls")
    return f"{settings.PUBLIC_URL.rstrip('/')}{page}"


def _refused(request: HttpRequest, refusal: DomainError, target: str) -> HttpResponse:
    context = {"next": target, "words": refusal.message, "others": settings.SIGN_IN_PAGES}
    return render(request, "pages/sign_in.html", context, status=STATUSES.get(refusal.kind, 400))


# ---------------------------------------------------------------- staff
def _admin_board(request: HttpRequest) -> HttpResponse:
    """Any shop's board, without its buttons; without `shop` a list of shops."""
    if not policies.may_manage_shops(request.user):
        raise PermissionDenied
    asked = request.GET.get("shop", "")
    context = {**admin.site.each_context(request), "title": "Farm board"}
    if not asked:
        return render(request, "admin/printshop/board.html", context | {"shops": shops_with_printers()})
    shop = _shop(request, asked)
    address = f"{reverse('admin_board_state')}?shop={shop.pk}"
    return render(
        request,
        "admin/printshop/board.html",
        context | _context(shop, address, heading=str(shop), may_command=False) | {"watches": True},
    )


def _admin_board_state(request: HttpRequest) -> HttpResponse:
    return JsonResponse(board_of(_shop(request, request.GET.get("shop", ""))))


# Send strangers to the sign-in page.
admin_board = require_GET(admin.site.admin_view(_admin_board))
admin_board_state = require_GET(admin.site.admin_view(_admin_board_state))


def _shop(request: HttpRequest, asked: str) -> Shop:
    if not (asked.isascii() and asked.isdigit()) or len(asked) > 19 or int(asked) > LARGEST_ID:
        raise Http404
    try:
        return shop_looked_at(actor=request.user, shop_id=int(asked))
    except Missing:
        raise Http404 from None
    except Denied:
        raise PermissionDenied from None


def _context(shop: Shop | None, state_url: str, *, heading: str, may_command: bool) -> dict[str, Any]:
    return {
        "shop": shop,
        "state": board_of(shop),
        "state_url": state_url,
        "heading": heading,
        "may_command": may_command,
    }


def _heading(shop: Shop | None) -> str:
    return shop.etsy_shop_name if shop is not None and shop.etsy_shop_name else "Farm board"


def _signed_out() -> HttpResponse:
    return JsonResponse({"error": "Sign in first."}, status=401)
