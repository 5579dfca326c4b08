/** The harness of the real program, tried on small programs: readiness, lines, signals, and last words. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { endedBy, startServer } from "./server.process.ts";

const folder = mkdtempSync(join(tmpdir(), "switchyard-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, source: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

const LISTENING = `
  import { createServer } from "node:http";
  let asked = 0;
  createServer((request, response) => {
    response.statusCode = request.url === "/ready" && ++asked < 3 ? 503 : 200;
    response.end(JSON.stringify(process.env));
  }).listen(Number(process.env.PORT), process.env.HOST, () => console.log("listening with " + process.env.COLOUR));
  process.on("SIGTERM", () => { console.log("bye"); process.exit(3); });`;

it("waits for readiness, passes only the given environment, and stops in order", async () => {
  process.env["SECRET_OF_THE_DEVELOPER"] = "x";
  const server = await startServer({ entry: program("good", LISTENING), env: { COLOUR: "green" } });
  delete process.env["SECRET_OF_THE_DEVELOPER"];
  expect(await server.line(/listening/u)).toBe("listening with green");
  const seen = (await (await fetch(server.url)).json()) as Record<string, string>;
  expect(seen["PORT"]).toBe(String(server.port));
  expect(seen["SECRET_OF_THE_DEVELOPER"]).toBeUndefined();
  expect(await server.stop()).toEqual({ code: 3, signal: null });
  expect(server.stdout).toContain("bye");
});

it("is killed as a crash would kill it, and comes back on its port", async () => {
  const first = await startServer({ entry: program("good", LISTENING), env: {} });
  expect(await endedBy(first, "SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
  const second = await startServer({ entry: program("good", LISTENING), env: {}, port: first.port });
  expect(second.url).toBe(first.url);
  await second.stop();
});

it("quotes the last words of a program that ends before it is ready", async () => {
  const entry = program("bad", `console.error("PORT: not a number"); process.exit(2);`);
  await expect(startServer({ entry, env: {} })).rejects.toThrow(/ended before it was ready \(2\)[^]*PORT: not a number/u);
});

it("gives up on a program that never becomes ready", async () => {
  const entry = program("silent", `console.log("dozing"); setInterval(() => {}, 1000);`);
  const server = await startServer({ entry, env: {}, awaitReady: false });
  await server.line(/dozing/u);
  await expect(server.ready(300)).rejects.toThrow(/not ready within 300 ms[^]*dozing/u);
  await expect(server.line(/awake/u, 100)).rejects.toThrow(/no line like/u);
  await endedBy(server, "SIGKILL");
  await expect(server.line(/awake/u)).rejects.toThrow(/ended without a line/u);
});
