/** Reads the form of a new key: what the server takes, or what has to be corrected. */
import { parseUsd } from "@switchyard/shared/kernel/money";
import type { NewKey } from "@switchyard/shared/wire/console/keys";

export interface KeyFields {
  readonly name: string;
  readonly allGroups: boolean;
  readonly groups: readonly string[];
  /** As typed; empty for none. */
  readonly requestsPerMinute: string;
  readonly budgetUsd: string;
  readonly windowDays: string;
  /** Days from now; empty for never. */
  readonly expiresInDays: string;
}

export const EMPTY_KEY: KeyFields = { name: "", allGroups: true, groups: [], requestsPerMinute: "", budgetUsd: "", windowDays: "30", expiresInDays: "" };

export const KEY_FAULT_TEXT = { name: "keys.nameMissing", groups: "keys.groupsMissing", rate: "keys.rateBad", budget: "keys.budgetBad" } as const;
export type KeyFault = keyof typeof KEY_FAULT_TEXT;

const RATE_MAX = 1_000_000;
const DAY_MS = 86_400_000;

const isRate = (text: string): boolean => /^\d{1,7}$/.test(text) && Number(text) > 0 && Number(text) <= RATE_MAX;
const isAmount = (text: string): boolean => (parseUsd(text) ?? -1n) > 0n;

/** What is wrong, in the order of the fields. */
export function faultsOf(fields: KeyFields): readonly KeyFault[] {
  return [
    ...(fields.name.trim() === "" ? ["name" as const] : []),
    ...(!fields.allGroups && fields.groups.length === 0 ? ["groups" as const] : []),
    ...(fields.requestsPerMinute === "" || isRate(fields.requestsPerMinute) ? [] : ["rate" as const]),
    ...(fields.budgetUsd === "" || isAmount(fields.budgetUsd) ? [] : ["budget" as const]),
  ];
}

/** The key that the fields ask for; they must be without fault. `nowMs` is milliseconds since 1970. */
export function newKeyOf(fields: KeyFields, nowMs: number): NewKey {
  return {
    name: fields.name.trim(),
    ...(fields.allGroups ? {} : { groups: [...fields.groups] }),
    ...(fields.requestsPerMinute === "" ? {} : { requestsPerMinute: Number(fields.requestsPerMinute) }),
    ...(fields.budgetUsd === "" ? {} : { budgetUsd: fields.budgetUsd, budgetWindowDays: Number(fields.windowDays) }),
    ...(fields.expiresInDays === "" ? {} : { expiresAt: new Date(nowMs + Number(fields.expiresInDays) * DAY_MS) }),
  };
}

/** Ways to use a key at once, in three languages. */
export function snippetsOf(origin: string, model: string, secret: string): Readonly<Record<"curl" | "python" | "typescript", string>> {
  const base = `${origin}/v1`;
  return {
    curl: `curl ${base}/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
    python: `from openai import OpenAI

client = OpenAI(base_url="${base}", api_key="${secret}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`,
    typescript: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}", apiKey: "${secret}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(answer.choices[0]?.message.content);`,
  };
}
