// A SCIM endpoint out of npm's scimmy and scimmy-routers: the protocol is theirs, only the storage is ours.
// Runs in the folder that holds their node_modules; SCIM_TOKEN is the only token it takes. Prints its base URL.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";

const need = createRequire(`${process.cwd()}/`);
const express = need("express");
const { SCIMMYRouters, SCIMMY } = need("scimmy-routers");
const Refusal = SCIMMY.Types.Error;

/** In-memory handlers for a resource type, as scimmy wants them; `unique` names the attribute no two may share. */
function storage(unique) {
    const stored = new Map();

    /** What is stored under an id. */
    function find(id) {
        if (!stored.has(id)) throw new Refusal(404, null, `Resource ${id} not found`);
        return stored.get(id);
    }

    /** Refuses a value that another resource has already; SCIM compares these without regard to case. */
    function refuseTwin(id, value) {
        const same = (other) => other.id !== id && other[unique].toLowerCase() === value.toLowerCase();
        if ([...stored.values()].some(same)) throw new Refusal(409, "uniqueness", `${unique} is taken`);
    }

    return {
        egress: (resource) => {
            if (resource.id) return find(resource.id);
            const all = [...stored.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        ingress: (resource, instance) => {
            const id = resource.id ?? randomUUID();
            const now = new Date().toISOString();
            const created = resource.id ? find(id).meta.created : now;
            if (unique) refuseTwin(id, instance[unique]);
            // JSON is how scimmy itself strips what it does not return, a password for one.
            const data = { ...JSON.parse(JSON.stringify(instance)), id, meta: { created, lastModified: now } };
            stored.set(id, data);
            return data;
        },
        degress: (resource) => {
            find(resource.id);
            stored.delete(resource.id);
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    ...storage("userName"),
    extensions: [{ schema: SCIMMY.Schemas.EnterpriseUser, required: false }],
}).declare(SCIMMY.Resources.Group, storage());

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: (request) => `${request.protocol}://${request.get("host")}`,
    handler: (request) => {
        if (request.get("authorization") !== `Bearer ${process.env.SCIM_TOKEN}`) throw new Error("Wrong token");
    },
}));

const listener = app.listen(0, "127.0.0.1", () => {
    process.stdout.write(`http://127.0.0.1:${listener.address().port}/scim/v2\n`);
});
