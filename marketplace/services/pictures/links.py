"""Where the files of pictures are found, by whom."""

from django.core.files.storage import default_storage

from accounts.actors import Actor
from config.core.storage import signed_link
from marketplace import policies


class Links:
    """Absolute addresses for one caller. `origin` is the platform's as the caller names it: `https://example.org`."""

    def __init__(self, *, actor: Actor, origin: str) -> None:
        self.actor = actor
        self.origin = origin
        self.sees_originals = policies.may_moderate(actor)
        self._renditions: dict[str, str] = {}

    def original(self, seller_id: int, original: str | None, watermarked: str | None) -> str | None:
        """A signed link to the original for its artist and moderators, the rendition for everybody else."""
        if original and (self.sees_originals or self.actor.pk == seller_id):
            return self._absolute(signed_link(original))
        return self.rendition(watermarked)

    def rendition(self, watermarked: str | None) -> str | None:
        if not watermarked:
            return None
        if watermarked not in self._renditions:
            self._renditions[watermarked] = self._absolute(default_storage.url(watermarked))
        return self._renditions[watermarked]

    def _absolute(self, address: str) -> str:
        return self.origin + address if address.startswith("/") else address
