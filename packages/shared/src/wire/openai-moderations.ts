/** The wire of OpenAI's moderations as callers send it. */
import * as z from "zod";
import type { Failure } from "../kernel/failure.ts";
import type { Result } from "../kernel/result.ts";
import { parseBody, tooMany } from "./caller-body.ts";

const INPUTS_MAX = 1_024;

const Part = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("image_url"), image_url: z.looseObject({ url: z.string().min(1) }) }),
]);

/** `POST /v1/moderations`. Clients leave `model` out: then it is the one that OpenAI documents. */
export const ModerationsRequest = z.looseObject({
  model: z.string().min(1).max(256).default("omni-moderation-latest"),
  input: z.union([z.string(), z.array(z.string()).min(1).max(INPUTS_MAX), z.array(Part).min(1).max(INPUTS_MAX)]),
});
export type ModerationsRequest = z.infer<typeof ModerationsRequest>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseModerationsRequest = (value: unknown): Result<ModerationsRequest> => parseBody(ModerationsRequest, value, tooManyInputs);

const tooManyInputs = ({ input }: Record<string, unknown>): Failure | undefined =>
  Array.isArray(input) && input.length > INPUTS_MAX ? tooMany("input", `more than ${INPUTS_MAX} inputs`) : undefined;
