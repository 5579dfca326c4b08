/** The real program with an embedded database, and scripted providers of both wires behind it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeAnthropic } from "@switchyard/testkit/fake-anthropic";
import { startFakeOpenAi } from "@switchyard/testkit/fake-openai";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { startServer } from "@switchyard/testkit/server.process";

export const KEYS = {
  rich: "sy-clients-rich-key-00000001",
  broke: "sy-clients-broke-key-0000002",
  limited: "sy-clients-limited-key-00003",
  operator: "sy-clients-operator-key-0004",
} as const;
/** The limited key may ask once in so many seconds. */
export const LIMIT_WINDOW_S = 5;

export interface Target {
  readonly wire: string;
  readonly model: string;
  readonly fake: FakeProvider;
}

export interface Gateway {
  readonly url: string;
  readonly targets: readonly Target[];
  /** Nano-dollars that all wallets together hold, once nothing is held back any more. */
  posted(): Promise<bigint>;
  close(): Promise<void>;
}

export async function startGateway(): Promise<Gateway> {
  const [openai, anthropic, folder] = await Promise.all([startFakeOpenAi(), startFakeAnthropic(), mkdtemp(join(tmpdir(), "switchyard-clients-run-"))]);
  const configFile = join(folder, "config.json");
  await writeFile(configFile, JSON.stringify(configOf(openai.url, anthropic.url)));
  const server = await startServer({
    env: {
      DATA_DIR: folder,
      CONFIG_FILE: configFile,
      SECRET_KEY: "a secret key for driving clients, which no installation uses",
      ADMIN_PASSWORD: "an administrator's password",
      ALLOW_PRIVATE_UPSTREAMS: "true",
      LOG_LEVEL: "warn",
    },
  });
  return {
    url: server.url,
    targets: [
      { wire: "OpenAI", model: "openai/gpt-fake", fake: openai },
      { wire: "Anthropic", model: "anthropic/claude-fake", fake: anthropic },
    ],
    async posted() {
      for (let tries = 0; ; tries++) {
        const answer = await fetch(`${server.url}/api/admin/wallets`, { headers: { authorization: `Bearer ${KEYS.operator}` } });
        const { wallets } = (await answer.json()) as { wallets: { posted: string; held: string }[] };
        if (wallets.every((one) => one.held === "0")) return wallets.reduce((sum, one) => sum + BigInt(one.posted), 0n);
        if (tries > 100) throw new Error("something is held and never settled");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async close() {
      await server.stop();
      await Promise.all([openai.close(), anthropic.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf(openaiUrl: string, anthropicUrl: string): Record<string, unknown> {
  const model = { contextWindow: 200_000, maxOutput: 64_000, capabilities: ["chat", "tools"], price: { inputPerMillion: "1", outputPerMillion: "10" } };
  return {
    providers: [
      { name: "openai", kind: "openai", baseUrl: openaiUrl, apiKey: "sk-fake", models: [{ id: "gpt-fake", ...model }] },
      { name: "anthropic", kind: "anthropic", baseUrl: anthropicUrl, apiKey: "sk-ant-fake", models: [{ id: "claude-fake", ...model }] },
    ],
    workspaces: [
      {
        name: "rich",
        credit: "100.00",
        keys: [
          { name: "rich", secret: KEYS.rich },
          { name: "limited", secret: KEYS.limited, limits: [{ kind: "requests", max: 1, windowSeconds: LIMIT_WINDOW_S }] },
        ],
      },
      { name: "broke", credit: "0.01", keys: [{ name: "broke", secret: KEYS.broke }] },
    ],
    operatorKeys: [{ name: "ops", secret: KEYS.operator }],
  };
}
