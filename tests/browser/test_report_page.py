"""The report in a real Chromium, opened from disk and offline."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from conformance.commands.main import main
from conformance.reporting.results import Exit
from tests.browser.conftest import AXE, DESKTOP, PHONE
from tests.faults.layer import FAULTS, load
from tests.runs import run_files

load()
FAILING = "user-disable-applied[legacy]"
SHOWN = "details.check:not([hidden])"
LARGEST = 3 * 1024 * 1024
SECOND = 1000
FEW = 4


@pytest.fixture(scope="module")
def rendered(broken, good, tmp_path_factory):
    """Pages that the verb ``report`` makes: of one run, shared, and of two side by side."""
    folder = tmp_path_factory.mktemp("rendered")
    results = str(broken / "results.json")
    assert main(["report", results, "--output", str(folder / "one.html")]) == 0
    assert main(["report", results, "--share", "--output", str(folder / "shared.html")]) == 0
    assert main(["report", results, str(good / "results.json"), "--output", str(folder / "two.html")]) == 0
    return folder


@pytest.fixture(scope="module")
def short(broken, good, tmp_path_factory):
    """The same pages with less of the same: a few checks of each verdict and profile."""
    folder = tmp_path_factory.mktemp("short")
    files = []
    for name, made in (("broken", broken), ("good", good)):
        results, kept = json.loads((made / "results.json").read_text(encoding="utf-8")), Counter()
        for row in results["checks"]:
            kept[row["verdict"], row["profile"]] += 1
            row["kept"] = kept[row["verdict"], row["profile"]] <= FEW
        results["checks"] = [row for row in results["checks"] if row.pop("kept")]
        files.append(str(folder / f"{name}.json"))
        (folder / f"{name}.json").write_text(json.dumps(results), encoding="utf-8")
    assert main(["report", files[0], "--output", str(folder / "one.html")]) == 0
    assert main(["report", files[0], "--share", "--output", str(folder / "shared.html")]) == 0
    assert main(["report", *files, "--output", str(folder / "two.html")]) == 0
    return folder


def pages(broken, rendered):
    """The page of a run, and those of the verb ``report``."""
    return [broken / "report.html", *sorted(rendered.glob("*.html"))]


def pixels(page, selector):
    """Where an element ends, in pixels from the top."""
    box = page.locator(selector).first.bounding_box()
    return box["y"] + box["height"]


def test_the_first_screen_needs_neither_script_nor_scrolling(show, broken):
    """Headlines, the rail and the first cause are inside 1280 by 800 with JavaScript off."""
    page = show(broken / "report.html", java_script_enabled=False)

    assert pixels(page, ".rail") < DESKTOP["height"]
    assert pixels(page, ".fix > ol > li") < DESKTOP["height"]
    assert page.locator(".rail li").count() == 8
    assert "disable fails" in " ".join(page.locator(".rail").inner_text().split())
    assert not page.locator(".filter-bar").is_visible()
    assert not page.locator("#results-table").is_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(show, broken, rendered, viewport, tmp_path):
    """At desktop and phone width nothing sticks out; the screenshots are not empty."""
    for path in pages(broken, rendered):
        page = show(path, f"#{FAILING}", viewport=viewport)
        picture = page.screenshot(path=tmp_path / f"{path.stem}.png")

        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        assert len(picture) > 10_000


def test_filters_narrow_the_list_and_stay_in_the_url(show, broken):
    """Each filter leaves only what fits; a reload and a copied URL show the same."""
    page = show(broken / "report.html")
    everything = page.locator(SHOWN).count()
    page.select_option("select[name=verdict]", "FAIL")
    failing = page.locator(SHOWN).count()
    page.select_option("select[name=profile]", "entra")
    page.fill("input[name=text]", "disable")
    few = page.locator(SHOWN).count()

    assert everything > failing > few > 0
    assert set(page.locator(SHOWN).evaluate_all("rows => rows.map(row => row.dataset.verdict)")) == {"FAIL"}
    assert "verdict=FAIL" in page.url
    page.reload()
    assert page.locator(SHOWN).count() == few
    assert page.input_value("input[name=text]") == "disable"
    assert page.locator(".filter-bar output").inner_text() == f"{few} of {everything} checks"
    page.click("button[type=reset]")
    page.wait_for_function("!location.search")
    assert page.locator(SHOWN).count() == everything


@pytest.mark.parametrize("name", ["level", "topic"])
def test_the_other_filters_work_too(show, broken, name):
    """Level and topic narrow the list to their value."""
    page = show(broken / "report.html")
    value = page.locator(f"select[name={name}] option").nth(1).get_attribute("value")
    page.select_option(f"select[name={name}]", value)

    assert set(page.locator(SHOWN).evaluate_all(f"rows => rows.map(row => row.dataset.{name})")) == {value}


def test_a_link_opens_its_check_in_spite_of_filters(show, broken):
    """A deep link leads to the open details of a check that a filter would hide."""
    page = show(broken / "report.html", f"?verdict=PASS#{FAILING}")

    assert page.locator(f'[id="{FAILING}"] .told').is_visible()
    page.click(f'.fix a[href="#{FAILING}"]')
    assert page.evaluate("document.activeElement.parentElement.id") == FAILING


def test_what_is_copied_can_be_pasted(show, broken):
    """The buttons copy a curl line, a command, a Markdown issue, a link, and the first screen."""
    page = show(broken / "report.html", f"#{FAILING}")
    check = page.locator(f'[id="{FAILING}"]')
    for label in ("Copy curl", "Copy command", "Copy as issue (Markdown)", "Copy link"):
        check.get_by_role("button", name=label, exact=True).last.click()
    page.get_by_role("button", name="Copy summary").click()
    curl, command, issue, link, summary = page.evaluate("window.copied")

    assert curl.startswith('curl -X GET "$SCIM_URL"/Users/')
    assert command == f"scim-conformance run --url \"$SCIM_URL\" --only '{FAILING}'"
    assert issue.startswith("# A user that was disabled is inactive.")
    assert all(part in issue for part in ("**Expected**", "**Got**", "**How to fix**", "```", "curl -X"))
    assert link.endswith(f"#{FAILING}")
    assert "NOT CONFORMANT" in summary
    assert "- ✗ FAIL" in summary


def test_copying_works_without_a_clipboard_api(show, broken):
    """An older browser, or a page that is not trusted with the clipboard, copies too."""
    page = show(broken / "report.html", f"#{FAILING}")
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('no')))")
    page.evaluate("void (document.execCommand = () => window.copied.push(document.activeElement.value))")
    page.locator(f'[id="{FAILING}"]').get_by_role("button", name="Copy command").click()

    assert FAILING in page.evaluate("window.copied")[0]


def test_the_differing_value_is_marked(show, broken):
    """The answer's body has a mark at the path in question."""
    page = show(broken / "report.html", f"#{FAILING}")
    check = page.locator(f'[id="{FAILING}"]')

    assert '"active": true' in check.locator(".waterfall mark").last.inner_text()


