/** What every long proof starts from: a Postgres of its own with a migrated template, and the program with its scripted providers on it. */
import { prepareDatabase } from "@switchyard/db/migrate.pg";
import { startTestPostgres, TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startGateway, type Gateway } from "../gateway-harness.process.ts";

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs a proof. @returns what is wrong, in sentences; the process ends with 1 when there is anything */
export async function prove(run: (gateway: Gateway) => Promise<readonly string[]>, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const postgres = await startTestPostgres(async (templateUrl) => void (await prepareDatabase(templateUrl, TEST_SECRET_KEY)));
  try {
    const gateway = await startGateway({ LOG_LEVEL: "error", ...environment });
    try {
      const wrong = await run(gateway);
      for (const sentence of wrong) say(`WRONG: ${sentence}`);
      say(wrong.length === 0 ? "Everything held." : `${wrong.length} promises did not hold.`);
      process.exitCode = wrong.length === 0 ? 0 : 1;
    } finally {
      await gateway.close();
    }
  } finally {
    await postgres.stop();
  }
}

/** "12 / 40 / 900": the median, the 95th of a hundred and the largest, rounded. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => String(Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0));
  return `${at(0.5)} / ${at(0.95)} / ${at(1)}`;
}
