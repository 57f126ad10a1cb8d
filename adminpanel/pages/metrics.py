"""What operators measure."""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adminpanel.selectors.vitals import vitals
from config.core.metrics import counts


def metrics(_request: HttpRequest) -> HttpResponse:
    """All numbers of the platform in Prometheus' text format, when METRICS is on: what all processes of this machine
    have counted, what waits, and how each process does. The proxy keeps it from the public."""
    if not settings.METRICS:
        raise Http404
    registry = CollectorRegistry()
    registry.register(_Vitals())
    content = generate_latest(registry)
    if (own := counts()) is not None:
        from config.core.metric_files import collected
        from config.core.process_metrics import Processes

        counted = collected(own.folder)
        counted.register(Processes(own.folder))
        content += generate_latest(counted)
    return HttpResponse(content, content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Vitals(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for vital in vitals():
            family = families.get(vital.name)
            if family is None:
                family = families[vital.name] = GaugeMetricFamily(vital.name, vital.help, labels=list(vital.labels))
            family.add_metric(list(vital.labels.values()), vital.value)
        yield from families.values()
