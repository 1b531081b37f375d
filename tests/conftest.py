"""Fixtures of all tests, by subject, from the folder `fixtures`; no property hangs on the clock of a busy machine."""

from hypothesis import settings

settings.register_profile("cityops", deadline=None)
settings.load_profile("cityops")

pytest_plugins = [
    "fixtures.servers",
    "fixtures.ingest",
    "fixtures.browser",
    "fixtures.api",
    "fixtures.dashboards",
    "fixtures.single_sign_on",
]
