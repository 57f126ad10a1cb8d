"""How one signs in as the people of the sample data. With DEBUG off they have no password, or one that was given."""

from dataclasses import dataclass
from typing import Final

SEED_PASSWORDS: Final = {"admin": "admin123", "manager": "manager123", "moderator": "moderator123"}
SAMPLE_PASSWORD: Final = "culture123"  # noqa: S105 (of sample people, who exist with DEBUG on only to be signed in as)


@dataclass(frozen=True)
class SampleAccount:
    username: str
    password: str
    words: str


SAMPLE_ACCOUNTS: Final = (
    SampleAccount("admin", SEED_PASSWORDS["admin"], "Superuser: everything, the settings too."),
    SampleAccount("admin_manager", SEED_PASSWORDS["manager"], "Administrator: people, orders, money, content."),
    SampleAccount("content_moderator", SEED_PASSWORDS["moderator"], "Moderator: artworks, comments, categories."),
    SampleAccount("artist_john", SAMPLE_PASSWORD, "Artist, verified: works go on sale at once."),
    SampleAccount("lena_new", SAMPLE_PASSWORD, "Artist, new: works wait for a moderator."),
    SampleAccount("mia_makes", SAMPLE_PASSWORD, "Creator of 3-D models."),
    SampleAccount("buyer_sarah", SAMPLE_PASSWORD, "Buyer."),
)
