"""The report in a real browser: at both widths, in both languages, without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provdc.report import render
from tests.fixtures.plans import build

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDTHS = (1440, 390)

if CHROMIUM is None:
    pytest.skip("no chromium on PATH: bootstrap/setup --lab installs it", allow_module_level=True)

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402 - only where a browser is


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    paths = {}
    for lang in ("en", "vi"):
        paths[lang] = folder / f"{lang}.html"
        paths[lang].write_text(render(build(184), lang), encoding="utf-8")
    return paths


class Visit:
    """An open report with everything that went wrong while it was open."""

    def __init__(self, browser: Browser, path: Path, width: int, **options: object) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: line.type in ("error", "warning") and self.errors.append(line.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, *error: object) -> None:
        self.context.close()
        if error[0] is None:
            assert self.errors == []
            assert [url for url in self.requests if not url.startswith(("file:", "data:"))] == []


def stroke(page: Page, selector: str) -> str:
    return page.eval_on_selector(selector, "node => getComputedStyle(node).stroke")


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_screen_and_asks_nobody(browser: Browser, reports: dict[str, Path], lang: str, width: int) -> None:
    with Visit(browser, reports[lang], width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.lang") == lang
        outside = page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((node) => {
                 if (node.closest(".wrap, nav, svg, .skip, .switch input, datalist, template, script")) return false;
                 const box = node.getBoundingClientRect();
                 return box.width > 0 && box.right > innerWidth + 1;
               }).map((node) => node.tagName + "." + node.className)"""
        )
        assert outside == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_map_is_drawn_as_large_as_there_is_room(browser: Browser, reports: dict[str, Path], width: int) -> None:
    with Visit(browser, reports["vi"], width) as page:
        box = page.locator("#drawing").bounding_box()
        assert box is not None
        assert box["width"] > width * 0.55
        assert page.locator("#drawing .dots > g").count() == 184 + 10


def test_the_toggle_colours_links_by_their_worst_failure(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["en"], 1440) as page:
        changing = ".links path.k-access.n2.w3"
        assert page.locator(changing).count() > 0
        before = stroke(page, changing)
        page.click("label[for=view-worst]")
        assert page.get_attribute("#drawing", "data-view") == "worst"
        assert stroke(page, changing) != before
        page.click("label[for=view-normal]")
        assert stroke(page, changing) == before


def test_a_failure_shows_what_it_takes_down(browser: Browser, reports: dict[str, Path]) -> None:
    plan = build(184)
    state = next(iter(plan.network.sweep.cut_off))
    lost = [link.id for link in plan.network.links if state.removeprefix("duct:") in link.ducts]
    with Visit(browser, reports["en"], 1440) as page:
        page.select_option("#state", state)
        shown = page.eval_on_selector_all(".links .down", "nodes => nodes.map(node => node.dataset.id)")
        assert sorted(shown) == sorted(lost)
        cut = page.eval_on_selector_all(".dots .cut", "nodes => nodes.map(node => node.dataset.id)")
        assert sorted(cut) == sorted(plan.network.sweep.cut_off[state])
        page.select_option("#state", "")
        assert page.locator(".links .down, .dots .cut").count() == 0


def test_arrow_keys_walk_from_site_to_site(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["en"], 1440) as page:
        page.focus("#drawing")
        seen = []
        for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
            seen.append(page.inner_text("#panel code >> nth=0"))
        assert len(set(seen)) >= 3
        page.keyboard.press("Escape")
        assert "chosen" not in (page.get_attribute("#drawing", "class") or "")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_tap_near_a_site_shows_its_paths(browser: Browser, reports: dict[str, Path], width: int) -> None:
    site = next(site for site in build(184).network.sites if site.site_class == "commune")
    with Visit(browser, reports["vi"], width, has_touch=True) as page:
        dot = page.locator(f'.dots g[data-id="{site.id}"]')
        dot.scroll_into_view_if_needed()
        box = dot.bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert site.id in page.inner_text("#panel")
        assert page.get_attribute(f'.links path[data-id="{site.primary.links[0]}"]', "class").endswith("on-p")


def test_zoom_keeps_symbols_and_returns(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["vi"], 390) as page:
        whole = page.get_attribute("#drawing", "viewBox")
        page.click("#zoom-in")
        assert page.get_attribute("#drawing", "viewBox") != whole
        page.click("#zoom-reset")
        assert [float(part) for part in page.get_attribute("#drawing", "viewBox").split()] == [
            float(part) for part in whole.split()
        ]


def test_search_ignores_diacritics_and_counts(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["vi"], 1440) as page:
        page.fill("#q-site-table", "diem commune-00100")
        assert page.locator("#site-table tbody tr:visible").count() == 1
        assert page.inner_text("#q-site-table ~ output").startswith("1 ")
        page.fill("#q-site-table", "")
        assert page.locator("#site-table tbody tr:visible").count() == 183


def test_dark_and_print_have_their_own_clothes(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["vi"], 1440, color_scheme="dark") as page:
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.emulate_media(color_scheme="light")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
        page.emulate_media(media="print")
        assert not page.is_visible("nav")
        assert not page.is_visible("#state")
        assert page.is_visible("#drawing")


def test_it_reads_without_a_script(browser: Browser, reports: dict[str, Path]) -> None:
    with Visit(browser, reports["en"], 1440, java_script_enabled=False) as page:
        assert page.locator("#site-table tbody tr").count() == 183
        assert page.is_visible("#drawing")
