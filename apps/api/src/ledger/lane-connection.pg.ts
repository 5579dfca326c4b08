/** One lane's connection to Postgres: what a batch of operations becomes on the wire, and what comes back. */
import pg from "pg";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import { storable, type CallRow } from "./call-row.ts";
import { LaneDown, type LaneOutcome } from "./group-commit.ts";
import type { HoldRequest } from "./ledger.ts";

export interface PlaceOperation {
  readonly kind: "place";
  readonly request: HoldRequest;
}
/** `json` is the row as text, made once for the journal and the database. */
export interface CloseOperation {
  readonly kind: "close";
  readonly row: CallRow;
  readonly json: string;
  readonly void: boolean;
}
export type Operation = PlaceOperation | CloseOperation;

export interface PlaceResult {
  readonly outcome: string;
  readonly available: NanoUsd | undefined;
}
export interface CloseResult {
  readonly outcome: string;
  readonly charged: NanoUsd;
  readonly writtenOff: NanoUsd;
}
export type OperationResult = PlaceResult | CloseResult;

export interface LaneConnectionOptions {
  /** Connects as the role that may execute the ledger's functions. */
  readonly connection: pg.ClientConfig;
  readonly epoch: string;
  readonly holdTtlSeconds: number;
}

export const QUERY_TIMEOUT_MS = 1_000;

/**
 * The lanes know their statements: every look-up is by key, whatever the statistics of a table that was empty a moment ago say.
 */
const SESSION =
  "set lock_timeout = '150ms'; set statement_timeout = '900ms'; set synchronous_commit = on; set plan_cache_mode = force_generic_plan; " +
  "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off";

const TURN = { name: "turn", text: "select ledger.turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as rest" };
const PLACE_ONE = { name: "place_one", text: "select ledger.place_one($1, $2, $3, $4, $5, $6, $7, $8, $9) as plain" };
const CLOSE_ONE = { name: "close_one", text: "select ledger.close_one($1, $2, $3, $4, $5) as plain" };
const PLACE = { name: "place", text: "select 1 as place, id, outcome, available as a, 0::bigint as b from ledger.place($1, $2, $3, $4)" };
/** Here, and nowhere else, come records that are late for the sums of their half hour. */
const CLOSE = { name: "close", text: "select 0 as place, id, outcome, charged as a, written_off as b from ledger.note_late($1), ledger.close($1, $2)" };
/** Closings first: what they give back is there for the holds behind them. */
const BOTH = {
  name: "both",
  text: `select 0 as place, id, outcome, charged as a, written_off as b from ledger.note_late($1), ledger.close($1, $2) union all select 1, id, outcome, available, 0 from ledger.place($3, $4, $5, $6)`,
};

interface OutcomeRow {
  readonly place: number;
  readonly id: string;
  readonly outcome: string;
  readonly a: bigint | null;
  readonly b: bigint;
}

const ZERO = nano(0n);
const HELD: LaneOutcome<OperationResult> = { kind: "done", result: { outcome: "ok", available: undefined } };

/** One connection, made again whenever it broke. */
export class LaneConnection {
  readonly #options: LaneConnectionOptions;
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;
  /** An answer was lost: what comes next may have happened already. */
  #inDoubt = false;

  constructor(options: LaneConnectionOptions) {
    this.#options = options;
  }

  /**
   * One transaction for all that is plain, and a second one for what is not, if there is any.
   * @param skipLocked for one operation by itself: nothing about it is plain
   */
  async send(operations: readonly Operation[], skipLocked: boolean): Promise<readonly LaneOutcome<OperationResult>[]> {
    if (skipLocked || this.#inDoubt || operations.some(isLate)) {
      const outcomes = await this.#sendWithCare(operations, skipLocked);
      this.#inDoubt = false;
      return outcomes;
    }
    const [only] = operations;
    // An idle program sends one at a time, and arrays of one cost twice as much.
    if (only && operations.length === 1) {
      const { rows } = await this.#query<{ plain: boolean }>(singleQuery(only, this.#options));
      return rows[0]?.plain === true ? [plainOutcome(only)] : this.#sendWithCare(operations, false);
    }
    const { rows } = await this.#query<{ rest: readonly string[] | null }>({ ...TURN, values: turnValues(operations, this.#options) });
    const rest = new Set(rows[0]?.rest);
    if (rest.size === 0) return operations.map(plainOutcome);
    const left = operations.filter((one) => rest.has(idOf(one)));
    const told = await this.#sendWithCare(left, false);
    const outcomes = new Map(left.map((one, index) => [one, told[index] as LaneOutcome<OperationResult>]));
    return operations.map((one) => outcomes.get(one) ?? plainOutcome(one));
  }

