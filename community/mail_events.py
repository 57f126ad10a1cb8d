"""What the mail services that django-anymail knows report by their webhooks: /api/webhooks/mail/service."""

from typing import Any
from uuid import UUID

from anymail.signals import tracking
from django.dispatch import receiver

from community.services.campaign_mails import mail_bounced

REPORTED = {"bounced": False, "rejected": False, "complained": True, "unsubscribed": True}


@receiver(tracking, dispatch_uid="community.mail_events")
def mail_reported(event: Any, **_about: Any) -> None:
    """Events carry the metadata that `email_compose` gave the e-mail."""
    if event.event_type not in REPORTED:
        return
    try:
        message_id = UUID(str((event.metadata or {}).get("delivery")))
    except ValueError:
        message_id = None
    address = event.recipient or ""
    mail_bounced(message_id=message_id, address=address, complained=REPORTED[event.event_type])
