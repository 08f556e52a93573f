from collections.abc import Iterator

import pytest
from flask import Flask


@pytest.fixture
def in_english() -> Iterator[None]:
    """Sentences come out as they stand in the code."""
    with Flask("sentences").test_request_context("/?lang=en"):
        yield
