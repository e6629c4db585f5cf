"""Where people work: countries with their cities and telephone codes, and names as they are given there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from conformance.idp.entra.people import faker

NAMES_PER_COUNTRY = 150
"""How many given names, surnames and streets are drawn for a country; pairs of them make more than 20,000 names."""

# fmt: off
BEYOND_ASCII = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "y",  # noqa: RUF001
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",  # noqa: RUF001
    "у": "u", "ф": "f", "ц": "ts", "ч": "ch", "ю": "yu", "і": "i", "ї": "i", "є": "ye", "я": "ya", "х": "kh",  # noqa: RUF001
    "ш": "sh", "щ": "shch", "ь": "", "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae",  # noqa: RUF001
})
# fmt: on
"""What Unicode does not decompose; Ukrainian as in the passport romanisation of 2010."""


@dataclass(frozen=True)
class Place:
    """A city with an office.

    Attributes:
        postal: postal code of the office.
    """

    city: str
    state: str
    postal: str


@dataclass(frozen=True)
class Country:
    """A country with offices.

    Attributes:
        locale: Faker's name for it.
        code: ISO 3166-1 alpha-2.
        dial: telephone code, without the plus sign.
    """

    locale: str
    code: str
    dial: str
    places: tuple[Place, ...]

    @property
    def language(self) -> str:
        """The preferred language, such as ``de-DE``."""
        return self.locale.replace("_", "-")


@dataclass(frozen=True)
class Name:
    """A name, and how it is written in a user principal name: ASCII, small letters."""

    text: str
    ascii: str


@dataclass(frozen=True)
class Names:
    """What the people of a country are called, and where they work."""

    given: tuple[Name, ...]
    family: tuple[Name, ...]
    streets: tuple[str, ...]


def _country(locale: str, dial: str, *places: tuple[str, str, str]) -> Country:
    return Country(locale, locale[-2:], dial, tuple(Place(*place) for place in places))


COUNTRIES = (
    _country("en_US", "1", ("Seattle", "WA", "98101"), ("Austin", "TX", "78701"), ("New York", "NY", "10001")),
    _country("de_DE", "49", ("Berlin", "Berlin", "10115"), ("München", "Bayern", "80331")),
    _country("fr_FR", "33", ("Paris", "Île-de-France", "75001"), ("Lyon", "Auvergne-Rhône-Alpes", "69001")),
    _country("en_GB", "44", ("London", "Greater London", "EC1A 1BB"), ("Leeds", "West Yorkshire", "LS1 1UR")),
    _country("es_ES", "34", ("Madrid", "Comunidad de Madrid", "28001"), ("Sevilla", "Andalucía", "41001")),
    _country("pl_PL", "48", ("Kraków", "małopolskie", "30-001"), ("Łódź", "łódzkie", "90-001")),
    _country("pt_BR", "55", ("São Paulo", "SP", "01000-000"), ("Florianópolis", "SC", "88010-000")),
    _country("ja_JP", "81", ("千代田区", "東京都", "100-0001"), ("大阪市", "大阪府", "530-0001")),
    _country("tr_TR", "90", ("İstanbul", "İstanbul", "34000"), ("İzmir", "İzmir", "35000")),
    _country("uk_UA", "380", ("Київ", "Київ", "01001"), ("Львів", "Львівська область", "79000")),
    _country("it_IT", "39", ("Milano", "Lombardia", "20121"), ("Bologna", "Emilia-Romagna", "40121")),
    _country("nl_NL", "31", ("Utrecht", "Utrecht", "3511 AA"), ("Den Haag", "Zuid-Holland", "2511 AA")),
    _country("cs_CZ", "420", ("Praha", "Hlavní město Praha", "110 00"), ("Brno", "Jihomoravský kraj", "602 00")),
    _country("sv_SE", "46", ("Göteborg", "Västra Götalands län", "411 01"), ("Malmö", "Skåne län", "211 11")),
)


def to_ascii(text: str) -> str:
    """A name as it stands in a user principal name: small letters and digits of ASCII.

    Args:
        text: a name in Latin letters or in Ukrainian.
    """
    # Turkish İ becomes "i" and a dot when it is made small, so letters are taken apart before and after.
    small = unicodedata.normalize("NFC", text).lower().translate(BEYOND_ASCII)
    apart = unicodedata.normalize("NFKD", small)
    return "".join(letter for letter in apart if letter.isascii() and letter.isalnum())


@lru_cache(maxsize=64)
def names_of(country: Country, seed: int) -> Names:
    """Names and streets of a country, drawn once: a draw costs more than all else about a person.

    Args:
        country: one of ``COUNTRIES``.
        seed: of the organisation.
    """
    fake = faker(country.locale)
    fake.seed_instance(f"{seed}/{country.locale}")
    given = _romanised if country.locale == "ja_JP" else _plain
    times = range(NAMES_PER_COUNTRY)
    return Names(
        given=tuple(given(fake, "first") for _ in times),
        family=tuple(given(fake, "last") for _ in times),
        streets=tuple(" ".join(fake.street_address().split()) for _ in times),
    )


def _plain(fake: object, which: str) -> Name:
    text = str(getattr(fake, f"{which}_name")())
    return Name(text, to_ascii(text))


def _romanised(fake: object, which: str) -> Name:
    kanji, _, latin = getattr(fake, f"{which}_name_pair")()
    return Name(str(kanji), to_ascii(str(latin)))
