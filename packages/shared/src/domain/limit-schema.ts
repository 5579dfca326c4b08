/** Reads limits as they are stored. Apart from their words, which the console needs without a parser. */
import * as z from "zod";
import { LIMIT_KINDS, LIMIT_MAX, LIMIT_WINDOW_SECONDS_MAX, LIMITS_MAX } from "./limit.ts";

/** Limits as they are stored. What does not fit is refused, not skipped: a limit that cannot be read must not be lifted. */
export const limitSchema = z
  .strictObject({
    kind: z.enum(LIMIT_KINDS),
    max: z.int().min(1).max(LIMIT_MAX),
    windowSeconds: z.int().min(0).max(LIMIT_WINDOW_SECONDS_MAX),
  })
  .refine(({ kind, windowSeconds }) => (kind === "concurrency") === (windowSeconds === 0), {
    path: ["windowSeconds"],
    message: "is needed for every kind but concurrency, which has none",
  });
export const limitsSchema = z.array(limitSchema).max(LIMITS_MAX);
