/** How a running program ends: calls first, then what keeps their books, within a time that nothing can draw out. */
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { failure } from "@switchyard/shared/kernel/failure";
import type { Underway } from "../gateway/underway.ts";

/**
 * What everything gets once the calls ended or their grace is over, in milliseconds: calls that are cut to be settled, parts to
 * close. Whoever does not answer by then, such as a database that is suspended, is not waited for: the end of the process closes what is open.
 */
const LAST_MS = 4_500;
/** Of it, what the settlements leave for the parts at least. */
const PARTS_MS = 1_500;
const POLL_MS = 10;

export interface Stopping {
  readonly underway: Pick<Underway, "size"> & Iterable<AbortController>;
  readonly server: Server;
  readonly socket: { close(): void; terminate(): void };
  /** What closes by itself, each part in its stages; parts do not wait for one another. */
  readonly parts: readonly (readonly (() => unknown)[])[];
  /** How many calls are not committed. */
  readonly uncommitted: () => number;
  /** One line for a person at the terminal. */
  readonly say: (line: string) => void;
}

/** Never rejects. Closings that cannot be committed in time stay in the journal, and the next start commits them. */
export async function stopInOrder({ underway, server, socket, parts, uncommitted, say }: Stopping, graceMs: number): Promise<void> {
  const callsEnd = async (until: number): Promise<void> => {
    while (underway.size > 0 && performance.now() < until) await sleep(POLL_MS);
  };
  await callsEnd(performance.now() + graceMs);
  const last = performance.now() + LAST_MS;
  for (const call of underway) call.abort(failure("shutting_down", { detail: "the grace of the shutdown was over" }));
  socket.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await callsEnd(last - PARTS_MS);
  server.closeAllConnections();
  socket.terminate();
  const ended = Promise.all([closed, ...parts.map((stages) => inTurn(stages, say))]).then(() => true);
  const inTime = await Promise.race([ended, sleep(last - performance.now(), false, { ref: false })]);
  if (!inTime) say("Not everything closed in time; the end of the process closes the rest.");
  const left = uncommitted();
  if (left > 0)
    say(`${left} ${left === 1 ? "call is" : "calls are"} not committed: the journal in DATA_DIR keeps what they cost, and the next start commits it.`);
}

async function inTurn(stages: readonly (() => unknown)[], say: (line: string) => void): Promise<void> {
  for (const stage of stages) {
    try {
      await stage();
    } catch (error) {
      // The parts behind it end all the same.
      say(`A part did not stop in order: ${String(error)}`);
    }
  }
}
