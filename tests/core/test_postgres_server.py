"""The PostgreSQL that tests run against is real, empty, and gone afterwards."""

import psycopg
import pytest

pytestmark = pytest.mark.postgres


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").fetchone()
        version = connection.info.server_version
    assert tables == (0,)
    assert version >= 140000
