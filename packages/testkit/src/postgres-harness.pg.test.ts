/** The databases that tests get are separate, complete and really removed. */
import pg from "pg";
import { expect, it } from "vitest";
import { freshDatabase } from "./postgres-harness.pg.ts";

async function rows(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // Seen by query(), which rejects.
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it("gives each caller a database that nobody else sees", async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  await rows(one.url, "create table only_here (id int)");
  expect(await rows(one.url, "select * from only_here")).toEqual([]);
  await expect(rows(other.url, "select * from only_here")).rejects.toThrow(/does not exist/u);
  await Promise.all([one.drop(), other.drop()]);
});

it("drops a database although somebody is connected, and dropping twice is no mistake", async () => {
  const database = await freshDatabase();
  const lingering = new pg.Client({ connectionString: database.url });
  let cut = false;
  lingering.on("error", () => (cut = true));
  await lingering.connect();
  await database.drop();
  await database.drop();
  await expect(lingering.query("select 1")).rejects.toThrow(/terminat|connection|closed/iu);
  expect(cut).toBe(true);
  await expect(rows(database.url, "select 1")).rejects.toThrow(/does not exist/u);
});

it("builds the URL of another login without losing special characters of its password", async () => {
  const database = await freshDatabase();
  const role = `r_${database.name}`;
  await rows(database.url, `create role ${role} login password 'p@ss/w:rd %'`);
  expect(await rows(database.as(role, "p@ss/w:rd %"), "select current_user as who, current_database() as at")).toEqual([{ who: role, at: database.name }]);
  await rows(database.url, `drop role ${role}`);
  await database.drop();
});
