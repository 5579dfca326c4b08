/** What first-party clients ask about calls under way. */
import * as z from "zod";
import type { Result } from "../kernel/result.ts";
import { parseBody } from "./caller-body.ts";

/** `POST /api/llm/cancel`: any id by which the caller knows its call. */
export const CancelRequest = z.looseObject({ requestId: z.string().min(1).max(200) });
export type CancelRequest = z.infer<typeof CancelRequest>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseCancelRequest = (value: unknown): Result<CancelRequest> => parseBody(CancelRequest, value);
