"""The desk as a worker meets it: a headless Chromium with JavaScript off, page by page.

What it does: starts Debian's Chromium through its own chromedriver with scripts blocked,
with no name look-ups and no traffic of its own, at a phone's or a laptop's width, light or
dark; takes screenshots; and offers the desk's pages as objects with the few things a person
does on them.

What it does not do: it knows the pages by the selectors below and by nothing else, and it
does not judge how they look; the pictures are for people.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

# -- what the desk's HTML promises -----------------------------------------------------------

LOGIN_FORM = "form#login"
LOGIN_NAME = "form#login input[name=name]"
LOGIN_PASSWORD = "form#login input[name=password]"
QUEUE = "#queue"
CASE_LINKS = "#queue a.case"
CLAIM = "form#claim"
RELEASE = "form#release"
# those of the case itself: ready-made sentences and search results look the same
SUGGESTIONS = "article.suggestion:not(details.snippets article, #found article)"
SUGGESTION = 'article.suggestion[data-answer="{answer}"]'
TAKE_BUTTON = ".take button"
REPLY_TEXT = "form#reply textarea[name=text]"
QUOTE = "form#reply input[name=quote]"
ROUTE = 'form#reply input[name=route][value={route}]'
SAVE_BUTTON = "form#reply button[name=action][value=save]"
APPROVE_BUTTON = "form#reply button[name=action][value=approve]"
CONFIRM = "form#send"
CONFIRMED_TEXT = ".exact"
REPLIES = "#replies article.reply"
DELIVERY = "data-delivery"
CLOSE = "form#close"
CLOSE_OUTCOME = "form#close select[name=outcome]"
ANSWER_LINKS = 'a[href*="/answers/"]'
VERIFY = "form#verify"
SUBMIT_IN = "{form} button, {form} input[type=submit]"

QUEUE_PATH = "/"
LOGIN_PATH = "/login"
ANSWERS_PATH = "/answers"
ANSWER_PATH = "/answers/{answer}"

# -- the browser -----------------------------------------------------------------------------

Scheme = Literal["light", "dark"]
Result = TypeVar("Result")
PAGE_TIMEOUT_S = 60
PHONE = 360
LAPTOP = 1280


class BrowserError(RuntimeError):
    """The browser is missing or does not do what the tests rest on."""


class Browser:
    """One headless Chromium with a fresh profile and scripts off. A context manager."""

    def __init__(
        self, profile: Path, width: int = LAPTOP, scheme: Scheme = "light", scripts: bool = False
    ) -> None:
        chromium = _tool("chromium", "chromium-browser", "google-chrome")
        driver = _tool("chromedriver", "chromium.chromedriver")
        options = Options()
        options.binary_location = chromium
        for argument in (
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-domain-reliability",
            "--disable-extensions",
            "--disable-sync",
            "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
            "--no-first-run",
            "--no-pings",
            "--no-proxy-server",
            # nothing is looked up: the tests' servers are known by number
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            f"--user-data-dir={profile}",
            f"--window-size={width},900",
            "--lang=ru",
        ):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        allow, block = 1, 2
        options.add_experimental_option(
            "prefs",
            {
                "profile.managed_default_content_settings.javascript": allow if scripts else block,
                "credentials_enable_service": False,
                "profile.password_manager_enabled": False,
                "intl.accept_languages": "ru,en",
            },
        )
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.set_page_load_timeout(PAGE_TIMEOUT_S)
        self.show_as(width, scheme)

    def show_as(self, width: int, scheme: Scheme) -> None:
        """Sets the width of the page in CSS pixels and the preferred colours."""
        self._width = width
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {
                "features": [
                    {"name": "prefers-color-scheme", "value": scheme},
                    # a page that scrolls smoothly is not yet where a click expects it
                    {"name": "prefers-reduced-motion", "value": "reduce"},
                ]
            },
        )

    def scripts_are_off(self) -> bool:
        """Asks a page whether it may run scripts."""
        page = "<title>off</title><script>document.title='on'</script>"
        data = base64.b64encode(page.encode()).decode()
        self.driver.get(f"data:text/html;base64,{data}")
        return self.driver.title == "off"

    def document(self) -> str:
        """Another value for each page that was loaded, even if its address is the same."""
        tree = self.driver.execute_cdp_cmd("Page.getFrameTree", {})
        return str(tree["frameTree"]["frame"]["loaderId"])

    def content_width(self) -> int:
        """The width the page takes: more than the window's means sideways scrolling."""
        metrics = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return int(metrics["cssContentSize"]["width"])

    def screenshot(self, path: Path) -> Path:
        """The whole page as it is set now, below the fold too."""
        metrics = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        picture = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": max(metrics["width"], self._width),
                         "height": max(metrics["height"], 1), "scale": 1},
            },
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def screenshots(self, folder: Path, name: str) -> list[Path]:
        """The page at both widths and in both schemes; afterwards as it was, in light."""
        width = self._width
        taken: list[Path] = []
        schemes: tuple[Scheme, ...] = ("light", "dark")
        for at in (PHONE, LAPTOP):
            for scheme in schemes:
                self.show_as(at, scheme)
                taken.append(self.screenshot(folder / f"{name}-{at}-{scheme}.png"))
        self.show_as(width, "light")
        return taken

    def quit(self) -> None:
        with contextlib.suppress(WebDriverException):
            self.driver.quit()

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.quit()


