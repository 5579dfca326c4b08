/** What the descriptions of changes to the catalog have in common. */
import * as z from "zod";
import { json } from "./openapi-parts.ts";

export const inPath = (name: string, description: string) => ({ name, in: "path" as const, required: true, description, schema: { type: "string" as const } });
export const ifMatch = {
  name: "If-Match",
  in: "header" as const,
  required: false,
  description: "The revision that was seen; 409 when it is another now",
  schema: { type: "string" as const },
};
export const cascade = {
  name: "cascade",
  in: "query" as const,
  required: false,
  description: "`true`: what names it goes with it, aliases whole, groups by their targets",
  schema: { type: "string" as const, enum: ["true", "false"] },
};
export const done = json(z.object({ ok: z.literal(true) }), "Done");
