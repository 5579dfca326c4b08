/** What every refusal looks like from outside, whatever was refused. */
import { expect } from "vitest";
import type { RawAnswer } from "./raw-client.http.ts";

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

/** Words that only leak from inside: stacks, statements, places in the file system. */
const INSIDE = /\bat \S+ \(|node:internal|node_modules|\.ts:\d+|\bselect\b .+ \bfrom\b|switchyard\.[a-z_]+\b|ECONN|\/(?:home|root|tmp|work|usr)\//i;

/** Checks the envelope and its headers; never 500. @returns what it says */
export async function refusalOf(response: Response): Promise<Refusal> {
  return check(response.status, (name) => response.headers.get(name) ?? undefined, await response.text());
}

export const rawRefusalOf = (answer: RawAnswer | undefined): Refusal => {
  if (!answer) throw new Error("the server did not answer");
  return check(answer.status, (name) => answer.headers[name], answer.body);
};

function check(status: number, header: (name: string) => string | undefined, text: string): Refusal {
  if (status < 400 || status === 500) throw new Error(`answered with ${status}: ${text.slice(0, 500)}`);
  expect(header("content-type")).toMatch(/^application\/json/);
  expect(header("x-request-id")).toMatch(/^\S{8,}$/);
  expect(text).not.toMatch(INSIDE);
  const body = JSON.parse(text) as { error: Omit<Refusal, "status"> };
  expect(Object.keys(body)).toEqual(["error"]);
  expect(Object.keys(body.error).sort()).toEqual(["code", "message", "param", "type"]);
  expect(body.error.message.length).toBeGreaterThan(5);
  expect(header("www-authenticate")).toBe(status === 401 ? "Bearer" : undefined);
  expect(status === 429 || status === 503 ? header("retry-after") : "1").toMatch(/^\d+$/);
  return { status, ...body.error };
}