def _tool(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    packages = "chromium chromium-driver"
    raise BrowserError(f"{names[0]} is not installed (Debian: apt install {packages})")


# -- the desk --------------------------------------------------------------------------------


class DeskError(AssertionError):
    """The desk's page is not as expected; the message says where and what it shows."""


class Desk:
    """A person at the desk. Every method leaves the browser on the page it names."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.driver = browser.driver
        self.url = url.rstrip("/")

    def go(self, path: str) -> None:
        self.driver.get(self.url + path)

    def log_in(self, name: str, password: str) -> None:
        """Logs in and ends where the desk leads; raises when it refuses."""
        self.go(LOGIN_PATH)
        self.one(LOGIN_NAME).send_keys(name)
        self.one(LOGIN_PASSWORD).send_keys(password)
        self.submit(LOGIN_FORM)
        if self.has(LOGIN_FORM):
            raise self._error("the log-in was refused")

    def log_out(self) -> None:
        """Forgets the session, as a closed Tor Browser does."""
        self.driver.delete_all_cookies()

    def open_queue(self) -> list[str]:
        """The queue; returns the addresses of the cases on it, in its order."""
        self.go(QUEUE_PATH)
        self.one(QUEUE)
        links = self.driver.find_elements(By.CSS_SELECTOR, CASE_LINKS)
        return [link.get_attribute("href") or "" for link in links]

    def wait_for_case(self, text: str, timeout_s: float) -> CasePage:
        """Opens the case in which `text` stands, as soon as the queue has it."""
        return self._await(
            lambda: self.find_case(text), timeout_s, f"no case with {text!r} on the desk"
        )

    def find_case(self, text: str) -> CasePage | None:
        for address in self.open_queue():
            self.driver.get(address)
            if text in self.page_text():
                return CasePage(self)
        return None

    def open_case(self, address: str) -> CasePage:
        self.driver.get(address)
        return CasePage(self)

    def open_answer(self, answer: str) -> AnswerPage:
        """From the list of answers to one of them, as a verifier goes."""
        self.go(ANSWERS_PATH)
        for link in self.driver.find_elements(By.CSS_SELECTOR, ANSWER_LINKS):
            target = link.get_attribute("href") or ""
            if target.split("?")[0].rstrip("/").endswith(ANSWER_PATH.format(answer=answer)):
                self.driver.get(target)
                return AnswerPage(self)
        raise self._error(f"the list of answers has no link to {answer}")

    # -- elements ----------------------------------------------------------------------

    def has(self, selector: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def one(self, selector: str) -> WebElement:
        try:
            return self.driver.find_element(By.CSS_SELECTOR, selector)
        except NoSuchElementException:
            raise self._error(f"nothing matches {selector!r}") from None

    def submit(self, form: str) -> None:
        """Presses the form's first button."""
        self.press(SUBMIT_IN.format(form=form))

    def press(self, selector: str) -> None:
        """Clicks, and waits for the page that follows."""
        before = self.browser.document()
        self.one(selector).click()
        deadline = time.monotonic() + PAGE_TIMEOUT_S
        # the driver does not always wait by itself for a page that a form leads to
        while self.browser.document() == before:
            if time.monotonic() > deadline:
                raise self._error(f"nothing follows a click on {selector!r}")
            time.sleep(0.02)

    def page_text(self) -> str:
        return self.one("body").text

    def _await(
        self, attempt: Callable[[], Result | None], timeout_s: float, failure: str
    ) -> Result:
        deadline = time.monotonic() + timeout_s
        while True:
            result = attempt()
            if result is not None:
                return result
            if time.monotonic() > deadline:
                raise self._error(failure)
            time.sleep(1)

    def _error(self, what: str) -> DeskError:
        text = ""
        with contextlib.suppress(WebDriverException):
            text = self.driver.find_element(By.CSS_SELECTOR, "body").text
        return DeskError(f"{what}\nat {self.driver.current_url}, which shows:\n{text[:1500]}")


class CasePage:
    """One case: who has it, what is suggested, what will be replied."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.address = desk.driver.current_url.split("#")[0].split("?")[0]

    def reload(self) -> CasePage:
        self.desk.driver.get(self.address)
        return self

    @property
    def text(self) -> str:
        return self.desk.page_text()

    def claim(self) -> None:
        self.desk.submit(CLAIM)
        if not self.desk.has(RELEASE):
            raise self.desk._error("the case was claimed but cannot be released")

    def release(self) -> None:
        self.desk.submit(RELEASE)

    def suggestions(self) -> list[str]:
        """The ids of the suggested answers, in their order."""
        found = self.desk.driver.find_elements(By.CSS_SELECTOR, SUGGESTIONS)
        return [article.get_attribute("data-answer") or "" for article in found]

    def take(self, answer: str) -> str:
        """Puts a suggestion into the editor; returns what stands there then."""
        self.desk.press(f"{SUGGESTION.format(answer=answer)} {TAKE_BUTTON}")
        return self.reply_text

    @property
    def reply_text(self) -> str:
        return str(self.desk.one(REPLY_TEXT).get_property("value"))

    def write(self, text: str) -> None:
        """Replaces what stands in the editor."""
        editor = self.desk.one(REPLY_TEXT)
        editor.clear()
        editor.send_keys(text)

    def quotes(self) -> bool | None:
        """Whether the question is to be quoted; None where it cannot be."""
        if not self.desk.has(QUOTE):
            return None
        return self.desk.one(QUOTE).is_selected()

    def quote(self, wanted: bool) -> None:
        if self.desk.one(QUOTE).is_selected() != wanted:
            self.desk.one(QUOTE).click()

    def routes(self) -> list[str]:
        """The ways a reply can go, `thread` or `message`."""
        names = ["thread", "message"]
        return [name for name in names if self.desk.has(ROUTE.format(route=name))]

    def choose_route(self, route: str) -> None:
        self.desk.one(ROUTE.format(route=route)).click()

    def save(self) -> None:
        self.desk.press(SAVE_BUTTON)

    def check(self) -> str:
        """Asks for the exact text as it will be sent; nothing is approved yet."""
        self.desk.press(APPROVE_BUTTON)
        return self.desk.one(CONFIRMED_TEXT).text

    def approve(self) -> str:
        """Approves the reply as it stands, in both steps; returns the text that was shown.

        From here on it may be sent.
        """
        shown = self.check()
        self.desk.submit(CONFIRM)
        if not self.deliveries():
            raise self.desk._error("the reply was approved but is not on its way")
        return shown

    def deliveries(self) -> list[str]:
        """How far each reply of the case is, the latest first: `waiting`, … `confirmed`."""
        found = self.desk.driver.find_elements(By.CSS_SELECTOR, REPLIES)
        return [reply.get_attribute(DELIVERY) or "" for reply in found]

    def wait_for_delivery(self, delivery: str, timeout_s: float) -> None:
        """Reloads the case until its latest reply is that far."""
        self.desk._await(
            lambda: self.reload().deliveries()[:1] == [delivery] or None,
            timeout_s,
            f"the reply did not become {delivery}",
        )

    def close(self, outcome: str) -> None:
        """Closes the case with one of the desk's outcomes, such as `helped`."""
        Select(self.desk.one(CLOSE_OUTCOME)).select_by_value(outcome)
        self.desk.submit(CLOSE)


class AnswerPage:
    """One answer of the library, as a verifier sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def verify(self) -> None:
        self.desk.submit(VERIFY)


@contextlib.contextmanager
def at_desk(url: str, profile: Path, name: str, password: str) -> Iterator[Desk]:
    """A browser of its own in which `name` is logged in."""
    with Browser(profile) as browser:
        desk = Desk(browser, url)
        desk.log_in(name, password)
        yield desk
