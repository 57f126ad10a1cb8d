from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self) -> None:
        from community import mail_events  # noqa: F401 (it listens to what mail services report)
