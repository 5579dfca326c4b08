/**
 * Drives real clients, fetched from npm, against the running program with scripted providers behind it:
 * `pnpm clients [name…]`. Prints how often each asked and what it was charged, and ends with 1 when something is not right.
 * A client that cannot be installed is said and left out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { startCountingProxy, type CountingProxy, type Seen } from "./counting-proxy.http.ts";
import { drive, type Driven } from "./drive.process.ts";
import { ANSWER, type DrivenClient, type RequestCount, type Scene } from "./driven-client.ts";
import { KEYS, startGateway, type Gateway, type Target } from "./gateway.process.ts";
import { install } from "./install.process.ts";
import { opencode } from "./opencode.ts";
import { COMMON_SCENES } from "./scenes.ts";

const CLIENTS: readonly DrivenClient[] = [claudeCode, codex, opencode];

interface Outcome {
  readonly client: string;
  readonly wire: string;
  readonly scene: Scene;
  readonly driven: Driven;
  /** Requests that ask a model. */
  readonly asked: readonly Seen[];
  /** Nano-dollars. */
  readonly charged: bigint;
  readonly wrong: readonly string[];
}

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const chosen = CLIENTS.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.toLowerCase().includes(one)));
if (chosen.length === 0) {
  console.error(`There is no such client. There are: ${CLIENTS.map((one) => one.name).join(", ")}.`);
  process.exit(2);
}
const gateway = await startGateway();
const proxy = await startCountingProxy(gateway.url);
const outcomes: Outcome[] = [];
try {
  for (const client of chosen) {
    const installed = await install(client);
    if ("missing" in installed) {
      console.log(`left out: ${client.name} ${client.package.version} could not be installed: ${installed.missing}`);
      continue;
    }
    for (const target of gateway.targets) {
      for (const scene of scenesOf(client)) {
        const outcome = await play({ client, binary: installed.binary, target, scene, gateway, proxy });
        outcomes.push(outcome);
        console.log(line(outcome));
      }
    }
  }
} finally {
  await proxy.close();
  await gateway.close();
}
const wrong = outcomes.filter((one) => one.wrong.length > 0);
for (const one of wrong) console.error(`\n${line(one)}\n  ${one.wrong.join("\n  ")}\n  it said: ${one.driven.said.slice(-1_500)}`);
process.exitCode = wrong.length > 0 ? 1 : 0;

type CountedScene = Scene & { readonly requests: RequestCount };

function scenesOf(client: DrivenClient): readonly CountedScene[] {
  return [
    ...COMMON_SCENES.map((scene) => ({ ...scene, ...client.otherwise?.[scene.name], requests: client.requests[scene.name] })),
    ...(client.ownScenes ?? []),
  ];
}

interface Play {
  readonly client: DrivenClient;
  readonly binary: string;
  readonly target: Target;
  readonly scene: CountedScene;
  readonly gateway: Gateway;
  readonly proxy: CountingProxy;
}

async function play({ client, binary, target, scene, gateway, proxy }: Play): Promise<Outcome> {
  const { fake } = target;
  fake.reset();
  fake.always({ kind: "text", text: ANSWER });
  fake.next(...scene.scripts(client));
  proxy.take();
  let spent = 0n;
  if (scene.spendsLimit) proxy.beforeNext(async () => void (spent = await spendLimit(gateway, target)));
  const before = await gateway.posted();
  const driven = await drive(client, binary, { url: proxy.url, key: KEYS[scene.key], model: target.model }, scene.prompts);
  const charged = before - (await gateway.posted()) - spent;
  const asked = proxy.take().filter((one) => one.method === "POST" && !one.path.includes("count_tokens"));
  const told = JSON.stringify(fake.tally.calls.map((call) => call.body));
  return { client: client.name, wire: target.wire, scene, driven, asked, charged, wrong: faultsOf({ scene, driven, asked, charged, told }) };
}

/** @returns what the request that spent it was charged, in nano-dollars. */
async function spendLimit(gateway: Gateway, { model }: Target): Promise<bigint> {
  const body = JSON.stringify({ model, max_tokens: 8, messages: [{ role: "user", content: "x" }] });
  const headers = { authorization: `Bearer ${KEYS.limited}`, "content-type": "application/json" };
  // An earlier scene may have left the window full: then this waits for its end first.
  for (;;) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
    const told = (await answer.json()) as { usage?: { cost: string } };
    if (answer.status === 200) return BigInt(Math.round(Number(told.usage?.cost) * 1e9));
    if (answer.status !== 429) throw new Error(`the limited key was answered ${answer.status}`);
    await sleep(Number(answer.headers.get("retry-after-ms")));
  }
}

interface Judged {
  readonly scene: CountedScene;
  readonly driven: Driven;
  readonly asked: readonly Seen[];
  readonly charged: bigint;
  readonly told: string;
}

function faultsOf({ scene, driven, asked, charged, told }: Judged): string[] {
  const { min, max } = scene.requests;
  const statuses = asked.map((one) => one.status);
  const faults: [boolean, string][] = [
    [driven.code === undefined, "it did not end in time"],
    [(driven.code === 0) !== scene.succeeds, `it ended with ${driven.code}`],
    [!scene.says.test(driven.said), `it does not say ${scene.says}`],
    [asked.length < min || asked.length > max, `it asked ${asked.length} times, and ${min} to ${max} are known`],
    [!scene.statuses.every((status) => statuses.includes(status)), `it was answered ${statuses.join(" ")}, not ${scene.statuses.join(" ")}`],
    [charged > 0n !== scene.charges, `it was charged ${charged} nano-dollars`],
    [scene.tells !== undefined && !told.includes(scene.tells), `the model was never told ${scene.tells}`],
  ];
  return faults.flatMap(([is, words]) => (is ? [words] : []));
}

function line({ client, wire, scene, driven, asked, charged, wrong }: Outcome): string {
  const dollars = (Number(charged) / 1e9).toFixed(6);
  return [
    wrong.length === 0 ? "ok  " : "FAIL",
    client.padEnd(12),
    `${wire} wire`.padEnd(15),
    scene.name.padEnd(8),
    `${asked.length} requests`.padEnd(11),
    asked
      .map((one) => one.status)
      .join(" ")
      .padEnd(12),
    `$${dollars}`,
    `${driven.seconds.toFixed(1)} s`,
  ].join("  ");
}
