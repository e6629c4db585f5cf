// The directory sync of npm's @boxyhq/saml-jackson as a SCIM endpoint, over its storage in memory. The library brings
// no HTTP of its own: a request is handed to it as its own service does, and what it answers or throws stays as it is.
// Runs in the folder that holds its node_modules; SCIM_TOKEN is the only token it takes. Prints its base URL.
// Most of what it depends on is for other databases and never called: package.json has an empty package in their place.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { text } from "node:stream/consumers";

const need = createRequire(`${process.cwd()}/`);
const { controllers } = need("@boxyhq/saml-jackson");

/** What the library's service makes of a body: JSON of any media type is parsed, anything else stays text. */
function parsed(body) {
    try {
        return JSON.parse(body);
    } catch {
        return body;
    }
}

/** A whole number in the query, or nothing. */
function number(value) {
    return value ? Number.parseInt(value, 10) : undefined;
}

const listener = createServer();
listener.listen(0, "127.0.0.1", async () => {
    const { directorySyncController: sync } = await controllers({
        externalUrl: `http://127.0.0.1:${listener.address().port}`,
        samlPath: "/unused",
        scimPath: "/scim/v2",
        db: { engine: "mem" },
        dsync: { callback: async () => {} },
        logger: { info: () => {} },
        noAnalytics: true,
    });
    const { data: directory } = await sync.directories.create({ tenant: "tests", product: "tests" });

    /** The library's answer to a request. The secret of a directory is the library's to make, so ours stands for it. */
    async function answer(request) {
        const { pathname, searchParams: query } = new URL(request.url, directory.scim.endpoint);
        const [directoryId, path, resourceId] = pathname.split("/").slice(3).map(decodeURIComponent);
        const token = request.headers.authorization?.split(" ")[1];
        return sync.requests.handle({
            method: request.method,
            body: parsed(await text(request)),
            directoryId,
            resourceType: path,
            resourceId,
            apiSecret: token === process.env.SCIM_TOKEN ? directory.scim.secret : token,
            query: {
                count: number(query.get("count")),
                startIndex: number(query.get("startIndex")),
                filter: query.get("filter") ?? undefined,
            },
        });
    }

    listener.on("request", async (request, response) => {
        try {
            const { status, data } = await answer(request);
            response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(data));
        } catch {
            response.writeHead(500).end("Internal Server Error");
        }
    });
    process.stdout.write(`${directory.scim.endpoint}\n`);
});
