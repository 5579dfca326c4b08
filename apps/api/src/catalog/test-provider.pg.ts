/** Asks a provider for its list of models, to see whether address and key are right before anybody depends on it. */
import type { Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { TestedProviderRow, TestFailure } from "@switchyard/shared/wire/console/providers";
import type { Clock } from "@switchyard/shared/kernel/time";
import { KNOWN_BASE_URLS, type ConfiguredProvider } from "./config-file.ts";
import { originOf } from "./edit-provider.pg.ts";
import { ownerNamed } from "./import-models.pg.ts";
import { listRequest, readList, type ListEndpoint } from "./model-list.ts";
import type { ReadText } from "./read-model-list.ts";
import type { SecretBox } from "./secret-box.ts";

/** A provider as a form has it; without a key, the one that is stored is used, at the address it was stored for. */
export interface TestAsk {
  /** Its name as stored, when it is. */
  readonly was?: string | undefined;
  readonly kind: ConfiguredProvider["kind"];
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly apiKey?: string | null | undefined;
}

export interface TestPorts {
  readonly worker: Kysely<Database>;
  readonly box: SecretBox;
  readonly read: ReadText;
  readonly clock: Clock;
}

const LIST_BYTES_MAX = 8 * 1024 * 1024;
const LIST_MS = 15_000;

/** @throws FailureError `invalid_request` when the stored key would be sent to another address */
export async function testProvider(ports: TestPorts, ask: TestAsk): Promise<TestedProviderRow> {
  if (ask.kind === "sandbox") return { failure: undefined, status: undefined, models: undefined, ms: 0 };
  const baseUrl = (ask.baseUrl ?? KNOWN_BASE_URLS[ask.kind] ?? "").replace(/\/+$/, "");
  const key = await keyFor(ports, ask, baseUrl);
  const tested = { status: undefined, models: undefined, ms: 0 };
  if (key === undefined) return { ...tested, failure: "key_unsealed" };
  const endpoint: ListEndpoint = { kind: ask.kind, baseUrl, apiKey: key, headers: ask.headers ?? {} };
  const begun = ports.clock.monotonic();
  const answer = await ports.read({ ...listRequest(endpoint, undefined), bytesMax: LIST_BYTES_MAX, totalMs: LIST_MS });
  const ms = Math.round(ports.clock.monotonic() - begun);
  if (answer.kind === "failure") return { ...tested, ms, failure: answer.why };
  const { status } = answer;
  if (status !== 200) return { ...tested, ms, status, failure: failureOfStatus(status) };
  const list = readList(ask.kind, answer.text);
  return { ms, status, models: list?.models.length, failure: list ? undefined : "no_list" };
}

const failureOfStatus = (status: number): TestFailure =>
  status === 401 || status === 403 ? "key_refused" : status >= 300 && status < 400 ? "redirect" : status === 404 ? "no_list" : "status";

/** @returns undefined when the stored key cannot be opened */
async function keyFor(ports: TestPorts, ask: TestAsk, baseUrl: string): Promise<string | undefined> {
  if (ask.apiKey !== undefined || ask.was === undefined) return ask.apiKey ?? "";
  const stored = await ownerNamed(ports, ask.was);
  if (!stored.ok) return stored.failure.code === "conflict" ? undefined : "";
  const { apiKey } = stored.value.endpoint;
  if (apiKey !== "" && originOf(stored.value.baseUrl) !== originOf(baseUrl))
    throw new FailureError(
      failure("invalid_request", { param: "apiKey", publicText: "The stored key is sent to its own address alone. Type the key to try another." }),
    );
  return apiKey;
}
