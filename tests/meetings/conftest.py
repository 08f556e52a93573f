from __future__ import annotations

import pytest
from flask import Flask

from tests.projects.world import World


@pytest.fixture
def world(app: Flask) -> World:
    return World()
