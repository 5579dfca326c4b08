/** What holds for all groups, what was changed, and what a name means. */
import type { ProviderFailureKind } from "../../domain/call.ts";
import type { ExplainedRoute } from "../../domain/explained-route.ts";
import type { CacheSettings, FailureKeyword, FailureRule, OwnerPolicy, OwnerSettings, RestThreshold } from "../../domain/routing.ts";

/** What holds where neither a group nor its owner says otherwise. */
export interface RoutingDefaults extends Omit<OwnerPolicy, "routing"> {
  readonly sticky: boolean;
  readonly hedgeAfterMs: number;
  readonly cache: CacheSettings;
  readonly restAfter: RestThreshold;
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly answerMs: number;
  readonly stallMs: number;
  readonly on: Readonly<Record<ProviderFailureKind, FailureRule>>;
}

/** What the platform sets for all groups, over what is built in. */
export interface RoutingRow {
  readonly settings: OwnerSettings;
  readonly failureKeywords: readonly FailureKeyword[];
  readonly revision: string;
  readonly fromFile: boolean;
  readonly builtin: RoutingDefaults;
}

/** One change of what the platform shares. */
export interface ChangeRow {
  readonly id: string;
  readonly at: Date;
  /** A person's address, the name of a key, or a part of the program. */
  readonly actor: string;
  readonly verb: string;
  readonly object: string;
  /** It can be taken back, unless it was changed again since. */
  readonly undoable: boolean;
  /** Names of what is different, in the words of the configuration. */
  readonly fields: readonly string[];
  /** Of those, what taking it back does not put back: it may be secret, and is written down nowhere. */
  readonly notPutBack: readonly string[];
  /** The change that it took back. */
  readonly undoes: string | undefined;
}

/** What a name means, who would be tried, and why. */
export interface ExplainedRow extends Omit<ExplainedRoute, "sticky"> {
  readonly at: Date;
}
