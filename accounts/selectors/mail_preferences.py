"""Which e-mails people want."""

from django.db.models import Exists, OuterRef

from accounts.choices import MailTopic
from accounts.models import MailRefusal, User


def mail_preferences_of(*, actor: User) -> dict[str, bool]:
    """By topic, whether the actor gets its e-mails."""
    refused = set(MailRefusal.objects.filter(user=actor).values_list("topic", flat=True))
    return {topic: topic not in refused for topic in MailTopic.values}


def is_refused(*, user_id: int, topic: MailTopic) -> bool:
    return MailRefusal.objects.filter(user=user_id, topic=topic).exists()


def refuses(topic: MailTopic) -> Exists:
    """A condition on accounts: that they get no e-mails of the topic."""
    return Exists(MailRefusal.objects.filter(user=OuterRef("pk"), topic=topic))
