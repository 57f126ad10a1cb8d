"""Pages that links in campaigns' e-mails lead to, and where the mail service reports."""

from typing import Final

from django.conf import settings
from django.urls import URLPattern, path
from django.utils.module_loading import import_string

from community import pages

# Whose reports django-anymail reads, by the backend that sends.
SERVICES: Final = {
    "anymail.backends.sendgrid.EmailBackend": "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
    "anymail.backends.mailgun.EmailBackend": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
    "anymail.backends.postmark.EmailBackend": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
}


def mail_service() -> list[URLPattern]:
    """Without a secret anybody could report anything: then there is no such address."""
    view = SERVICES.get(settings.EMAIL_BACKEND)
    if view is None or not settings.MAIL_WEBHOOK_SECRET:
        return []
    return [path("api/webhooks/mail/service", import_string(view).as_view(), name="mail_service")]


urlpatterns = [
    path("campaigns/opened/<str:signed>.gif", pages.campaign_opened, name="campaign_opened"),
    path("campaigns/link/<str:signed>/", pages.campaign_clicked, name="campaign_clicked"),
    path("api/webhooks/mail", pages.mail_events, name="mail_events"),
    *mail_service(),
]
