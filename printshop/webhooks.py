"""Where Etsy reports what happens to orders."""

from typing import Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from config.core.sizes import size_words
from printshop.errors import EventNotGenuine
from printshop.services.orders.events import event_receive

MAX_BODY: Final = 64 * 1024


@csrf_exempt  # the signature over the body proves the sender
def etsy_webhook(request: HttpRequest) -> HttpResponse:
    """`POST /api/webhooks/etsy`: 200 once the event is ours, 400 when it is not genuine."""
    if request.method != "POST":
        return JsonResponse({"detail": "Only POST."}, status=405, headers={"Allow": "POST"})
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return JsonResponse({"detail": f"The body is larger than {size_words(MAX_BODY)}."}, status=413)
    try:
        event_receive(body=body, headers=request.headers)
    except EventNotGenuine as refusal:
        return JsonResponse({"detail": refusal.message}, status=400)
    except OperationalError:  # a lock or the database: not stored, so the sender is asked to come again
        return JsonResponse({"detail": "Please send this again."}, status=503, headers={"Retry-After": "30"})
    return JsonResponse({"received": True})
