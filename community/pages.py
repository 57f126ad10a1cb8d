"""Pages that campaigns' e-mails lead to, and where the mail service reports. The address itself is the secret."""

import hashlib
import hmac
import json
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from community.errors import InvalidLink
from community.services import campaign_mails

PIXEL: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@require_safe
def campaign_opened(request: HttpRequest, signed: str) -> HttpResponse:
    """A transparent picture of one pixel, which e-mail programs load when a letter is opened."""
    try:
        if request.method == "GET":
            campaign_mails.letter_opened(signed=signed)
    except InvalidLink:
        raise Http404 from None
    return _private(HttpResponse(PIXEL, content_type="image/gif"))


@require_safe
def campaign_clicked(request: HttpRequest, signed: str) -> HttpResponse:
    """Leads to where the letter says."""
    try:
        return _private(
            HttpResponseRedirect(campaign_mails.link_followed(signed=signed, counted=request.method == "GET"))
        )
    except InvalidLink:
        raise Http404 from None


@csrf_exempt
@require_POST
def mail_events(request: HttpRequest) -> HttpResponse:
    """What a mail server or service reports: `{"event": "bounced" | "complained", "message_id": …, "address": …}`.

    `message_id` is that of the e-mail's header. Signed with MAIL_WEBHOOK_SECRET: the header X-Signature is the HMAC
    with SHA-256 of the body, in hexadecimal.
    """
    secret, sent = settings.MAIL_WEBHOOK_SECRET, request.headers.get("X-Signature", "")
    expected = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(expected.encode(), sent.encode()):
        return JsonResponse({"detail": "Not authenticated"}, status=401)
    try:
        event = json.loads(request.body)
        kind, address = event["event"], str(event.get("address") or "")[:254]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"detail": "No event"}, status=422)
    if kind in ("bounced", "complained") and "\0" not in address:
        message_id = _message_id(event.get("message_id"))
        campaign_mails.mail_bounced(message_id=message_id, address=address, complained=kind == "complained")
    return JsonResponse({"status": "ok"})


def _message_id(sent: Any) -> UUID | None:
    """Of `<uuid@domain>`."""
    try:
        return UUID(str(sent).strip("<> ").partition("@")[0])
    except ValueError:
        return None


def _private(page: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes neither into caches nor, as a referrer, to other sites."""
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page
