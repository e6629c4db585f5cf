#!/usr/bin/env bash
# @boxyhq/saml-jackson 26.2.0 (npm) finds a user by the first e-mail address where a SCIM filter asks for the userName.
#
# RFC 7644 section 3.4.2.2: a filter compares the attribute that it names. Entra looks everybody up by userName before
# it creates anybody, and an administrator may well map userName and the e-mail address to two different attributes.
# Guess, before the first run: `userName eq "ann"` finds the user who was created with that userName, and
# `userName eq "ann@mail.example"` finds nobody; the e-mail address is one more attribute.
# Seen: the other way round. The user is answered with the userName that was sent, is found by it never, and is found
# under the address. Whoever maps the two to different attributes has each user refused with a conflict, or doubled.
# The databases that the package can use, and this does not, are an empty package here, which nothing calls.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 - "$PWD/package.json" <<'PACKAGE'
import json
import sys

unused = [
    "@aws-sdk/client-dynamodb", "@aws-sdk/credential-providers", "@aws-sdk/util-dynamodb", "@googleapis/admin", "@grpc/grpc-js",
    "better-sqlite3", "mixpanel", "mongodb", "mssql", "mysql2", "pg", "redis", "yargs",
]
empty = "npm:empty-npm-package@1.0.0"
needed = {"@boxyhq/saml-jackson": "26.2.0", "google-auth-library": empty}
whole = {"private": True, "dependencies": needed, "overrides": dict.fromkeys(unused, empty)}
open(sys.argv[1], "w").write(json.dumps(whole))
PACKAGE
npm install --silent --no-audit --no-fund --ignore-scripts
cat >lookup.cjs <<'LOOKUP'
const { controllers } = require("@boxyhq/saml-jackson");

(async () => {
    const { directorySyncController: sync } = await controllers({
        externalUrl: "http://127.0.0.1", samlPath: "/unused", scimPath: "/scim", db: { engine: "mem" },
        dsync: { callback: async () => {} }, logger: { info: () => {} }, noAnalytics: true,
    });
    const { data: directory } = await sync.directories.create({ tenant: "tenant", product: "product" });
    const ask = (method, body, filter) => sync.requests.handle({
        method, body, directoryId: directory.id, resourceType: "Users", apiSecret: directory.scim.secret,
        query: { filter, count: 10, startIndex: 1 },
    });
    const made = await ask("POST", {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "ann", active: true,
        name: { givenName: "Ann", familyName: "Lee" }, emails: [{ primary: true, value: "ann@mail.example", type: "work" }],
    });
    console.log(`created: ${made.status}, userName ${made.data.userName}`);
    for (const name of ["ann", "ann@mail.example"]) {
        const found = await ask("GET", undefined, `userName eq "${name}"`);
        console.log(`userName eq ${name}: ${found.status}, totalResults ${found.data.totalResults}`);
    }
    process.exit(0);
})();
LOOKUP
seen=$(node lookup.cjs)
expected='created: 201, userName ann
userName eq ann: 200, totalResults 0
userName eq ann@mail.example: 200, totalResults 1'
echo "$seen"
[[ "$seen" == "$expected" ]] || { echo "this is not what was seen in November 2026" >&2; exit 1; }
