"""Takes this folder's pictures but the wall's from a running demo.

`make screenshots LOGIN=… PASSWORD=… OFFICER=… SECRET=…`
Those in the folder were taken half an hour into `make demo ARGS="--storm"`; pages with a `!` are an officer's, whose
account is given too.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from cityops.local.browser import browser_program

FOLDER = Path(__file__).parent
PICTURES = {
    "desk-1440x900": ("desk", 1440, 900),
    "desk-en-1440x900": ("desk?lang=en", 1440, 900),
    "statistics-1440x900": ("statistics", 1440, 900),
    "alarm-load-1440x900": ("alarms/load", 1440, 900),
    "todo-390x844": ("!todo", 390, 844),
    "district-1440x1600": ("districts/440106", 1440, 1600),
    "data-1440x1200": ("data?indicator=pm25&level=district&interval=hour", 1440, 1200),
}


def take(page: Page, address: str, file: Path, width: int, height: int) -> None:
    """Open a page, wait until its numbers and graphs are drawn and nothing moves, and save what it shows."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.wait_for_function("document.fonts.ready.then(() => true)")
    page.wait_for_selector(".js-plotly-plot .main-svg, .map-svg, body.document", timeout=60_000)
    page.wait_for_timeout(6_000)  # map labels and the first pushed states fade in
    page.screenshot(path=file)


def sign_in(page: Page, base: str, login: str, password: str) -> None:
    """Sign in through the form."""
    page.goto(f"{base}sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def main(login: str, password: str, officer: str, secret: str, base: str = "http://127.0.0.1:8050/") -> None:
    """Take every picture from the dashboard at `base`."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=browser_program(), args=arguments)
        for name, (path, width, height) in PICTURES.items():
            context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
            page = context.new_page()
            who = (officer, secret) if path.startswith("!") else (login, password)
            sign_in(page, base, *who)
            take(page, base + path.removeprefix("!"), FOLDER / f"{name}.png", width, height)
            context.close()
            sys.stdout.write(f"{name}.png\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
