from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "config.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        if settings.METRICS and not settings.TESTING:
            from config.core.metrics import counts
            from config.core.task_metrics import task_metrics_begin

            counts()
            task_metrics_begin()
