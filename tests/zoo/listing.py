"""Lists and single representations: filters, sorting, pages, and the attributes that were asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from tests.zoo.filters import Filter, parse
from tests.zoo.message import Refused, listed
from tests.zoo.paths import Path, resolve
from tests.zoo.schema import Kind
from tests.zoo.store import INDEXED, Record, Store

Query = Mapping[str, str]
MOST = 1000
PAGE = 100
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ALWAYS = {"schemas", "id"}


def asked(body: Any) -> Query:
    """The parameters of a search by POST.

    Raises:
        Refused: it is none.
    """
    if not isinstance(body, dict) or SEARCH not in (body.get("schemas") or []):
        raise Refused(400, "not a SearchRequest", "invalidSyntax")
    return {k.lower(): ",".join(v) if isinstance(v, list) else str(v) for k, v in body.items()}


def found(visible: Callable[[Kind], list[Record]], store: Store, kinds: list[Kind], query: Query) -> dict[str, Any]:
    """A page of what fits a query.

    Raises:
        Refused: it asks for what cannot be done.
    """
    rows = [record for kind in kinds for record in _matching(visible, store, kind, query)]
    if "sortby" in query:
        rows = _sorted(kinds, rows, query)
    start, count = max(1, _number(query, "startindex", 1)), min(MOST, max(0, _number(query, "count", PAGE)))
    page = [projected(record, query) for record in rows[start - 1 : start - 1 + count]]
    return listed(page, len(rows), start)


def _number(query: Query, name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise Refused(400, f"{name} is no number", "invalidValue") from None


def _matching(visible: Callable[[Kind], list[Record]], store: Store, kind: Kind, query: Query) -> list[Record]:
    text = query.get("filter", "")
    if not text:
        return visible(kind)
    chosen = parse(kind, text)
    indexed = _by_index(store, kind, chosen)
    rows = visible(kind) if indexed is None else [r for r in indexed if r.shown]
    return [record for record in rows if chosen.test(record.data)]


def _by_index(store: Store, kind: Kind, chosen: Filter) -> list[Record] | None:
    if chosen.exact is None or chosen.exact[0] not in INDEXED or not isinstance(chosen.exact[1], str):
        return None
    return store.named(kind, chosen.exact[0], chosen.exact[1])


def _sorted(kinds: list[Kind], rows: list[Record], query: Query) -> list[Record]:
    paths = {kind.name: resolve(kind, query["sortby"], "invalidPath") for kind in kinds}
    keyed = [(_sort_key(paths[record.kind.name], record.data), record) for record in rows]
    down = query.get("sortorder", "").lower() == "descending"
    keyed.sort(key=lambda pair: (pair[0] is None, pair[0] or ""), reverse=down)
    return [record for _, record in keyed]


def _sort_key(path: Path, data: dict[str, Any]) -> str | None:
    if path.attribute is None:
        return None
    value, last = path.holder(data).get(path.attribute.name), path.last
    if isinstance(value, list):
        primary = [row for row in value if isinstance(row, dict) and row.get("primary") is True]
        value = (primary or value)[0]
    if isinstance(value, dict) and last is not None:
        value = value.get(last.name)
    return None if value is None else str(value) if last is not None and last.exact else str(value).casefold()


def projected(record: Record, query: Query) -> dict[str, Any]:
    """A row with the attributes that were asked for."""
    wanted, unwanted = _names(query, "attributes"), _names(query, "excludedattributes")
    if not wanted and not unwanted:
        return record.data
    data = copy.deepcopy(record.data)
    if wanted:
        made: dict[str, Any] = {key: data[key] for key in ("schemas", "id") if key in data}
        for path in _known(record.kind, wanted):
            _copy(path, data, made)
        return made
    for path in _known(record.kind, unwanted):
        _strip(path, data)
    return data


def _names(query: Query, name: str) -> list[str]:
    return [word for word in query.get(name, "").replace(" ", "").split(",") if word]


def _known(kind: Kind, names: list[str]) -> list[Path]:
    found = []
    for name in names:
        try:
            found.append(resolve(kind, name))
        except Refused:
            continue
    return found


def _copy(path: Path, data: dict[str, Any], made: dict[str, Any]) -> None:
    if path.attribute is None:
        made |= {path.urn: data[path.urn]} if path.urn in data else {}
        return
    name, holder = path.attribute.name, path.holder(data)
    if name not in holder:
        return
    target = made.setdefault(path.urn, {}) if path.urn else made
    if path.sub is None:
        target[name] = holder[name]
        return
    if isinstance(holder[name], list):
        rows = target.get(name) or [{} for _ in holder[name]]
        pairs = zip(rows, holder[name], strict=True)
        target[name] = [made | _only(row, path.sub.name) for made, row in pairs]
    else:
        target[name] = target.get(name, {}) | _only(holder[name], path.sub.name)


def _only(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: row[name]} if name in row else {}


def _strip(path: Path, data: dict[str, Any]) -> None:
    if path.attribute is None:
        data.pop(path.urn, None)
        return
    if path.attribute.name in ALWAYS:
        return
    holder = path.holder(data)
    if path.sub is None:
        holder.pop(path.attribute.name, None)
        return
    value = holder.get(path.attribute.name)
    for row in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
        row.pop(path.sub.name, None)
