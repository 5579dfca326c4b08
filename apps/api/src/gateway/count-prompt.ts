/** How long a prompt is: told by the target that would be asked first, where it counts for nothing, else not known. */
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { ok, type Result } from "@switchyard/shared/kernel/result";
import type { JsonBody } from "../providers/provider.ts";
import { planAttempts } from "../routing/plan.ts";
import { resolve } from "../routing/resolve.ts";
import { Turns } from "../routing/turns.ts";
import type { GatewayPorts } from "./ports.ts";

export interface CountAsk {
  readonly principal: KeyPrincipal;
  readonly modelAsked: string;
  /** The prompt in Anthropic's wire. */
  readonly request: JsonBody;
  readonly session: string | undefined;
}

/** A count is not worth a longer wait, in milliseconds. */
const PATIENCE_MS = 5_000;

/** @returns undefined where nobody can tell: the caller then estimates. Refused like a call that names such a model. */
export async function countPrompt(
  ports: GatewayPorts,
  { principal, modelAsked, request, session }: CountAsk,
  signal: AbortSignal,
): Promise<Result<number | undefined>> {
  const route = resolve(ports.catalog.current(), principal, modelAsked);
  if (!route.ok) return route;
  const { health, random } = ports;
  // Whoever would answer the call is asked, whatever its wire; a count takes nobody's turn.
  const plan = planAttempts(route.value, { health, turns: new Turns(), random, now: ports.clock.now(), stream: false, session, unfit: () => undefined });
  const model = plan.attempts[0]?.model;
  const adapter = model && ports.adapterOf(model.provider.kind);
  const key = model?.provider.keys?.find(({ id }) => health.standingOfKey(model, id, ports.clock.now()).kind === "open");
  const endpoint = model && ports.catalog.endpointOf(model.provider.id, key?.id);
  if (!adapter?.speaks("message_count") || !endpoint) return ok(undefined);
  const { timeouts } = ports;
  const answer = await adapter.ask(
    { operation: "message_count", request, stream: false, model: model.name, maxOutput: 0, generationId: "", createdSeconds: 0 },
    endpoint,
    { ...timeouts, firstByteMs: Math.min(timeouts.firstByteMs, PATIENCE_MS), idleMs: Math.min(timeouts.idleMs, PATIENCE_MS) },
    signal,
  );
  // A provider that refuses or fails costs nobody anything here: the estimate is good enough.
  const told = answer.kind === "reply" ? answer.reply.body["input_tokens"] : undefined;
  return ok(typeof told === "number" ? told : undefined);
}
