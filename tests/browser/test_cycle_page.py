"""Provisioning cycles and load in a real Chromium: differences first, the log with its filters, the plots."""

from __future__ import annotations

import copy
import re

import pytest

from conformance.reporting import page as rendering
from conformance.reporting.model import Results
from tests import cycle_results as made
from tests.browser.conftest import AXE, DESKTOP, PHONE

SHOWN = "details.event:not([hidden])"
HOSTILE = '"><img src=x onerror="window.pwned=1;alert(1)"><script>window.pwned=2</script>\x1b[31mred\x07'
MANY = 2000
SECOND = 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pages of made-up results: bad, good, hostile, and with 2,000 events."""
    found = tmp_path_factory.mktemp("cycle")
    hostile = made.hostile(made.results(), HOSTILE) | {name: made.results()[name] for name in ("profiles", "checks")}
    many = made.results()
    part = many["cycle"]["dialects"][0]
    part["events"] = [copy.deepcopy(part["events"][index % 20]) for index in range(MANY)]
    part["events_total"] = 3 * MANY
    pages = {"bad": made.results(), "good": made.results(good=True), "hostile": hostile, "many": many}
    for name, results in pages.items():
        (found / f"{name}.html").write_text(rendering.render(Results.from_json(results)), encoding="utf-8")
    return found


def bottom(page, selector):
    """Where an element ends, in pixels from the top."""
    box = page.locator(selector).first.bounding_box()
    return box["y"] + box["height"]


def test_who_was_lost_stands_on_the_first_screen(show, folder):
    """Person and request are inside 1280 by 800 with JavaScript off, and the rail has ten stages."""
    page = show(folder / "bad.html", java_script_enabled=False)
    told = page.locator(".lost > ol > li").first.inner_text()

    assert bottom(page, ".lost > ol > li") < DESKTOP["height"]
    assert "Diego Álvarez: active expected false, got true" in told
    assert "PATCH /Users/target-1 (cycle 2, request 14)" in told
    assert page.locator(".rail li").count() == 10


def test_without_a_script_the_log_can_be_read(show, folder):
    """Everything folds out; only the filters are not offered."""
    page = show(folder / "bad.html", java_script_enabled=False)
    page.locator("#timeline > summary").click()
    page.locator("#event-legacy-14 > summary").click()

    assert page.locator("#event-legacy-14 .steps li").count() == 4
    assert page.locator("#event-legacy-14 .error").is_visible()
    assert not page.locator("#timeline .filter-bar").is_visible()


def test_filters_narrow_the_log_and_stay_in_the_url(show, folder):
    """Status, cycle, action and text leave only what fits; a reload shows the same and the checks keep their own."""
    page = show(folder / "bad.html")
    page.locator("#timeline > summary").click()
    page.select_option("select[name=cycle]", "3")
    in_cycle = page.locator(SHOWN).count()
    page.select_option("select[name=action]", "update")
    page.select_option("select[name=status]", "failure")
    page.fill("input[name=event]", "diego 500")

    assert (in_cycle, page.locator(SHOWN).count()) == (12, 1)
    assert page.locator(".log:visible").count() == 1
    assert "status=failure" in page.url
    page.reload()
    assert page.locator(SHOWN).count() == 1
    assert page.locator(SHOWN).is_visible()
    assert page.locator("#timeline output").inner_text() == "1 of 40 events"
    assert page.locator("details.check:not([hidden])").count() == 2
    page.locator("#timeline button[type=reset]").click()
    page.wait_for_function("!location.search")
    assert page.locator(SHOWN).count() == 40


def test_both_lists_share_one_url(show, folder):
    """The checks' filters and the log's do not undo each other."""
    page = show(folder / "bad.html", "?verdict=FAIL&status=skipped")

    assert page.locator("details.check:not([hidden])").count() == 1
    assert page.locator(SHOWN).count() == 2
    page.select_option("select[name=verdict]", "PASS")
    assert "status=skipped" in page.url
    assert "verdict=PASS" in page.url


def test_a_difference_leads_to_its_event(show, folder):
    """The link opens the folded log, and the event in it, whatever the filters hide."""
    page = show(folder / "bad.html", "?status=failure")
    page.locator(".lost a").first.click()
    event = page.locator("#event-legacy-11 .steps")
    event.wait_for()

    assert event.is_visible()
    assert page.evaluate("document.activeElement.parentElement.id") == "event-legacy-11"


def test_the_log_can_be_read_by_keyboard(show, folder):
    """Enter opens the log and an event."""
    page = show(folder / "bad.html")
    for selector in ("#timeline > summary", "#event-legacy-14 > summary"):
        page.locator(selector).focus()
        page.keyboard.press("Enter")

    assert page.locator("#event-legacy-14 .error").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation_and_nothing_sticks_out(show, folder, scheme, viewport):
    """Of the good and the bad page with everything open, at desktop and phone width."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: it takes npm, and make installs it")
    for name in ("bad", "good"):
        page = show(folder / f"{name}.html", color_scheme=scheme, viewport=viewport)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

        assert [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_hostile_strings_execute_nothing(show, folder):
    """Markup and escape sequences in every string of the new members are shown as text."""
    page = show(folder / "hostile.html")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(100)

    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 0
    assert "<script>window.pwned=2</script>\\x1b[31mred\\x07" in page.locator("#load").inner_text()


def test_two_thousand_events_are_quick(show, folder):
    """The page is usable within two seconds on a busy machine; a filter answers within one, and the cut is told."""
    page = show(folder / "many.html")
    loads = []
    for _ in range(3):
        page.reload()
        loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    page.locator("#timeline > summary").click()
    took = page.evaluate(
        "(() => { const begin = performance.now(); const text = document.querySelector('input[name=event]');"
        " text.value = 'diego'; text.dispatchEvent(new Event('input', {bubbles: true}));"
        " document.body.offsetHeight; return performance.now() - begin; })()"
    )

    assert page.locator("details.event").count() == MANY + 20
    assert "2000 of 6000 events are shown" in page.locator("#timeline .note").inner_text()
    assert min(loads) < 2 * SECOND
    assert took < SECOND


def test_a_printed_page_tells_who_was_lost(show, folder):
    """Differences and the tables of cycles are on paper, in a few pages."""
    page = show(folder / "bad.html")
    document = page.pdf()
    page.emulate_media(media="print")

    assert page.locator(".lost > ol > li").first.is_visible()
    assert page.locator(".cycles table").first.is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", document)) < 8


def test_plots_are_drawn_without_a_script(show, folder):
    """Four pictures, and lines that differ without colours."""
    page = show(folder / "bad.html", java_script_enabled=False)
    page.locator("#load > summary").click()
    dashes = page.locator("#load-latency-t ~ g path").evaluate_all(
        "p => p.map(x => getComputedStyle(x).strokeDasharray)"
    )

    assert page.locator("#load figure svg:visible").count() == 4
    assert len(set(dashes)) == 3
