/** Finds the address of the database that comes with the program, by what lies in DATA_DIR. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rolePassword } from "@switchyard/db/roles.pg";
import { CommandFailed } from "./admin-client.http.ts";
import { DATABASE_LOGINS, type DatabaseLogin } from "./command.ts";

/** @throws CommandFailed when the program was never started with its own database here. */
export function embeddedDatabaseUrl(dataDir: string, givenSecret: string | undefined, login: DatabaseLogin): string {
  const wanted = join(dataDir, "postgres");
  // As root the data may lie elsewhere, where another account can reach it.
  const cluster = readIfThere(join(wanted, "moved-to")) ?? wanted;
  const port = readIfThere(`${cluster}.port`);
  const secret = givenSecret ?? readIfThere(join(dataDir, "secret-key"));
  if (port === undefined || secret === undefined) {
    throw new CommandFailed(
      `There is no database of the program's own in ${dataDir}. It is made at the first start without DATABASE_URL; DATA_DIR says where.`,
    );
  }
  const user = DATABASE_LOGINS[login];
  return `postgres://${user}:${encodeURIComponent(rolePassword(secret, login === "superuser" ? "superuser" : user))}@127.0.0.1:${port}/postgres`;
}

const readIfThere = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8").trim() : undefined);
