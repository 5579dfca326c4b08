/** An expected refusal is a value; only defects are thrown. */
import type { Failure } from "./failure.ts";

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Refused = { readonly ok: false; readonly failure: Failure };
export type Result<T> = Ok<T> | Refused;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const refused = (failure: Failure): Refused => ({ ok: false, failure });
