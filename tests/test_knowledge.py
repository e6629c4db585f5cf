"""What explains the house is in the house: citations lead to sections, words to uses, links to files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.glob("*.md"), *(ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY"))]
)
CODE = sorted(
    path for room in ("conformance", "tests") for path in (ROOT / room).rglob("*.py") if path != Path(__file__)
)

CITATION = re.compile(r'\b(\w+)\.md ((?:(?:, | and )?\d+(?:\.\d+)?(?:, "[^"]+")?)+)')
"""A page and its sections, as in ``entra.md 2.1, 3`` and ``entra.md 5, "Quarantine"``."""

LOOSE = re.compile(r"\bentra\.md(?! \d)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
REGISTRIES = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|npmjs\.(com|org)|crates\.io|rubygems\.org|nuget\.org|hub\.docker\.com)\b"
)


def flat(text):
    """A text in one line, so that a citation may be wrapped."""
    return re.sub(r"\s+(# )?", " ", text)


@cache
def sections(page):
    """The text of each numbered section of a page, its subsections included."""
    found, within = {}, []
    for line in page.read_text(encoding="utf-8").splitlines(keepends=True):
        heading = re.match(r"##+ (\d+)(\.\d+)? ", line)
        if heading:
            within = {heading[1], heading[1] + (heading[2] or "")}
        elif line.startswith("## "):
            within = []
        for number in within:
            found[number] = found.get(number, "") + line
    return found


def cited():
    """Each citation: where it stands, its page, the section, and the words in quotes after it."""
    for path in [*CODE, *PAGES]:
        for page, places in CITATION.findall(flat(path.read_text(encoding="utf-8"))):
            for number, words in re.findall(r'(\d+(?:\.\d+)?)(?:, "([^"]+)")?', places):
                yield path.relative_to(ROOT).as_posix(), DOCS / f"{page}.md", number, words


def glossary():
    """The glossary's words in their order."""
    return re.findall(r"^\| \*\*(.+?)\*\* \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)


def anchors(page):
    """What a link can lead to within a page, as GitHub makes it of the headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_citation_leads_to_a_section():
    """Who reads a section's number in the code finds that section, and in it the words that are quoted."""
    found = list(cited())
    lost = [
        f"{file}: {page.name} {number} {words}".rstrip()
        for file, page, number, words in found
        if not page.is_file() or number not in sections(page) or words not in sections(page)[number]
    ]

    assert len(found) > 50
    assert lost == []


def test_every_citation_names_a_section():
    """No docstring sends its reader to the whole of a long page."""
    loose = [path.relative_to(ROOT).as_posix() for path in CODE if LOOSE.search(flat(path.read_text(encoding="utf-8")))]

    assert loose == []


def test_the_glossary_is_in_order():
    """A word is found where the alphabet has it, and once."""
    words = [word.casefold() for word in glossary()]

    assert len(words) > 50
    assert words == sorted(set(words))


def test_every_word_of_the_glossary_is_used():
    """A word that neither code nor pages use any more is taken out."""
    elsewhere = [path for path in [*CODE, *PAGES] if path.name != "glossary.md"]
    text = flat(" ".join(path.read_text(encoding="utf-8") for path in elsewhere)).casefold()

    assert [word for word in glossary() if not re.search(rf"\b{re.escape(word.casefold())}", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_house_leads_somewhere(page):
    """A relative link names a file that is there and, after #, a heading in it."""
    dead = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        aim = page.parent / path if path else page
        if "://" not in link and not (aim.exists() and (not anchor or anchor in anchors(aim))):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_leads_to_a_package_registry(page):
    """A package is named; where it comes from is the reader's own affair."""
    assert REGISTRIES.findall(page.read_text(encoding="utf-8")) == []
