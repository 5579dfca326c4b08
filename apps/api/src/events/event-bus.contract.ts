/** The promises of a bus, to be kept by every one of them. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { BusEvent, EventBus } from "./event-bus.ts";

export interface BusesUnderTest {
  /** Two nodes of one installation; in one process they are the same. */
  readonly one: EventBus;
  readonly other: EventBus;
  stop(): Promise<void>;
}

let workspaces = 0;
export const freshWorkspace = (): WorkspaceId => toId("workspace", `00000000-0000-7000-8000-${String(++workspaces).padStart(12, "0")}`);
const callId = "00000000-0000-7000-8000-00000000ca11";
const PATIENCE = { timeout: 10_000, interval: 10 };

export function hear(bus: EventBus, workspaceId: WorkspaceId, after?: string): { events: BusEvent[]; leave: () => void } {
  const events: BusEvent[] = [];
  return { events, leave: bus.subscribe(workspaceId, (event) => events.push(event), after) };
}
export const kinds = (events: readonly BusEvent[]): string[] => events.map((one) => one.event.kind);

/** @param start gives undefined where what the bus travels over is not to be had */
export function describeBus(name: string, start: () => Promise<BusesUnderTest | undefined>): void {
  describe(name, () => {
    let under: BusesUnderTest | undefined;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under?.stop());
    const promise = (what: string, check: (buses: BusesUnderTest) => Promise<void>): void => {
      it(what, async (context) => {
        if (under === undefined) return context.skip();
        await check(under);
      });
    };

    promise("carries an order to every node once, and to no client", async ({ one, other }) => {
      const workspaceId = freshWorkspace();
      const client = hear(other, workspaceId);
      const heard: string[] = [];
      other.onOrder(({ id }) => heard.push(id));
      const keyId = toId("key", "00000000-0000-7000-8000-0000000000ff");
      one.order({ kind: "cancel", workspaceId, keyId, id: "first" });
      one.order({ kind: "cancel", workspaceId, keyId, id: "second" });
      await vi.waitFor(() => expect(heard).toEqual(["first", "second"]), PATIENCE);
      expect(client.events).toEqual([]);
      client.leave();
    });

    promise("tells every listener of the workspace, on every node, once and in order", async ({ one, other }) => {
      const workspaceId = freshWorkspace();
      const heard = [hear(one, workspaceId), hear(other, workspaceId), hear(other, workspaceId)];
      one.publish({ kind: "call.finished", workspaceId, callId });
      one.publish({ kind: "balance.changed", workspaceId });
      one.publish({ kind: "config.changed", workspaceId });
      await vi.waitFor(() => {
        for (const { events } of heard) expect(kinds(events)).toEqual(["call.finished", "balance.changed", "config.changed"]);
      }, PATIENCE);
      expect(heard[0]?.events[0]?.event).toEqual({ kind: "call.finished", workspaceId, callId });
      for (const { leave } of heard) leave();
    });

    promise("tells nobody of another workspace", async ({ one, other }) => {
      const [mine, theirs] = [freshWorkspace(), freshWorkspace()];
      const [outside, inside] = [hear(other, theirs), hear(other, mine)];
      one.publish({ kind: "balance.changed", workspaceId: mine });
      await vi.waitFor(() => expect(inside.events).toHaveLength(1), PATIENCE);
      expect(outside.events).toEqual([]);
      outside.leave();
      inside.leave();
    });

    promise("announces to every workspace of this program, and to who comes back", async ({ one }) => {
      const [mine, theirs, gone] = [freshWorkspace(), freshWorkspace(), freshWorkspace()];
      const [here, there, before] = [hear(one, mine), hear(one, theirs), hear(one, gone)];
      one.publish({ kind: "balance.changed", workspaceId: gone });
      before.leave();
      one.announce("provider.health");
      expect([kinds(here.events), kinds(there.events)]).toEqual([["provider.health"], ["provider.health"]]);
      const back = hear(one, gone, before.events[0]?.id);
      expect(kinds(back.events)).toEqual(["provider.health"]);
      for (const { leave } of [here, there, back]) leave();
    });

    promise("tells nothing to who has left, and the others go on", async ({ one }) => {
      const workspaceId = freshWorkspace();
      const [left, stays] = [hear(one, workspaceId), hear(one, workspaceId)];
      left.leave();
      left.leave();
      one.publish({ kind: "balance.changed", workspaceId });
      expect([left.events.length, stays.events.length]).toEqual([0, 1]);
      stays.leave();
    });

    promise("gives who comes back what was missed, and nothing twice", async ({ one }) => {
      const workspaceId = freshWorkspace();
      const first = hear(one, workspaceId);
      one.publish({ kind: "balance.changed", workspaceId });
      first.leave();
      one.publish({ kind: "config.changed", workspaceId });
      one.publish({ kind: "call.finished", workspaceId, callId });
      const again = hear(one, workspaceId, first.events[0]?.id);
      expect(kinds(again.events)).toEqual(["config.changed", "call.finished"]);
      const upToDate = hear(one, workspaceId, again.events[1]?.id);
      expect(upToDate.events).toEqual([]);
      again.leave();
      upToDate.leave();
    });

    promise("says gap when too much was missed, and takes up from there", async ({ one }) => {
      const workspaceId = freshWorkspace();
      const first = hear(one, workspaceId);
      one.publish({ kind: "balance.changed", workspaceId });
      first.leave();
      for (let round = 0; round < 300; round++) one.publish({ kind: "balance.changed", workspaceId });
      const again = hear(one, workspaceId, first.events[0]?.id);
      expect(kinds(again.events)).toEqual(["gap"]);
      again.leave();
      expect(hear(one, workspaceId, again.events[0]?.id).events).toEqual([]);
    });

    promise("says gap to any id that is not of its life", async ({ one }) => {
      const workspaceId = freshWorkspace();
      for (const strange of ["", ":", "other:1", "other:", "1", "test:-1", "test:1e3", "test:999999999", "test:NaN", "\u0000", "test:1:1"]) {
        const heard = hear(one, workspaceId, strange);
        expect(kinds(heard.events), strange).toEqual(["gap"]);
        heard.leave();
      }
    });
  });
}
