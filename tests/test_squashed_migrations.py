"""Migrations that stand for several: new databases are made by them, and those that have the several have them."""

import pytest
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from adminpanel.services.backups.backups import LoaderOf

Key = tuple[str, str]
DISK = MigrationLoader(None).disk_migrations
SQUASHED = {key: migration.replaces for key, migration in DISK.items() if migration.replaces}
OURS = ("marketplace", "commerce", "community", "printshop")

pytestmark = pytest.mark.django_db


def planned(monkeypatch: pytest.MonkeyPatch, applied: set[Key]) -> list[Key]:
    """What is to be done in a database that has these."""
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: dict.fromkeys(applied))
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def test_these_are():
    assert sorted(app for app, _name in SQUASHED) == sorted(OURS)


def test_a_new_database_is_made_by_them_alone(monkeypatch):
    plan = planned(monkeypatch, set())
    assert set(SQUASHED) <= set(plan)
    assert not {old for replaced in SQUASHED.values() for old in replaced} & set(plan)


def test_a_database_of_before_has_them(monkeypatch):
    assert planned(monkeypatch, set(DISK) - set(SQUASHED)) == []


@pytest.mark.parametrize("app", OURS)
def test_one_that_stopped_in_between_goes_on_where_it_was(monkeypatch, app):
    [(squashed, replaced)] = [item for item in SQUASHED.items() if item[0][0] == app]
    begun = set(replaced[:1])
    above = OURS[OURS.index(app) + 1 :]
    later = {key for key in DISK if key[0] in above or (key[0] == app and key not in begun)}  # newer ones of it as well
    plan = planned(monkeypatch, set(DISK) - set(SQUASHED) - later)
    assert [key for key in plan if key in replaced] == list(replaced[1:])
    assert squashed not in plan
    assert not begun & set(plan)


@pytest.mark.parametrize("app", OURS)
def test_they_make_the_same_tables(app):
    [(squashed, replaced)] = [item for item in SQUASHED.items() if item[0][0] == app]
    loader = MigrationLoader(None, replace_migrations=False)
    before, made = (loader.project_state(key).models for key in (replaced[-1], squashed))
    others = {key: model for key, model in before.items() if key[0] != app}
    after = ProjectState(others | {key: model for key, model in made.items() if key[0] == app})
    assert MigrationAutodetector(ProjectState(before), after).changes(loader.graph) == {}


def test_a_backup_of_before_has_its_tables_made_by_them_or_as_far_as_it_went(monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: {})
    whole = set(DISK) - set(SQUASHED)
    assert set(_nodes(whole)) == set(DISK) - {old for replaced in SQUASHED.values() for old in replaced}
    replaced = {app: keys for (app, _name), keys in SQUASHED.items()}
    above = {key for key in whole if key[0] in ("community", "printshop", "adminpanel", "core")}
    newer = {key for key in whole if key[0] == "commerce"} - set(replaced["commerce"][:-1])
    part = whole - newer - above
    [made_whole] = [key for key in SQUASHED if key[0] == "marketplace"]
    assert set(_nodes(part)) == part - set(replaced["marketplace"]) | {made_whole}


def _nodes(wanted: set[Key]) -> list[Key]:
    return list(LoaderOf({".".join(key) for key in wanted}).graph.nodes)
