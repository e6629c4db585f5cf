"""Sends the requests that a server noted once more with bare httpx, so many at once, and prints how many a second.

Usage: python tests/bench/bare.py REQUESTS URL CONCURRENCY  (the token is in SCIM_TOKEN)
"""

import json
import os
import re
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from urllib.parse import urlsplit

import httpx

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")


def main() -> None:
    """Replay; ids that the endpoint assigned are translated to those it assigns now."""
    path, url, concurrency = sys.argv[1:]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}", "Content-Type": "application/scim+json"}
    client = httpx.Client(headers=headers, timeout=60)
    ids: dict[str, Future] = {}

    def now(was: re.Match) -> str:
        return ids[was[0]].result(60) if was[0] in ids else was[0]

    def send(method: str, target: str, body: str, made: str | None) -> None:
        answer = client.request(method, origin + ID.sub(now, target), content=ID.sub(now, body) or None)
        if made:
            ids[made].set_result(answer.json()["id"])

    with open(path, encoding="utf-8") as file, ThreadPoolExecutor(int(concurrency)) as pool:  # noqa: PTH123 - bare
        lines, count, begin = map(json.loads, file), 0, time.monotonic()
        while window := list(islice(lines, 256)):
            count += len(window)
            # Who is created is known before anything that names the id can be sent.
            ids |= {made: Future() for *_, made in window if made}
            list(pool.map(lambda line: send(*line), window))
    print(count / (time.monotonic() - begin))


if __name__ == "__main__":
    main()
