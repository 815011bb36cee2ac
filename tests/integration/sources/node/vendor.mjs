// Signs or verifies with a vendor's own library: reads one JSON request, writes one JSON answer.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const { library, secret, body, headers } = JSON.parse(readFileSync(0, "utf8"));

const libraries = {
  async "octokit sign"() {
    const { sign } = await import("@octokit/webhooks-methods");
    return { "x-hub-signature-256": await sign(secret, body) };
  },
  async "@octokit/webhooks-methods"() {
    const { verify } = await import("@octokit/webhooks-methods");
    return verify(secret, body, headers["x-hub-signature-256"]);
  },
  async "webflow-api"() {
    const { WebflowClient } = require("webflow-api");
    const client = new WebflowClient({ accessToken: "none" });
    return client.webhooks.verifySignature({ headers, body, secret });
  },
  async "chargebee"() {
    const { basicAuthValidator } = require("chargebee");
    const good = (user, password) => `${user}:${password}` === secret;
    await basicAuthValidator(good)(headers);
    return true;
  },
  async "@paddle/paddle-node-sdk"() {
    const { Paddle } = require("@paddle/paddle-node-sdk");
    return new Paddle("none").webhooks.isSignatureValid(body, secret, headers["paddle-signature"]);
  },
  async "@clerk/backend"() {
    const { verifyWebhook } = await import("@clerk/backend/webhooks");
    const request = new Request("https://bridge.example.com/hooks/clerk", { method: "POST", headers, body });
    await verifyWebhook(request, { signingSecret: secret });
    return true;
  },
};

try {
  process.stdout.write(JSON.stringify({ answer: await libraries[library]() }));
} catch (error) {
  process.stdout.write(JSON.stringify({ answer: false, error: String(error) }));
}
