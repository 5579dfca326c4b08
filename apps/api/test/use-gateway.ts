/** One gateway for all tests of a file. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { startGateway, type Gateway } from "./gateway-harness.process.ts";

/** Started before the first test, its providers reset before each, closed after the last. @param wanted as `startGateway` has it */
export function useGateway(...wanted: Parameters<typeof startGateway>): Gateway {
  let started: Gateway | undefined;
  beforeAll(async () => {
    started = await startGateway(...wanted);
  });
  beforeEach(() => started?.resetFakes());
  afterAll(() => started?.close());
  return new Proxy({} as Gateway, {
    get: (_none, name) => {
      if (!started) throw new Error("the gateway has not been started yet");
      return Reflect.get(started, name);
    },
  });
}

/** For tests that hold answers against OpenAI's description: reading it takes seconds, in which a server's kept connections would go stale. */
export function readDescriptionFirst(): void {
  beforeAll(() => {
    if (hasOpenAiSpec) openAiSpec();
  });
}

/** What is wrong with a value as OpenAI describes it; nothing where the description is missing. */
export const faultsOf = (schema: string, value: unknown): readonly string[] => (hasOpenAiSpec ? openAiSpec().faultsOf(schema, value) : []);

/** What acme's wallet paid for a run, in nano-dollars, when all is settled. */
export async function spentBy(gateway: Gateway, run: () => Promise<unknown>): Promise<bigint> {
  const before = await gateway.wallet("acme");
  await run();
  await gateway.settled();
  return before.posted - (await gateway.wallet("acme")).posted;
}
