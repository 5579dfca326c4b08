/** A provider that its operator wants to be asked is known to be down before any call fails at it, and up before any call is risked. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
let status = 200;
let asked: string[] = [];
const provider = createServer((req, res) => {
  asked.push(`${req.method ?? ""} ${req.url ?? ""} ${req.headers.authorization ?? ""}`);
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ object: "list", data: [] }));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  gateway = await startGateway();
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

const admin = async (path: string, body: object): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
};
const orderOf = async (): Promise<string[]> => ((await admin("/api/admin/route", { model: "probed" })) as { route: { order: string[] } }).route.order;

test("by three questions without an answer, and by one with", async () => {
  const { port } = provider.address() as AddressInfo;
  await admin("/api/admin/config", {
    providers: [
      {
        name: "asked",
        kind: "openai-compatible",
        baseUrl: `http://127.0.0.1:${port}/v1`,
        apiKey: "sk-probe",
        probeSeconds: 5,
        models: [{ id: "m", price: { inputPerMillion: "1", outputPerMillion: "1" } }],
      },
    ],
    groups: [
      {
        name: "probed",
        targets: [
          { provider: "asked", model: "m", priority: 1 },
          { provider: "spare", model: "spare-large", priority: 2 },
        ],
      },
    ],
  });
  await expect.poll(() => asked).toContain("GET /v1/models Bearer sk-probe");
  expect(await orderOf()).toEqual(["asked/m", "spare/spare-large"]);
  status = 503;
  await expect.poll(orderOf, { timeout: 40_000, interval: 100 }).toEqual(["spare/spare-large"]);
  expect(asked.every((line) => line.startsWith("GET /v1/models"))).toBe(true);
  status = 200;
  await expect.poll(orderOf, { timeout: 20_000, interval: 100 }).toEqual(["asked/m", "spare/spare-large"]);
  asked = [];
}, 60_000);
