"""Takes this folder's pictures but the wall's from a running demo.

`make screenshots LOGIN=… PASSWORD=… OFFICER=… SECRET=…`
Those in the folder were taken while the storm of `make demo ARGS="--storm"` raged; pages with a `!` are an officer's,
whose account is given too. Device and case are those that the desk leads to.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from cityops.local.browser import browser_program
from docs.screenshots.draw import small

FOLDER = Path(__file__).parent
DESK, WALL, PHONE = (1440, 900), (1920, 1080), (390, 844)
PICTURES = {
    "desk-1440x900": ("desk", DESK),
    "desk-en-1440x900": ("desk?lang=en&theme=light", DESK),
    "statistics-1440x900": ("statistics", DESK),
    "alarm-load-1440x900": ("alarms/load", DESK),
    "todo-390x844": ("!todo?show=to_handle", PHONE),
    "district-1440x1600": ("districts/440106", (1440, 1600)),
    "data-1440x1200": ("data?indicator=water_depth&level=district&interval=5min", (1440, 1200)),
    "platform-1440x900": ("platform", DESK),
    "platform-light-1440x900": ("platform?theme=light", DESK),
    "channels-1440x900": ("channels?plan=flood", DESK),
    "modes-1440x900": ("modes", DESK),
    "device-1440x900": ("DEVICE", DESK),
    "device-light-1440x900": ("DEVICE?theme=light", DESK),
    "case-1440x900": ("CASE", DESK),
    "case-light-390x844": ("CASE?theme=light", PHONE),
}


def take(page: Page, address: str, file: Path, width: int, height: int) -> None:
    """Open a page, wait until its numbers and graphs are drawn and nothing moves, and save what it shows."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.wait_for_function("document.fonts.ready.then(() => true)")
    page.wait_for_selector(".js-plotly-plot .main-svg, .map-svg, body.document", timeout=60_000)
    page.wait_for_timeout(6_000)  # map labels and the first pushed states fade in
    page.screenshot(path=file)
    small(file, width)


def sign_in(page: Page, base: str, login: str, password: str) -> None:
    """Sign in through the form."""
    page.goto(f"{base}sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def found(page: Page, base: str) -> dict[str, str]:
    """Return the paths of a device and a case that the desk leads to: of the gravest alarm, and the next due."""
    page.goto(f"{base}desk?show=to_handle")
    device = page.locator('#detail a[href^="/devices/"]').first.get_attribute("href") or ""
    case = page.locator(".desk-cases .is-case").first.get_attribute("data-row")
    return {"DEVICE": device.removeprefix("/"), "CASE": f"cases/{case}"}


def opened(browser: Browser, base: str, login: str, password: str) -> Page:
    """Return a page of somebody who has signed in."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, base, login, password)
    return page


def main(login: str, password: str, officer: str, secret: str, base: str = "http://127.0.0.1:8050/") -> None:
    """Take every picture from the dashboard at `base`."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=browser_program(), args=arguments)
        leader, other = (opened(browser, base, *who) for who in ((login, password), (officer, secret)))
        places = found(leader, base)
        for name, (path, (width, height)) in PICTURES.items():
            page = other if path.startswith("!") else leader
            address = re.sub("DEVICE|CASE", lambda word: places[word[0]], path.removeprefix("!"))
            file = FOLDER / f"{name}.png"
            take(page, base + address, file, width, height)
            sys.stdout.write(f"{file.name} {file.stat().st_size // 1000} kB\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
