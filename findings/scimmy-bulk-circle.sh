#!/usr/bin/env bash
# scimmy 1.3.5 (npm) makes three groups of a bulk job that creates two which are members of each other.
#
# RFC 7644 section 3.7.1: a service provider has to try to resolve circular references between the resources of a job.
# Guess, before the first run: either both are created and hold each other, or both are refused with 409.
# Seen: both are answered 201, and three groups are stored. The first is created a second time, with the second as its
# member; the second holds the one of the first attempt, which nothing else refers to and no answer names.
# Whoever counts on the answer deletes two groups and leaves one behind.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund scimmy@1.3.5
cat >job.mjs <<'JOB'
import SCIMMY from "scimmy";

const groups = new Map();
SCIMMY.Resources.declare(SCIMMY.Resources.Group, {
    egress: (resource) => (resource.id ? groups.get(resource.id) : [...groups.values()]),
    ingress: (resource, instance) => {
        const id = resource.id ?? `g${groups.size + 1}`;
        groups.set(id, { ...JSON.parse(JSON.stringify(instance)), id });
        return groups.get(id);
    },
    degress: (resource) => groups.delete(resource.id),
});
const schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
const create = (name, member) => ({
    method: "POST",
    path: "/Groups",
    bulkId: name,
    data: { schemas, displayName: name, members: [{ value: `bulkId:${member}` }] },
});
const answer = await new SCIMMY.Messages.BulkRequest({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
    Operations: [create("one", "two"), create("two", "one")],
}).apply();
console.log("answered", answer.Operations.map((row) => row.status).join(" "));
for (const { id, displayName, members } of groups.values()) {
    console.log(id, displayName, "holds", (members ?? []).map((row) => row.value).join(" ") || "nobody");
}
JOB
seen=$(node job.mjs)
expected='answered 201 201
g1 one holds nobody
g2 two holds g1
g3 one holds g2'
echo "$seen"
[[ "$seen" == "$expected" ]] || { echo "this is not what was seen in November 2026" >&2; exit 1; }
