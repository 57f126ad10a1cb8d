"""What the catalogue refuses."""

from typing import Any

from config.core.errors import Conflict, Denied, DomainError, Invalid, Kind


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


class FileTooLarge(DomainError):
    code = "file_too_large"
    kind = Kind.TOO_LARGE


class BrokenFile(Invalid):
    """A 3-D file that is none, or is damaged. The text says what is wrong with it."""

    code = "broken_file"


class NotAnalysed(Conflict):
    """Nothing goes live before its file was analysed and compared, not even by a moderator's hand."""

    code = "not_analysed"
    message = "The analysis of this model's file has not ended yet."


class DuplicateModel(Invalid):
    """The shape is a copy. The model is kept, rejected, so that its maker may turn to a moderator.

    `data`: `message`, `duplicate_detected` (true), `similarity_score` (number, 0 to 100), `matched_model` (`id`,
    `title`, `creator`; the title is null for a model that is not public; null when it is gone), `model_id`, `evidence`.
    """

    code = "duplicate_model"
    message = "Duplicate model detected"

    def __init__(self, **data: Any) -> None:
        super().__init__()
        self.data = {
            "message": "This model is too similar to an existing model in our system",
            "duplicate_detected": True,
            **data,
        }


class TooManyLabels(Invalid):
    code = "too_many_labels"


class FileInUse(Conflict):
    code = "file_in_use"
    message = "File is in use"


class UploadEnded(Conflict):
    """Nothing is added to an upload that was completed, or is being put together."""

    code = "upload_complete"
    message = "This upload is complete."


class PartsMissing(Conflict):
    """`missing`: numbers of the first hundred parts that have not come."""

    code = "parts_missing"
    message = "Not all parts of this file have come."


class CategoryInUse(Conflict):
    code = "category_in_use"
    message = "Category is in use"


class AlreadyCollected(Conflict):
    code = "already_collected"
    message = "Model is already in this collection"


class CollectionFull(Conflict):
    code = "collection_full"
    message = "This collection holds as many models as one may."


class NotCollected(DomainError):
    code = "not_collected"
    kind = Kind.MISSING
    message = "Model is not in this collection"
