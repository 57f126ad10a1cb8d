"""What the catalogue refuses."""

from typing import Any

from config.core.errors import Conflict, Denied, Invalid


class OutOfStock(Invalid):
    """Fewer pieces are left than asked for."""

    code = "out_of_stock"


class NotOnSale(Invalid):
    code = "not_available"


class WrongStatus(Conflict):
    code = "wrong_status"


class SellersOnly(Denied):
    code = "sellers_only"
    message = "Only artists can upload artworks."


class NotYours(Denied):
    code = "not_yours"
    message = "Only the artist who owns this artwork can do this."


class NotChecked(Invalid):
    """Nothing goes live unchecked, not even by a moderator's hand."""

    code = "not_checked"
    message = "The duplicate check of this artwork has not ended yet."


class NotAppealable(Invalid):
    code = "not_appealable"


class CategoryTaken(Invalid):
    code = "category_taken"
    message = "A category with this name already exists."


class DuplicatePicture(Invalid):
    """The picture is a copy. The work, or the refused replacement, is kept, so that its artist may appeal.

    `data`: `message`, `duplicate_detected` (true), `similarity_score` (number, 0 to 100), `matched_artwork`
    (`id`, `title`, `artist`; the title is null for a work that is not public), `artwork_id`, `evidence`.
    """

    code = "duplicate_artwork"
    message = "Duplicate artwork detected"

    def __init__(self, **data: Any) -> None:
        super().__init__()
        self.data = {
            "message": "This artwork is too similar to an existing artwork in our system",
            "duplicate_detected": True,
            **data,
        }
