"""Mutations that no test notices, and why no promise becomes false by them."""

from __future__ import annotations

EXPLAINED: dict[str, dict[str, str]] = {
    "conformance.provisioning.service.reading": {
        ": SHOWN = 120 → SHOWN = 121": "how much of a long value stands in a sentence is a matter of taste",
    },
    "conformance.scim.ledger": {
        ": MOST_MET = 100000 → MOST_MET = 100001": "how many ids are remembered is a matter of memory only",
        "Ledger.objection: met < claim.sent → met <= claim.sent": "the clock counts in nanoseconds: no moment is both",
        "Ledger.tries: 0 <= self._believed[collection] < TRIALS → -1 <= self._believed[collection] < TRIALS": (
            "a keeper is at -100,000 and would need as many good deletes to come near"
        ),
    },
    "conformance.load.sending": {
        ": Exchange('GET', '', status=200) → Exchange('GET', '', status=201)": "any 2xx stands for any other there",
        "Sender._create: return answer → dropped": "what was never sent has no status and no id to be settled by",
    },
    "conformance.scim.client": {
        ": MOST_EVIDENCE = 20 → MOST_EVIDENCE = 21": "how many are kept as evidence is a matter of memory only",
        "Client._settle: return None → dropped": "what was never sent has neither a status nor an id to be settled by",
        "Client._settle_job: zip(rows, claims, strict=True) → zip(rows, claims, strict=False)": (
            "one claim is made for each creation a few lines above"
        ),
        "Client._settle_job: zip(rows, job.creations, claims, strict=True)"
        " → zip(rows, job.creations, claims, strict=False)": "one row and one claim are made for each creation",
    },
    "conformance.scim.lookout": {
        "Lookout._must_be_nobody: any((self._ledger.owns(place, identifier) for place in places))"
        " → all((self._ledger.owns(place, identifier) for place in places))": (
            "what is owned in any of several collections may be named, so that only an id in a body comes here: its"
            " collection is one"
        ),
        "Lookout.nesting: self._no_user_has(groups[0]) → self._no_user_has(groups[-1])": (
            "any group of ours tells as well as any other"
        ),
    },
    "conformance.scim.reckoning": {
        "Reckoning.__init__: self._lost = False → self._lost = True": (
            "each round at the end begins with its own value, and a look before it asks nobody whether one was lost"
        ),
    },
}
"""By module: each mutation by function and change, and the reason."""
