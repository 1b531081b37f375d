"""Which Chromium of this machine draws pages: for previews of scenes, pictures of the docs, tests and figures."""

import shutil

from cityops.errors import CityopsError

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The first that is there: the shell has no window to draw and does the same pages with a quarter less processor."""


def browser_program() -> str:
    """Return the path of the browser.

    Raises
    ------
    CityopsError
        There is none on this machine.
    """
    for program in PROGRAMS:
        if found := shutil.which(program):
            return found
    raise CityopsError("pages are drawn by Chromium: apt-get install chromium-headless-shell fonts-noto-cjk")
