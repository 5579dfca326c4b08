/** The bus within a process keeps the promises of a bus, and bounded memory. */
import { expect, it } from "vitest";
import { describeBus, freshWorkspace, hear, kinds } from "./event-bus.contract.ts";
import { createMemoryBus } from "./event-bus.memory.ts";

describeBus("in one process", async () => {
  const bus = createMemoryBus("test");
  return { one: bus, other: bus, stop: () => bus.close() };
});

it("says gap, and nothing wrong, for a workspace that was forgotten meanwhile", () => {
  const bus = createMemoryBus("test", 3);
  const workspaceId = freshWorkspace();
  const first = hear(bus, workspaceId);
  bus.publish({ kind: "balance.changed", workspaceId });
  first.leave();
  bus.publish({ kind: "config.changed", workspaceId });
  for (let other = 0; other < 10; other++) bus.publish({ kind: "balance.changed", workspaceId: freshWorkspace() });
  expect(kinds(hear(bus, workspaceId, first.events[0]?.id).events)).toEqual(["gap"]);
});

it("never forgets a workspace that somebody listens to", () => {
  const bus = createMemoryBus("test", 3);
  const workspaceId = freshWorkspace();
  const heard = hear(bus, workspaceId);
  for (let other = 0; other < 10; other++) bus.publish({ kind: "balance.changed", workspaceId: freshWorkspace() });
  bus.publish({ kind: "config.changed", workspaceId });
  expect(kinds(heard.events)).toEqual(["config.changed"]);
});

it("tells everybody of a gap, and replays nothing from before it", () => {
  const bus = createMemoryBus("test");
  const workspaceId = freshWorkspace();
  const heard = hear(bus, workspaceId);
  bus.publish({ kind: "balance.changed", workspaceId });
  bus.gapForAll();
  expect(kinds(heard.events)).toEqual(["balance.changed", "gap"]);
  expect(kinds(hear(bus, workspaceId, heard.events[0]?.id).events)).toEqual(["gap"]);
});
