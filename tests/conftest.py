"""What every test may use. Fixtures of one part of the house stand in the conftest of its folder."""

pytest_plugins = ["pytester", "tests.postgres", "tests.left_out", "tests.snapshots"]
