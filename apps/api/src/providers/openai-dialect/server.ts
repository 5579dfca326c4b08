/** A known server that speaks the family's wire: how its address is recognised, and where it differs. */
import type { DialectQuirks } from "./request.ts";

export interface CompatibleServer {
  /** As the documentation calls it. */
  readonly name: string;
  readonly isAt: (url: URL) => boolean;
  readonly quirks: DialectQuirks;
  /** How much of OpenAI's Responses it speaks itself: all, or texts, pictures and functions; undefined for none. */
  readonly responses?: (url: URL) => "whole" | "plain" | undefined;
}
