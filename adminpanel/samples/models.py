"""3-D models to look at on a fresh platform: uploaded, analysed and put up for sale as by anybody."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import User
from adminpanel.samples.meshes import mesh_file
from config.core.money import chargeable
from marketplace.choices import FileOrigin, Licence, MeshState
from marketplace.errors import BrokenFile, DuplicateModel
from marketplace.models import Model3D
from marketplace.services.categories import category_named
from marketplace.services.models_3d.analyses import mesh_analyse, mesh_await
from marketplace.services.models_3d.models import ModelDetails, model_publish, model_upload


@dataclass(frozen=True)
class SampleModel:
    style: str
    title: str
    category: str
    price: str
    licence: Licence
    tags: tuple[str, ...]
    description: str
    instructions: str
    specs: str = ""


MODELS = (
    SampleModel(
        *("vase", "Twisted Vase", "Art", "6.50", Licence.PERSONAL, ("vase", "home", "decoration")),
        "Nine flutes that turn by a third on their way up.",
        "Print upright at 0.2 mm without supports; two perimeters are enough.",
    ),
    SampleModel(
        *("gear", "Spur Gear, Module 2, 24 Teeth", "Engineering", "4.00", Licence.COMMERCIAL, ("gear", "mechanical")),
        *("Involute teeth with 20 degrees pressure angle.", "Print flat at 0.15 mm with 40 % infill or more."),
        "Module 2, 24 teeth, 8 mm wide, 10 mm bore.",
    ),
    SampleModel(
        *(
            "bracket",
            "Mounting Plate 80 x 50",
            "Engineering",
            "0.00",
            Licence.ATTRIBUTION,
            ("bracket", "plate", "mount"),
        ),
        *("Four holes for M5 screws and a slot for cables.", "Print flat in PETG at 0.2 mm."),
        "80 x 50 x 4 mm, holes of 5 mm at 64 x 34 mm.",
    ),
    SampleModel(
        *("phone stand", "Phone Stand", "Other", "2.50", Licence.NON_COMMERCIAL, ("phone", "stand", "desk")),
        "Holds a telephone at 65 degrees, upright or lying.",
        "Print on its side at 0.2 mm without supports.",
    ),
)


def sample_models_upload(*, maker: User) -> list[Model3D]:
    """Those that the maker does not have yet. A worker, where one runs, analyses them from now on."""
    return [_uploaded(sample, maker) for sample in MODELS]


def sample_models_publish(models: list[Model3D], *, maker: User, tell: Callable[[str], None]) -> None:
    """Each takes about a second, unless a worker has analysed it by now."""
    for number, model in enumerate(models, start=1):
        if model.status == "draft" and model.mesh_id is not None and _is_analysed(model.mesh_id):
            # What resembles somebody's upload stays a draft.
            with contextlib.suppress(BrokenFile, DuplicateModel):
                model_publish(actor=maker, model_id=model.pk)
        tell(f"3-D model {number} of {len(models)}: {model.title}")


def _is_analysed(mesh_id: int) -> bool:
    mesh_analyse(mesh_id)  # nothing happens when a worker has it, or has had it
    return mesh_await(mesh_id, seconds=settings.CELERY_TASK_TIME_LIMIT).state == MeshState.DONE


def _uploaded(sample: SampleModel, maker: User) -> Model3D:
    model = Model3D.objects.filter(seller=maker, title=sample.title).first()
    if model is not None:
        return model
    category = category_named(sample.category)
    return model_upload(
        actor=maker,
        channel="v1",
        file=ContentFile(mesh_file(sample.style), name=f"{sample.style.replace(' ', '-')}.stl"),
        details=ModelDetails(
            title=sample.title,
            description=sample.description,
            category_id=category.pk if category and category.is_active else None,
            price=chargeable(Decimal(sample.price), settings.CURRENCIES["v1"]),
            tags=list(sample.tags),
            licence=sample.licence,
            file_origin=FileOrigin.ORIGINAL,
            is_own_work=True,
            is_quality_assured=True,
            technical_specs=sample.specs,
            instructions=sample.instructions,
            designer=maker.get_full_name(),
        ),
    )
