/** What the flow of a call gets from the rooms. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.ts";
import type { GatewayPorts } from "../gateway/ports.ts";
import { LearnedLimits } from "../limits/learned-limits.ts";
import { RunawayGuard } from "../limits/runaway.ts";
import { httpAdapter } from "../providers/http-adapter.http.ts";
import { createRegistry } from "../providers/registry.ts";
import type { Transport } from "../providers/transport.http.ts";
import { Turns } from "../routing/turns.ts";
import { systemRandom } from "../runtime.process.ts";

const CALL_MAX_MS = 15 * 60_000;
/** How long the built-in sandbox takes for a word. */
const SANDBOX_WORD_MS = 25;

type FromRooms = Pick<
  GatewayPorts,
  "underway" | "catalog" | "ledger" | "idempotency" | "answers" | "limiter" | "health" | "clock" | "ids" | "log" | "accepting"
>;

export function callFlowOf(config: Config, transport: Transport, rooms: FromRooms): GatewayPorts {
  const registry = createRegistry({
    overHttp: (wires) => httpAdapter(wires, transport),
    sandbox: { sleep: (ms, signal) => sleep(ms, undefined, { signal }), wordMs: SANDBOX_WORD_MS },
  });
  return {
    ...rooms,
    runaway: new RunawayGuard(rooms.clock),
    learned: new LearnedLimits(),
    turns: new Turns(),
    consoleUrl: config.PUBLIC_URL?.replace(/\/+$/, ""),
    random: systemRandom,
    adapterOf: (kind) => (kind === "sandbox" && config.production ? undefined : registry(kind)),
    timeouts: { connectMs: config.UPSTREAM_CONNECT_MS, firstByteMs: config.UPSTREAM_FIRST_BYTE_MS, idleMs: config.UPSTREAM_IDLE_MS },
    callMaxMs: Math.min(CALL_MAX_MS, config.HOLD_TTL_SECONDS * 750),
    later: (ms, then) => {
      const timer = setTimeout(then, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