  async end(): Promise<void> {
    await this.#connecting?.catch(() => {}); // told to whoever waited for it
    await this.#client?.end().catch(() => {}); // it may be broken already; nothing is pending on it
  }

  /** By the functions that tell an outcome for each operation. */
  async #sendWithCare(operations: readonly Operation[], skipLocked: boolean): Promise<readonly LaneOutcome<OperationResult>[]> {
    const closes = operations.filter((one) => one.kind === "close");
    const places = operations.filter((one) => one.kind === "place");
    const closeBatch = `[${closes.map(recordOf).join(",")}]`;
    const placeBatch = JSON.stringify(
      places.map(({ request }) => ({
        workspace_id: request.workspaceId,
        id: request.callId,
        amount: request.amount.toString(),
        budget_ids: request.budgetIds,
        key_id: request.keyId ?? null,
        model_asked: storable(request.modelAsked, MODEL_CHARS_MAX),
        stream: request.stream,
      })),
    );
    const placeValues = [placeBatch, this.#options.epoch, this.#options.holdTtlSeconds, skipLocked];
    const query =
      places.length === 0
        ? { ...CLOSE, values: [closeBatch, skipLocked] }
        : closes.length === 0
          ? { ...PLACE, values: placeValues }
          : { ...BOTH, values: [closeBatch, skipLocked, ...placeValues] };
    const { rows } = await this.#query<OutcomeRow>(query);
    const placed = new Map<string, OutcomeRow>();
    const closed = new Map<string, OutcomeRow>();
    for (const row of rows) (row.place === 1 ? placed : closed).set(row.id, row);
    return operations.map((one) => outcomeOf(one, (one.kind === "place" ? placed : closed).get(idOf(one))));
  }

  async #query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const client = this.#client ?? (await this.connected());
    try {
      return await client.query<Row>(query);
    } catch (error) {
      if (isRefusal(error)) throw error;
      this.#client = undefined;
      this.#inDoubt = true;
      client.end().catch(() => {}); // the connection is unusable either way
      throw new LaneDown("the ledger's connection broke", { cause: error });
    }
  }

  /**
   * The connection, made when there is none. Called ahead, it spares the first hold the wait.
   * @throws LaneDown when Postgres cannot be reached in time; the next call tries again.
   */
  connected(): Promise<pg.Client> {
    if (this.#client) return Promise.resolve(this.#client);
    return (this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    }));
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#options.connection,
      application_name: "switchyard ledger",
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on("error", () => {
      if (this.#client === client) this.#client = undefined;
    });
    try {
      await client.connect();
      await client.query(SESSION);
    } catch (error) {
      client.end().catch(() => {}); // never connected
      throw new LaneDown("the ledger cannot connect", { cause: error });
    }
    this.#client = client;
    return client;
  }
}

