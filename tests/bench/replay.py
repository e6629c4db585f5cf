"""Sends the requests of a recording again, one after the other, with bare httpx: the floor to compare with.

Usage: python tests/bench/replay.py RECORDING URL  (the token is in SCIM_TOKEN)
"""

import json
import os
import sys

import httpx


def main() -> None:
    """Replay; ids that the endpoint assigned are translated to those it assigns now."""
    recording, url = sys.argv[1:]
    with open(recording, encoding="utf-8") as file:  # noqa: PTH123 - bare on purpose: no import that is not needed
        lines = [json.loads(line) for line in file]
    old = lines[0]["url"]
    ids: dict[str, str] = {}
    client = httpx.Client(headers={"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}, timeout=60)
    count = 0
    for journey in lines[1:]:
        exchanges = [exchange for step in journey["steps"] for exchange in step["exchanges"]]
        for exchange in sorted(exchanges, key=lambda e: e["started"]):
            count += 1
            send(client, exchange, ids, (old, url))
    print(count)


def send(client: httpx.Client, exchange: dict, ids: dict[str, str], base: tuple[str, str]) -> None:
    """Send one request and learn the id that its answer assigns."""
    body = exchange["request_text"]
    if exchange["request_body"] is not None:
        body = json.dumps(exchange["request_body"])
    text = json.dumps([exchange["url"].replace(*base), body])
    for was, now in ids.items():
        text = text.replace(was, now)
    url, body = json.loads(text)
    headers = {k: v for k, v in exchange["request_headers"].items() if k in {"accept", "content-type"}}
    answer = client.request(exchange["method"], url, content=body, headers=headers)
    if exchange["method"] == "POST" and exchange["status"] == answer.status_code == 201:
        ids[json.loads(exchange["body"])["id"]] = answer.json()["id"]


if __name__ == "__main__":
    main()
