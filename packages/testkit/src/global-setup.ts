/** What vitest does once before all test files: it starts the run's Postgres and migrates the template database. */
import { prepareDatabase } from "@switchyard/db/migrate.pg";
import { TEST_SECRET_KEY, reportNoPostgres, startTestPostgres } from "./postgres-harness.pg.ts";

/**
 * Vitest calls this once a run; the returned function ends what it began. A failure does not end the run: tests without a
 * database have nothing to do with it, and those with one fail with the reason.
 */
export async function setup(): Promise<() => Promise<void>> {
  try {
    const server = await startTestPostgres(async (templateUrl) => void (await prepareDatabase(templateUrl, TEST_SECRET_KEY)));
    return () => server.stop();
  } catch (error) {
    reportNoPostgres(error);
    return () => Promise.resolve();
  }
}
