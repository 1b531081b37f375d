"""Fixtures of all tests, by subject, from the folder `fixtures`."""

pytest_plugins = [
    "fixtures.servers",
    "fixtures.ingest",
    "fixtures.browser",
    "fixtures.api",
    "fixtures.dashboards",
    "fixtures.single_sign_on",
]
