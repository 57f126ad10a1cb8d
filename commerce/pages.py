"""What payment gateways call, and the sandbox gateway's 3-D Secure page."""

import uuid
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from commerce.errors import EventNotGenuine, MethodUnavailable
from commerce.gateways import sandbox, sandbox_cards
from commerce.models import SandboxIntent
from commerce.services.gateway_events.events import event_receive
from config.core.sizes import size_words

SENDERS = frozenset({"stripe", "sandbox", "jazzcash"})
MAX_BODY = 256 * 1024
OUTCOMES = {"succeed": True, "fail": False}


@csrf_exempt  # the signature over the body proves the sender
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """`POST /api/webhooks/<gateway>`: 200 once the event is ours, 400 when it is not genuine.

    Stripe and the sandbox call from their servers. JazzCash's message is brought by the payer's own browser, which is
    sent on to the shop.
    """
    if gateway not in SENDERS:
        raise Http404
    if request.method != "POST":
        response = JsonResponse({"detail": "Only POST."}, status=405)
        response["Allow"] = "POST"
        return response
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return JsonResponse({"detail": f"The body is larger than {size_words(MAX_BODY)}."}, status=413)
    try:
        event_receive(gateway=gateway, body=body, headers=request.headers)
    except MethodUnavailable:
        raise Http404 from None
    except EventNotGenuine as refusal:
        return JsonResponse({"detail": refusal.message}, status=400)
    except OperationalError:  # a lock or the database: not stored, so the sender is asked to come again
        return JsonResponse({"detail": "Please send this again."}, status=503, headers={"Retry-After": "30"})
    if gateway == "jazzcash":
        return see_other(f"{settings.FRONTEND_URL}/payments/return?gateway=jazzcash")
    return JsonResponse({"received": True})


@csrf_exempt  # the address itself is the secret, known to the payer alone and good for one answer; no session is used
@never_cache
def sandbox_challenge(request: HttpRequest, challenge: uuid.UUID) -> HttpResponse:
    """The page where the sandbox's bank asks the payer.

    It then redirects to the `return_url` given at the confirmation, wherever on the web that is, as Stripe does: shops
    live on their own domains. That is no open redirect to worry about: the target comes from the authenticated payer's
    own request and not from this address's; it is http(s); the page names the host, and nobody gets there without
    pressing a button; and none of this exists on a server that takes real money.
    """
    try:
        intent = sandbox.challenge_find(challenge)
    except MethodUnavailable:
        raise Http404 from None
    if intent is None:
        raise Http404
    if request.method != "POST":
        return challenge_page(request, intent)
    outcome = request.POST.get("outcome", "")
    if outcome not in OUTCOMES:
        return challenge_page(request, intent, status=400)
    if sandbox.challenge_finish(challenge=challenge, succeeded=OUTCOMES[outcome]) and intent.return_url:
        # What Stripe appends, without the client secret: it would end up in logs and histories.
        state = {"payment_intent": intent.reference, "redirect_status": f"{outcome}ed"}
        mark = "&" if urlsplit(intent.return_url).query else "?"
        address, hash_mark, fragment = intent.return_url.partition("#")
        return see_other(f"{address}{mark}{urlencode(state)}{hash_mark}{fragment}")
    intent.refresh_from_db()
    return challenge_page(request, intent)


def challenge_page(request: HttpRequest, intent: SandboxIntent, status: int = 200) -> HttpResponse:
    context = {
        "is_open": intent.status == sandbox_cards.NEEDS_ACTION,
        "has_succeeded": intent.status == sandbox_cards.SUCCEEDED,
        "payment": sandbox.presented(intent),
        "return_url": intent.return_url,
        "return_host": urlsplit(intent.return_url).netloc,
    }
    response = render(request, "sandbox/challenge.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response


def see_other(address: str) -> HttpResponse:
    """Go there with GET, whatever the method was."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
