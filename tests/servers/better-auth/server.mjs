// A SCIM endpoint out of npm's better-auth and @better-auth/scim, over the memory adapter that better-auth takes when
// it is given no database. Runs in the folder that holds their node_modules; SCIM_TOKEN is the only token it takes.
// Prints its base URL.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

const need = createRequire(`${process.cwd()}/`);
const load = (name) => import(pathToFileURL(need.resolve(name)).href);
const { betterAuth } = await load("better-auth");
const { toNodeHandler } = await load("better-auth/node");
const { scim } = await load("@better-auth/scim");

// The base URL stands in every meta.location, so the port is taken first.
const listener = createServer();
listener.listen(0, "127.0.0.1", () => {
    const auth = betterAuth({
        baseURL: `http://127.0.0.1:${listener.address().port}`,
        secret: "only for tests: there are no sessions here to sign",
        logger: { disabled: true },
        telemetry: { enabled: false },
        rateLimit: { enabled: false },
        plugins: [scim({
            connections: [{
                id: "tests",
                credentials: [{ type: "bearer", id: "tests", token: process.env.SCIM_TOKEN }],
            }],
        })],
    });
    listener.on("request", toNodeHandler(auth));
    process.stdout.write(`${auth.options.baseURL}/api/auth/scim/v2\n`);
});
