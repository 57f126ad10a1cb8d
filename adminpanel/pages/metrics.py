"""What operators measure."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from adminpanel.selectors.backlogs import backlogs


def metrics(_request: HttpRequest) -> HttpResponse:
    """What waits, in Prometheus' text format, when METRICS is on. The proxy keeps it from the public."""
    if not settings.METRICS:
        raise Http404
    lines = ["# HELP atelier_waiting Rows that wait for the platform.", "# TYPE atelier_waiting gauge"]
    found = backlogs()
    lines += [f'atelier_waiting{{what="{backlog.name}"}} {backlog.count}' for backlog in found]
    lines += ["# HELP atelier_waiting_seconds Age of the oldest of them.", "# TYPE atelier_waiting_seconds gauge"]
    lines += [f'atelier_waiting_seconds{{what="{backlog.name}"}} {backlog.oldest:.0f}' for backlog in found]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; version=0.0.4; charset=utf-8")
