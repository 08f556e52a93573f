"""The site on PostgreSQL, Redis and S3-compatible storage: the same pages, and nothing is left on the machine itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from scripts.cluster import Cluster
from scripts.started import StartedSite
from tests.journeys import steps_exhibitor, steps_frame, steps_pool
from tests.journeys.cast import STAFF
from tests.journeys.conftest import RESULTS, NewPage
from tests.journeys.persons import Album, Somebody, say
from tests.journeys.test_loop import ZONE, first_link
from tests.paper import blank_paper
from tests.servers import Bucket, started_bucket, started_redis


@pytest.fixture
def database_url() -> Iterator[str]:
    with Cluster() as cluster:
        yield cluster.url()


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with started_bucket() as bucket:
        yield bucket


def test_an_import_and_an_exhibitors_uploads_lie_in_the_database_and_the_bucket(
    database_url: str, bucket: Bucket, new_page: NewPage, tmp_path: Path
) -> None:
    home = tmp_path / "grown" / "home"
    home.parent.mkdir()
    with started_redis(tmp_path) as redis_url, StartedSite(
        home, "--empty",
        environment={"EXPO_DATABASE_URL": database_url, "EXPO_REDIS_URL": redis_url, **bucket.settings},
    ) as site:
        album = Album(RESULTS / "grown")
        letters = steps_frame.Letters(site.home, site.log)

        def member(key: str) -> Somebody:
            person = Somebody(new_page(site), STAFF[key][0], album)
            steps_frame.sign_in_by_code(person, STAFF[key][1], letters)
            return person

        now = datetime.now(ZONE)
        admin = Somebody(new_page(site), "周管理", album)
        steps_frame.become_administrator(admin, first_link(site))
        for key in ("province", "city", "county"):
            steps_frame.make_account(admin, *STAFF[key])
        steps_frame.make_venue(admin)
        province = member("province")
        steps_frame.make_edition(province, now)

        steps_pool.import_tickets(member("county"), steps_pool.write_file(tmp_path))

        number = _report_directly(province, f"{now:%Y}")
        exhibitor = Somebody(new_page(site), steps_pool.EXHIBITOR[0], album)
        steps_exhibitor.claim(exhibitor, letters, "第三届科创会")
        steps_exhibitor.fill_in(exhibitor, number, tmp_path, blank_paper())
        steps_exhibitor.accept_and_publish(member("city"), f"{now:%Y}", number)
        steps_exhibitor.seen_in_the_hall(Somebody(new_page(site), "童观众", album), f"{now:%Y}", number)
        assert "Every chain holds" in site.flask("history", "verify")

    # The file and its failed rows, the document, and the picture in its sizes.
    assert len(bucket.names()) >= 6, bucket.names()
    assert [path for path in (home / "files").rglob("*") if path.is_file()] == []
    assert not list(home.glob("*.db"))
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ticket")) == 2


def _report_directly(province: Somebody, slug: str) -> str:
    """A project that no ticket stands behind; returns its number."""
    name, address = steps_pool.EXHIBITOR
    province.go(f"/work/{slug}/projects/new")
    province.fill(title=steps_pool.TITLE, kind=say("Achievement"), region_id="青羊区", industry_id="新材料",
                  owner_name=steps_pool.OWNER, contact_name=name, contact_email=address, reason="省领导现场推荐")
    province.press("Take in and invite")
    found = re.search(r"/projects/([^/?]+)$", province.page.url)
    assert found, province.page.url
    return found[1]