/** True when Postgres answered and refused: the transaction surely did not happen. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  // 57xxx: the server is going down or the statement was cancelled; 08xxx: connection; 53xxx: out of resources. Those heal by trying again.
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^(57|08|53)/.test(code);
}

const idOf = (operation: Operation): string => (operation.kind === "place" ? operation.request.callId : operation.row.id);

function singleQuery(operation: Operation, { epoch, holdTtlSeconds }: LaneConnectionOptions): pg.QueryConfig {
  if (operation.kind === "place") {
    const { request } = operation;
    const budgets = `{${request.budgetIds.join(",")}}`;
    const model = storable(request.modelAsked, MODEL_CHARS_MAX);
    return {
      ...PLACE_ONE,
      values: [request.workspaceId, request.callId, request.amount.toString(), budgets, request.keyId ?? null, model, request.stream, epoch, holdTtlSeconds],
    };
  }
  const { row } = operation;
  const record = row["at"] === undefined ? null : recordOf(operation);
  return { ...CLOSE_ONE, values: [row.workspace_id, row.id, chargedOf(operation), closingBasisOf(operation), record] };
}

/** The arguments of `ledger.turn`: arrays as Postgres reads them, because the driver would quote and escape each item. */
function turnValues(operations: readonly Operation[], { epoch, holdTtlSeconds }: LaneConnectionOptions): unknown[] {
  const closing = { spaces: "", ids: "", costs: "", bases: "", records: "" };
  const placing = { spaces: "", ids: "", amounts: "", budgets: "", keys: "", models: "", streams: "" };
  let hasBudgets = false;
  for (const one of operations) {
    if (one.kind === "close") {
      const { row } = one;
      closing.spaces += `,${row.workspace_id}`;
      closing.ids += `,${row.id}`;
      closing.costs += `,${chargedOf(one)}`;
      closing.bases += `,${closingBasisOf(one)}`;
      if (row["at"] !== undefined) closing.records += `,${recordOf(one)}`;
    } else {
      const { request } = one;
      hasBudgets ||= request.budgetIds.length > 0;
      placing.spaces += `,${request.workspaceId}`;
      placing.ids += `,${request.callId}`;
      placing.amounts += `,${request.amount}`;
      placing.budgets += `,"{${request.budgetIds.join(",")}}"`;
      placing.keys += `,${request.keyId ?? "NULL"}`;
      placing.models += `,${quoted(storable(request.modelAsked, MODEL_CHARS_MAX))}`;
      placing.streams += `,${request.stream ? "t" : "f"}`;
    }
  }
  return [
    arrayOf(closing.spaces),
    arrayOf(closing.ids),
    arrayOf(closing.costs),
    arrayOf(closing.bases),
    `[${closing.records.slice(1)}]`,
    arrayOf(placing.spaces),
    arrayOf(placing.ids),
    arrayOf(placing.amounts),
    hasBudgets ? arrayOf(placing.budgets) : null,
    arrayOf(placing.keys),
    arrayOf(placing.models),
    arrayOf(placing.streams),
    epoch,
    holdTtlSeconds,
  ];
}

const MODEL_CHARS_MAX = 200;
/** Half hours are summed up 20 minutes after their end, and records older than 10 minutes are noted: so what may be one is told with care. */
const LATE_MS = 5 * 60_000;
const isLate = (operation: Operation): boolean =>
  operation.kind === "close" && typeof operation.row["at"] === "string" && Date.parse(operation.row["at"]) < Date.now() - LATE_MS;
/** How a row says that its hold is given back. */
const GIVEN_BACK = { usage_basis: "none", cost: "0", charged: "0" };

const recordOf = (operation: CloseOperation): string => (operation.void ? JSON.stringify({ ...operation.row, ...GIVEN_BACK }) : operation.json);
const costOf = (row: CallRow): string => (typeof row["cost"] === "string" ? row["cost"] : "0");
const basisOf = (row: CallRow): string => (typeof row["usage_basis"] === "string" ? row["usage_basis"] : "none");
const chargedOf = (operation: CloseOperation): string => (operation.void ? GIVEN_BACK.cost : costOf(operation.row));
const closingBasisOf = (operation: CloseOperation): string => (operation.void ? GIVEN_BACK.usage_basis : basisOf(operation.row));

const arrayOf = (items: string): string => `{${items.slice(1)}}`;
const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** What became of an operation that was plain: a plain closing is charged what it cost. */
function plainOutcome(operation: Operation): LaneOutcome<OperationResult> {
  if (operation.kind === "place") return HELD;
  return { kind: "done", result: { outcome: "ok", charged: operation.void ? ZERO : nano(BigInt(costOf(operation.row))), writtenOff: ZERO } };
}

function outcomeOf(operation: Operation, row: OutcomeRow | undefined): LaneOutcome<OperationResult> {
  if (!row || row.outcome === "busy") return { kind: "busy" };
  return operation.kind === "place"
    ? { kind: "done", result: { outcome: row.outcome, available: row.a === null ? undefined : nano(row.a) } }
    : { kind: "done", result: { outcome: row.outcome, charged: nano(row.a ?? 0n), writtenOff: nano(row.b) } };
}
