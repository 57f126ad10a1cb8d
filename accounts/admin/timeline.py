"""The mails that a thing caused, for its page."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from accounts.choices import DeliveryChannel
from accounts.models import Delivery
from config.adminsite.timeline import Happening

MOST = 100


def mails_about(data: Mapping[str, int | str], *, people: Collection[int], since: datetime) -> Iterator[Happening]:
    """What was mailed to `people` about the thing whose ids are `data`, such as {"order_id": 17}, as long as deliveries
    are kept. One query, over the deliveries of these people since the thing is there."""
    named = {f"data__{name}": value for name, value in data.items()}
    found = Delivery.objects.filter(
        channel=DeliveryChannel.EMAIL, user__in=people, created_at__gte=since, **named
    ).select_related("user")
    for delivery in found.order_by("-pk")[:MOST]:
        words = f"Mail to {delivery.user.username}: {delivery.template.replace('_', ' ')}"
        said = delivery.error or delivery.get_state_display()
        yield Happening(delivery.sent_at or delivery.created_at, words, note=said, icon="mail")
