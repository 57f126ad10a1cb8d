"""Which e-mails the caller gets (an addition of ours)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors.mail_preferences import mail_preferences_of
from accounts.services.mail_preferences import mail_preferences_change
from config.dialects.base import operation
from config.dialects.v1 import V1View


class EmailPreferences(serializers.Serializer[Any]):
    """Whether they come, by what they are about. All other e-mails concern orders, jobs, money or the account itself,
    and come always."""

    comments = serializers.BooleanField(required=False, help_text="Comments on what you made, and answers to yours.")
    followers = serializers.BooleanField(required=False, help_text="New followers.")
    news = serializers.BooleanField(required=False, help_text="What is new on the platform.")
    printers = serializers.BooleanField(required=False, help_text="What happens at your printers.")


class Preferences(V1View):
    @operation(answer=EmailPreferences)
    def retrieve(self, request: Request) -> Response:
        return self.answer(mail_preferences_of(actor=self.caller))

    @operation(body=EmailPreferences, answer=EmailPreferences)
    def update(self, request: Request) -> Response:
        """What is left out stays. What waits to be sent of a kind that is left off is not."""
        return self.answer(mail_preferences_change(actor=self.caller, changes=self.body(partial=True)))
