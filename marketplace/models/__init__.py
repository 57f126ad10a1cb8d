"""The catalogue: categories, listings and what they are made of, likes, views, comments, histories of moderation."""

from marketplace.models.artworks import Artwork
from marketplace.models.categories import Category
from marketplace.models.collections import Collection, CollectionFollower, CollectionItem
from marketplace.models.comments import ListingComment
from marketplace.models.equipment import Equipment
from marketplace.models.listings import (
    FEATURED,
    IN_STOCK,
    LISTED,
    LISTED_MODEL,
    ON_SALE,
    Like,
    Listing,
    ListingManager,
    ListingQuerySet,
    StatusChange,
    View,
)
from marketplace.models.models_3d import MeshFile, Model3D, ModelLabel, ModelVersion, ShapeDescription
from marketplace.models.pictures import Appeal, ComparedPicture, DuplicateGate, Picture
from marketplace.models.uploads import PartedUpload, UploadedFile, UploadPart, UploadUse

__all__ = [
    "Appeal",
    "Artwork",
    "Category",
    "Collection",
    "CollectionFollower",
    "CollectionItem",
    "ComparedPicture",
    "DuplicateGate",
    "Equipment",
    "FEATURED",
    "IN_STOCK",
    "LISTED",
    "LISTED_MODEL",
    "Like",
    "Listing",
    "ListingComment",
    "ListingManager",
    "ListingQuerySet",
    "MeshFile",
    "Model3D",
    "ModelLabel",
    "ModelVersion",
    "ON_SALE",
    "PartedUpload",
    "Picture",
    "ShapeDescription",
    "StatusChange",
    "UploadPart",
    "UploadUse",
    "UploadedFile",
    "View",
]
