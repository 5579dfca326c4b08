import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigUnfit, ENVIRONMENT, readConfig } from "./config.ts";

describe("the environment", () => {
  test("has defaults for everything that can have one", () => {
    const config = readConfig({});
    expect(config).toMatchObject({ HOST: "127.0.0.1", PORT: 4100, embedded: true, allowPrivateUpstreams: true, production: false, HOLD_TTL_SECONDS: 1200 });
  });

  test("counts empty variables as unset and ignores what is not ours", () => {
    expect(readConfig({ PORT: "", SOMETHING: "else" }).PORT).toBe(4100);
  });

  test("names every variable that is wrong, and repeats none of the values", () => {
    const wrong = {
      PORT: "eighty",
      DATABASE_URL: "mysql://user:hunter2@host/db",
      ADMIN_PASSWORD: "short",
      LOG_LEVEL: "loud",
      ALLOW_PRIVATE_UPSTREAMS: "perhaps",
    };
    const complain = (): unknown => readConfig(wrong);
    expect(complain).toThrow(ConfigUnfit);
    try {
      complain();
    } catch (error) {
      const words = (error as Error).message;
      for (const name of Object.keys(wrong)) expect(words).toContain(name);
      expect(words).not.toContain("hunter2");
    }
  });

  test("needs a secret where the database is not its own", () => {
    expect(() => readConfig({ DATABASE_URL: "postgres://localhost/x" })).toThrow(/SECRET_KEY/);
    expect(readConfig({ DATABASE_URL: "postgres://localhost/x", SECRET_KEY: "x".repeat(32) })).toMatchObject({ embedded: false, allowPrivateUpstreams: false });
  });

  test("is described in .env.example, variable by variable with its default", () => {
    const example = readFileSync(new URL("../../../.env.example", import.meta.url), "utf8");
    const described = Object.fromEntries([...example.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
    expect(Object.keys(described).toSorted()).toEqual(Object.keys(ENVIRONMENT.shape).toSorted());
    expect(readConfig(described)).toEqual(readConfig({}));
  });
});
