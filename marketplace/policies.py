"""Who may see and do what in the catalogue."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor
from accounts.policies import ADMINISTRATOR, MODERATOR, STAFF, level
from marketplace.choices import HELD, Status
from marketplace.models import ON_SALE, Artwork, Collection, Equipment, Listing, Model3D


def may_moderate(actor: Actor) -> bool:
    """Approve, reject and feature works, decide about appeals, keep the categories, remove labels."""
    return level(actor) >= MODERATOR


def may_keep_equipment(actor: Actor) -> bool:
    """Staff write what the platform's own shop offers, and how much of it is in stock."""
    return level(actor) >= STAFF


def may_see_closed_categories(actor: Actor) -> bool:
    return level(actor) >= ADMINISTRATOR


def may_sell(actor: Actor) -> bool:
    return bool(getattr(actor, "may_sell", False))


def owns(actor: Actor, listing: Listing) -> bool:
    return actor.pk is not None and listing.seller_id == actor.pk


def is_live(listing: Listing) -> bool:
    """Whether strangers see it."""
    return listing.status == Status.APPROVED and listing.is_available and listing.seller_is_active


def artworks_visible_to(actor: Actor) -> QuerySet[Artwork]:
    """What the actor may open: what is live, one's own, and for its buyers what they bought. Moderators open all."""
    artworks = Artwork.objects.all()
    if may_moderate(actor):
        return artworks
    if actor.pk is None:
        return artworks.filter(ON_SALE)
    own = Q(seller=actor.pk) & ~Q(status=Status.ARCHIVED)
    return artworks.filter(ON_SALE | own | _bought_by(actor))


def equipment_visible_to(actor: Actor) -> QuerySet[Equipment]:
    """What the actor may open: what is offered, and for its buyers what they bought. Who keeps the shop opens all."""
    equipment = Equipment.objects.all()
    if may_keep_equipment(actor):
        return equipment
    return equipment.filter(ON_SALE if actor.pk is None else ON_SALE | _bought_by(actor))


def models_visible_to(actor: Actor) -> QuerySet[Model3D]:
    """As with artworks: what is live, one's own, what one bought; moderators open all."""
    models = Model3D.objects.all()
    if may_moderate(actor):
        return models
    if actor.pk is None:
        return models.filter(ON_SALE)
    own = Q(seller=actor.pk) & ~Q(status=Status.ARCHIVED)
    return models.filter(ON_SALE | own | _bought_by(actor))


def may_label(actor: Actor, model: Model3D) -> bool:
    """Its maker and staff write on a model; whoever sees the model reads it."""
    return owns(actor, model) or level(actor) >= STAFF


def may_see_collection(actor: Actor, collection: Collection) -> bool:
    """What is public, of people whose account is in use; one's own; moderators see all."""
    public = collection.is_public and collection.owner.is_active
    return public or (actor.pk is not None and collection.owner_id == actor.pk) or may_moderate(actor)


def _bought_by(actor: Actor) -> Q:
    """By the name `order_lines`, and nothing else, the catalogue knows of orders: its buyers see what they bought, and
    a list of works that may be seen is one query."""
    return Q(Exists(Listing.objects.filter(pk=OuterRef("pk"), order_lines__order__buyer=actor.pk)))


def goes_live_at_once(artwork: Artwork) -> bool:
    """Whether a passed check is enough: for artists whom staff have verified, unless a moderator rejected it before."""
    trusted = artwork.seller.identity_verified or may_moderate(artwork.seller)
    return trusted and not artwork.history.filter(after=Status.REJECTED).exists()


def model_goes_live_at_once(model: Model3D) -> bool:
    """Whether a passed check is enough, by the rule of the dialect that it was made in; never once it was rejected
    or held by staff."""
    trusted = model.seller.identity_verified or may_moderate(model.seller)
    if settings.MODEL_LIVE_AT_ONCE.get(model.channel) != "always" and not trusted:
        return False
    return not model.history.filter(Q(after=Status.REJECTED) | Q(after=Status.PENDING, reason=HELD)).exists()
