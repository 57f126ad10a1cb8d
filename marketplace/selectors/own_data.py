"""What the catalogue has of a person."""

from typing import Final

from django.db.models import Q

from config.core.own_data import Given, GivenFiles, OwnData
from marketplace.models import (
    Appeal,
    Artwork,
    Collection,
    CollectionFollower,
    CollectionItem,
    Equipment,
    Like,
    ListingComment,
    MeshFile,
    Model3D,
    ModelLabel,
    Picture,
    UploadedFile,
)

LISTING: Final = (
    "id uuid channel title description tags price currency category=category__name status is_available is_featured"
    " stock sold_count views_count likes_count comments_count downloads_count rating rating_count approved_at"
    " created_at updated_at"
)

OWN_DATA: Final = OwnData(
    given=(
        Given("artworks", Artwork, "seller", f"{LISTING} artwork_type edition_size"),
        Given(
            "artwork_pictures",
            Picture,
            "owner",
            "id artwork content_type width height byte_size sha256 check_state similarity_score verdict created_at",
        ),
        Given(
            "models",
            Model3D,
            "seller",
            f"{LISTING} licence file_origin is_own_work is_quality_assured technical_specs instructions subcategory"
            " project_name designer is_pinned mesh",
        ),
        Given("equipment", Equipment, "seller", f"{LISTING} equipment_type"),
        Given(
            "model_files",
            MeshFile,
            "owner",
            "id uuid file_name format byte_size sha256 state error analysed_at triangle_count vertex_count part_count"
            " bounds volume_mm3 surface_mm2 is_watertight similarity_score verdict evidence created_at",
        ),
        Given("model_labels", ModelLabel, "author", "model position_x position_y position_z text category created_at"),
        Given("appeals", Appeal, "author", "id picture mesh reason state answer decided_at created_at"),
        Given(
            "uploads",
            UploadedFile,
            "owner",
            "uuid kind file_name content_type byte_size sha256 mesh listing created_at",
        ),
        Given("likes", Like, "user", "listing title=listing__title created_at"),
        Given(
            "comments",
            ListingComment,
            "author",
            "id listing title=listing__title parent content likes_count removed_at created_at",
        ),
        Given(
            "collections", Collection, "owner", "id name description is_public views_count followers_count created_at"
        ),
        Given(
            "collected",
            CollectionItem,
            "collection__owner",
            "collection listing title=listing__title position added_at",
        ),
        Given("followed_collections", CollectionFollower, "user", "collection name=collection__name created_at"),
    ),
    files=(
        GivenFiles("artworks", Picture, "owner", "original", "private"),
        GivenFiles("models", MeshFile, "owner", "original", "private", called="file_name"),
        GivenFiles("resemblances", MeshFile, "owner", "evidence_picture", "private"),
        GivenFiles(
            "uploads",
            UploadedFile,
            "owner",
            "stored",
            "storage",
            called="file_name",
            where=Q(mesh=None),  # else it is that of model_files
        ),
    ),
    left_out={
        "Picture.origin": "whose picture another one is a copy of",
        "MeshFile.origin": "whose file another one is a copy of",
        "Appeal.decided_by": "decisions of staff about others",
        "StatusChange.actor": "the history of a listing is its owner's",
        "PartedUpload.owner": "an upload that is under way for a day at most",
    },
)
