"""Choices keep their names in the API documents."""

import copy
from typing import Any

import pytest
from django.db import models
from rest_framework import serializers

from config.dialects.enumerations import OWNER, named, owner_of
from jobs.choices import JobStatus
from marketplace.choices import Status


def field_of(choices: Any) -> serializers.ChoiceField:
    field = serializers.ChoiceField(choices)
    field.field_name = "status"
    return field


def document_of(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}, "paths": {}}


def words(*values: Any, **more: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), **more}


def test_whose_choices_they_are():
    assert owner_of(field_of(JobStatus.choices)) == "JobStatus"
    assert owner_of(field_of(Status.choices)) == "ListingStatus"  # its own name says too little elsewhere
    assert owner_of(field_of([JobStatus.OPEN, JobStatus.COMPLETED])) is None
    assert owner_of(field_of(JobStatus.values)) is None  # a dialect's own words that happen to be the same


def test_two_classes_with_the_same_choices_are_told():
    class Door(models.TextChoices):
        AJAR = "ajar"

    class Window(models.TextChoices):
        AJAR = "ajar"

    with pytest.raises(LookupError, match="Door.*Window"):
        owner_of(field_of(Door.choices))


def named_of(names: dict[str, list[str]], **schemas: Any) -> dict[str, Any]:
    document = document_of(**schemas)
    named(document, names)
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def test_a_value_that_is_added_renames_nothing():
    def names(*values: str) -> list[str]:
        shown = {"properties": {"status": words(*values), "kind": words("a", **{OWNER: "Kind"})}}
        return list(named_of({}, OrderOut=shown, OrderIn={"properties": {"status": words(*values)}}))

    assert (
        names("open", "paid")
        == names("open", "paid", "lost")
        == ["Kind", "OrderIn", "OrderInStatus", "OrderOut", "OrderOutStatus"]
    )


def test_one_name_for_what_several_have():
    shown = {"properties": {"status": words("open")}}
    schemas = named_of(
        {"OrderState": ["OrderOut.status", "RowOut.status"]}, OrderOut=shown, RowOut=copy.deepcopy(shown)
    )
    assert schemas["OrderState"] == words("open")
    reference = {"$ref": "#/components/schemas/OrderState"}
    assert schemas["OrderOut"]["properties"]["status"] == schemas["RowOut"]["properties"]["status"] == reference


def test_one_name_is_not_for_two_things():
    shown = {"properties": {"status": words("open"), "state": words("shut")}}
    with pytest.raises(LookupError, match="two things"):
        named_of({"State": ["status", "state"]}, OrderOut=shown)


def test_null_and_nothing_stand_beside_the_choices():
    shown = {"properties": {"status": words("open", "", None, nullable=True, description="How it is.")}}
    schemas = named_of({}, OrderOut=shown)
    assert schemas["OrderOut"]["properties"]["status"] == {
        "description": "How it is.",
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("OrderOutStatus", "EmptyText", "Null")],
    }
    assert (schemas["OrderOutStatus"], schemas["Null"]) == (words("open"), {"enum": [None]})
