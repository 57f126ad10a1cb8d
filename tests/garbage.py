"""Pytest plugin (loaded by pytest.ini): what is there once all tests are known stays to the end, so it is not looked
through for garbage again and again."""

import gc

gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
