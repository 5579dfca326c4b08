/** What the strategies of a group and the scopes of its keywords are called. */
import type { KeywordScope } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";

export const STRATEGY_TEXT = {
  priority: "groups.strategyPriority",
  lowest_cost: "groups.strategyLowestCost",
  lowest_latency: "groups.strategyLowestLatency",
  highest_throughput: "groups.strategyHighestThroughput",
  local_first: "groups.strategyLocalFirst",
  remote_first: "groups.strategyRemoteFirst",
  weighted: "groups.strategyWeighted",
  round_robin: "groups.strategyRoundRobin",
} as const satisfies Record<Strategy, string>;
export const STRATEGY_HINT = {
  priority: "groups.strategyPriorityHint",
  lowest_cost: "groups.strategyLowestCostHint",
  lowest_latency: "groups.strategyLowestLatencyHint",
  highest_throughput: "groups.strategyHighestThroughputHint",
  local_first: "groups.strategyLocalFirstHint",
  remote_first: "groups.strategyRemoteFirstHint",
  weighted: "groups.strategyWeightedHint",
  round_robin: "groups.strategyRoundRobinHint",
} as const satisfies Record<Strategy, string>;
export const SCOPE_TEXT = { any: "groups.scopeAny", error: "groups.scopeError", content: "groups.scopeContent" } as const satisfies Record<
  KeywordScope,
  string
>;
