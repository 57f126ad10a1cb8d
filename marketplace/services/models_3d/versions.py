"""The files that a model had one after the other."""

from marketplace.models import MeshFile, Model3D, ModelVersion


def version_add(model: Model3D, *, before: MeshFile | None = None) -> None:
    """Its present file is its newest version. Where somebody ordered the model, the one before and the older ones stay.

    The model is locked.
    """
    newest = model.versions.order_by("-number").first()
    if model.mesh_id is None or (newest is not None and newest.mesh_id == model.mesh_id):
        return
    number = newest.number if newest is not None else 0
    if Model3D.objects.filter(pk=model.pk, order_lines__isnull=False).exists():
        if newest is None and before is not None:
            number = 1
            ModelVersion.objects.create(model=model, mesh=before, number=number, created_at=model.created_at)
    else:
        model.versions.all().delete()
    ModelVersion.objects.create(model=model, mesh_id=model.mesh_id, number=number + 1)
