/** What an error from the server means to the reader: one of a closed set, each with its own text. */

export type ProblemKind = "network" | "signedOut" | "credentials" | "permission" | "notFound" | "tooMany" | "money" | "input" | "conflict" | "internal";

export interface Problem {
  readonly kind: ProblemKind;
  /** The same question may be answered when asked again. */
  readonly passing: boolean;
  /** The row of the failure table, where the server named one. */
  readonly code: string | undefined;
  /** The server's own words, in English. */
  readonly text: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;
}

const KIND_OF_STATUS: Readonly<Record<number, ProblemKind>> = {
  400: "input",
  401: "signedOut",
  402: "money",
  403: "permission",
  404: "notFound",
  409: "conflict",
  413: "input",
  422: "input",
  429: "tooMany",
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const textAt = (data: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = data[name];
  return typeof value === "string" ? value : undefined;
};

/** Reads any thrown value. Without an answer from the server it is a `network` problem. */
export function problemOf(error: unknown): Problem {
  const data = isRecord(error) && isRecord(error["data"]) ? error["data"] : undefined;
  if (!data) return { kind: "network", passing: true, code: undefined, text: undefined, retryAfterSeconds: undefined, requestId: undefined };
  const status = data["httpStatus"];
  const failure = textAt(data, "failure");
  // A wrong password ends no session.
  const kind = failure === "wrong_credentials" ? "credentials" : ((typeof status === "number" ? KIND_OF_STATUS[status] : undefined) ?? "internal");
  const retryAfterMs = data["retryAfterMs"];
  return {
    kind,
    passing: kind === "internal",
    code: failure,
    text: error instanceof Error ? error.message : undefined,
    retryAfterSeconds: typeof retryAfterMs === "number" ? Math.max(1, Math.ceil(retryAfterMs / 1_000)) : undefined,
    requestId: textAt(data, "requestId"),
  };
}