def test_the_page_can_be_read_by_keyboard(show, broken):
    """Tab leads to the skip link first; Enter opens and closes a check."""
    page = show(broken / "report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    check = page.locator("details.check").first
    check.locator("summary").first.focus()
    page.keyboard.press("Enter")

    assert check.get_attribute("open") is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation(show, short, scheme, viewport):
    """Contrast, names, landmarks, order: axe-core has nothing to say of any page, with everything open."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: it takes npm, and make installs it")
    for path in sorted(short.glob("*.html")):
        page = show(path, color_scheme=scheme, viewport=viewport)
        page.evaluate(
            "document.querySelectorAll('details:not(.check), .check[data-verdict=FAIL]').forEach(d => d.open = true)"
        )
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

        told = [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
        assert told == [], path


HOSTILE = '"><img src=x onerror="window.pwned=1;alert(1)"><script>window.pwned=2</script>\x1b[31mred\x07'


def test_a_hostile_endpoint_executes_nothing(show, tmp_path):
    """Markup and escape sequences in every string are shown as text, in the page of a run and in those made again."""

    def hostile(call, serve):
        answer = serve(call)
        if answer.body and call.method != "POST":
            answer.body |= dict.fromkeys(("detail", "active", "title", "nickName", "schemas"), HOSTILE)
        answer.headers["etag"] = 'W/"<script>window.pwned=3</script>"'
        return answer

    assert run_files(tmp_path, hostile, profile="all") == Exit.ENDPOINT_FAILS
    results = str(tmp_path / "results.json")
    main(["report", results, "--output", str(tmp_path / "again.html")])
    main(["report", results, results, "--output", str(tmp_path / "two.html")])
    for name in ("report.html", "again.html", "two.html"):
        page = show(tmp_path / name)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.wait_for_timeout(100)

        assert page.evaluate("window.pwned") is None
        assert page.locator("img").count() == page.locator("#results-table img").count()
        assert name == "two.html" or "<script>window.pwned=2</script>" in page.inner_text("body")
        assert "\x1b" not in (tmp_path / name).read_text(encoding="utf-8")


def test_five_hundred_checks_are_quick(show, broken):
    """Under 3 MB, and usable within a second; a filter answers at once."""
    path = broken / "report.html"
    page = show(path)
    loads = []
    for _ in range(3):
        page.reload()
        loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    took = page.evaluate(
        "(() => { const begin = performance.now(); const text = document.querySelector('input[name=text]');"
        " text.value = 'member'; text.dispatchEvent(new Event('input', {bubbles: true}));"
        " document.body.offsetHeight; return performance.now() - begin; })()"
    )

    assert page.locator("details.check").count() >= 500
    assert path.stat().st_size < LARGEST
    assert min(loads) < SECOND
    assert took < SECOND


def test_a_printed_page_shows_what_is_to_be_fixed(show, broken):
    """All failures are open on paper, in a sensible number of pages."""
    page = show(broken / "report.html")
    document = page.pdf()

    assert page.locator('details.check[data-verdict="FAIL"]:not([open])').count() == 0
    assert 3 < len(re.findall(rb"/Type\s*/Page\b", document)) < 80


def test_passing_checks_carry_no_bodies_unless_all_evidence_is_wanted(show, good, tmp_path):
    """``--evidence all`` puts the bodies of passing checks into the page."""
    run_files(tmp_path, only=["user-disable-applied"], evidence="all")

    assert show(good / "report.html").locator(".check pre").count() < 100
    assert show(tmp_path / "report.html").locator(".check[data-verdict=PASS] pre").count() > 0
    assert "body" in json.loads((tmp_path / "results.json").read_text())["checks"][0]["exchanges"][0]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("removal-ignored", "members"),
        ("false-is-truthy", "active"),
        ("disabled-not-listed", "disabled user"),
        ("empty-match-404", "HTTP 404"),
        ("dotted-keys-dropped", "name.givenName"),
    ],
)
def test_the_defect_is_named_without_scrolling(show, tmp_path, fault, words):
    """Five servers, each broken in its own way: the first cause on the first screen tells what is wrong."""
    run_files(tmp_path, FAULTS[fault].behaviour)
    page = show(tmp_path / "report.html")

    assert pixels(page, ".fix > ol > li") < DESKTOP["height"]
    assert words in page.locator(".fix > ol > li").first.inner_text()
