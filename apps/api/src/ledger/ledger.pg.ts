/** The ledger on Postgres: two lanes of group-committed holds and closings, with the settle journal underneath. */
import pg from "pg";
import type { CallRecord } from "@switchyard/shared/domain/call";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import { toCallRow, type CallRow } from "./call-row.ts";
import { GroupCommitLane } from "./group-commit.ts";
import type { IdempotentPlacing } from "./idempotency.pg.ts";
import type { Journal, JournalEntry } from "./journal.fs.ts";
import {
  LaneConnection,
  QUERY_TIMEOUT_MS,
  type CloseResult,
  type LaneConnectionOptions,
  type Operation,
  type OperationResult,
  type PlaceResult,
} from "./lane-connection.pg.ts";
import type { CloseAnswer, HoldAnswer, HoldRequest, IdempotencyClaim, Ledger } from "./ledger.ts";

export interface LedgerOptions extends LaneConnectionOptions {
  readonly journal: Journal;
  readonly idempotency: Pick<IdempotentPlacing, "place">;
  readonly log: LedgerLog;
  /** Told after each commit, for live balances. */
  readonly onClosed: (row: CallRow, charged: NanoUsd) => void;
}

export interface LedgerLog {
  warn(what: string, facts: Record<string, unknown>): void;
  error(what: string, facts: Record<string, unknown>): void;
}

const LANES = 2;
/** A hold that is not committed by then is refused; its call was never sent. */
const HOLD_WAIT_MS = 1_000;
/** A closing that is not committed by then goes on from the journal, and the answer goes out. */
const CLOSE_WAIT_MS = 1_500;
const BACKLOG_MAX = 10_000;
const PROGRESS_EVERY_MS = 1_000;
const PROGRESS_EVERY_BYTES = 4_096;
const RECORDS_MAX = 20_000;
const RECORDS_FLUSH_MS = 200;
const DRAIN_POLL_MS = 10;

/** A ledger that also can be stopped. */
export interface PgLedger extends Ledger {
  /** The calls this program still works on. */
  active(): string[];
  backlog(): number;
  /** Records of refused calls that had to be dropped because too many waited. */
  droppedRecords(): number;
  /** Closes from a journal, with the same care as a live closing. */
  closeRow(row: CallRow, giveBack: boolean): Promise<CloseAnswer>;
  /** Waits until what was submitted is committed, however long that takes. */
  stop(): Promise<void>;
}

export function createLedger(options: LedgerOptions): PgLedger {
  const { journal, log } = options;
  const connections = Array.from({ length: LANES }, () => new LaneConnection(options));
  // Ahead of the first call, which has little time. A lane that cannot connect now does so when it is used, and tells it then.
  for (const connection of connections) connection.connected().catch(() => {});
  const lanes = connections.map(
    (connection) =>
      new GroupCommitLane<Operation, OperationResult>({
        send: (operations, skipLocked) => connection.send(operations, skipLocked),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        monotonic: () => performance.now(),
      }),
  );
  const laneOf = (workspaceId: string): GroupCommitLane<Operation, OperationResult> => {
    const lane = lanes[laneIndex(workspaceId)];
    if (!lane) throw new Error("no lane");
    return lane;
  };
  const open = new Map<string, { lastAt: number; lastBytes: number }>();
  const records = recordQueue(options);
  const unjournaled = new Map<string, JournalEntry>();

  const writeUnjournaled = (): void => {
    const entries = [...unjournaled.values()];
    unjournaled.clear();
    if (entries.length === 0) return;
    try {
      journal.append(entries);
    } catch (error) {
      log.error("the settle journal cannot be written; closings go to the database alone", { cause: String(error) });
    }
  };
  /** All closings of one turn of the event loop are journaled by one write. Nobody has heard of them before that: they wait for the commit. */
  const journalFinal = (callId: string, rowJson: string, giveBack: boolean): void => {
    if (unjournaled.size === 0) setImmediate(writeUnjournaled);
    unjournaled.set(callId, { event: "final", callId, rowJson, void: giveBack });
  };

  const closeUntilDone = async (row: CallRow, rowJson: string, giveBack: boolean): Promise<CloseAnswer> => {
    let attempt: CallRow = row;
    let json = rowJson;
    for (;;) {
      const result = (await laneOf(row.workspace_id).submit({ kind: "close", row: attempt, json, void: giveBack }, options.holdTtlSeconds * 1000)) as
        | CloseResult
        | undefined;
      if (result) {
        open.delete(row.id);
        unjournaled.delete(row.id);
        journal.closed(row.id);
        if (result.outcome === "no_hold" && !giveBack) log.error("a call was closed that has no hold", { call: row.id });
        if (result.writtenOff > 0n)
          log.warn("a call cost more than its hold and the free money cover", { call: row.id, writtenOffNano: result.writtenOff.toString() });
        options.onClosed(row, result.charged);
        return { kind: "closed", charged: result.charged, writtenOff: result.writtenOff };
      }
      if (attempt !== row) {
        log.error("a call could not be closed; its final line stays in the journal", { call: row.id });
        return { kind: "journaled" };
      }
      // Refused by itself: money first. The record is cut to what cannot be refused.
      log.error("the record of a call was refused; closing it without attempts and texts", { call: row.id });
      attempt = { ...row, attempts: [], error_text: undefined, finish_reason: undefined, model_asked: "?" };
      json = JSON.stringify(attempt);
    }
  };

  const closeRow = (row: CallRow, giveBack: boolean): Promise<CloseAnswer> => {
    const json = JSON.stringify(row);
    journalFinal(row.id, json, giveBack);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const safe = (): void => resolve({ kind: "journaled" });
        journal.sync().then(safe, (error: unknown) => {
          log.error("the settle journal cannot be synced", { cause: String(error) });
          safe();
        });
      }, CLOSE_WAIT_MS);
      closeUntilDone(row, json, giveBack).then((answer) => {
        clearTimeout(late);
        resolve(answer);
      }, reject);
    });
  };

  /** Past the lanes: it has to commit with its key, and such calls are few. */
  const placeIdempotent = async (request: HoldRequest, claim: IdempotencyClaim): Promise<PlaceResult | undefined> => {
    try {
      return await options.idempotency.place(request, claim);
    } catch (error) {
      log.warn("a hold with an idempotency key was not placed", { call: request.callId, cause: String(error) });
      return undefined;
    }
  };

  return {
    async hold(request) {
      open.set(request.callId, { lastAt: performance.now(), lastBytes: 0 });
      const result = request.idempotency
        ? await placeIdempotent(request, request.idempotency)
        : ((await laneOf(request.workspaceId).submit({ kind: "place", request }, HOLD_WAIT_MS)) as PlaceResult | undefined);
      const answer = holdAnswer(result);
      if (answer.kind !== "held") open.delete(request.callId);
      if (answer.kind === "unavailable") {
        // The outcome is unknown: should the hold exist after all, it is given back.
        const row = { id: request.callId, workspace_id: request.workspaceId };
        void laneOf(request.workspaceId).submit({ kind: "close", row, json: JSON.stringify(row), void: true }, options.holdTtlSeconds * 1000);
      }
      return answer;
    },
    close: ({ record, void: giveBack }) => closeRow(toCallRow(record), giveBack),
    closeRow,
    progress(callId, outputBytes, current) {
      const seen = open.get(callId);
      const now = performance.now();
      if (!seen || (now - seen.lastAt < PROGRESS_EVERY_MS && outputBytes - seen.lastBytes < PROGRESS_EVERY_BYTES)) return;
      seen.lastAt = now;
      seen.lastBytes = outputBytes;
      try {
        const { record, void: giveBack } = current();
        journal.append([{ event: "progress", callId, rowJson: JSON.stringify(toCallRow(record)), void: giveBack }]);
      } catch (error) {
        log.error("the settle journal cannot be written", { cause: String(error) });
      }
    },
    record: (record) => records.add(record),
    ready: () => lanes.every((lane) => lane.length < BACKLOG_MAX),
    active: () => [...open.keys()],
    backlog: () => lanes.reduce((sum, lane) => sum + lane.length, 0),
    droppedRecords: () => records.dropped(),
    async stop() {
      while (!lanes.every((lane) => lane.idle)) await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      await records.flush();
      await Promise.all(connections.map((connection) => connection.end()));
    },
  };
}

function holdAnswer(result: PlaceResult | undefined): HoldAnswer {
  switch (result?.outcome) {
    case "ok":
    case "exists":
      return { kind: "held" };
    case "insufficient":
      return { kind: "short", of: "wallet", available: result.available ?? nano(0n) };
    case "budget":
      return { kind: "short", of: "budget", available: result.available ?? nano(0n) };
    case "frozen":
      return { kind: "frozen" };
    case "taken":
    case "reused":
      return { kind: result.outcome };
    default:
      return { kind: "unavailable", detail: result?.outcome ?? "no answer from the ledger in time" };
  }
}

/** Any spread will do; what matters is that one wallet always takes the same lane. */
const laneIndex = (workspaceId: string): number => Number.parseInt(workspaceId.slice(-6), 16) % LANES;

/** Records of refused calls: written in batches behind the answer, bounded, and counted when they cannot be kept. */
function recordQueue(options: LedgerOptions): { add(record: CallRecord): void; flush(): Promise<void>; dropped(): number } {
  const pool = new pg.Pool({
    ...options.connection,
    max: 1,
    connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    query_timeout: 5_000,
    application_name: "switchyard records",
  });
  pool.on("error", () => {}); // the next write reports it
  let queue: CallRow[] = [];
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;
  let running: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, 500);
      try {
        await pool.query({ name: "record", text: "select ledger.record($1), ledger.note_late($1)", values: [JSON.stringify(batch)] });
        queue = queue.slice(batch.length);
        for (const row of batch) options.onClosed(row, nano(0n));
      } catch (error) {
        options.log.warn("records of refused calls wait for the database", { waiting: queue.length, cause: String(error) });
        timer ??= setTimeout(() => void flush(), 2_000);
        return;
      }
    }
  };
  const flush = async (): Promise<void> => {
    timer = undefined;
    running ??= write().finally(() => {
      running = undefined;
    });
    await running;
  };
  return {
    add(record) {
      if (queue.length >= RECORDS_MAX) {
        dropped++;
        if (dropped === 1 || dropped % 1000 === 0) options.log.error("records of refused calls are dropped: the database has been away too long", { dropped });
        return;
      }
      queue.push(toCallRow(record));
      if (!running) timer ??= setTimeout(() => void flush(), RECORDS_FLUSH_MS);
    },
    async flush() {
      clearTimeout(timer);
      await flush();
      clearTimeout(timer);
      await pool.end();
    },
    dropped: () => dropped,
  };
}
