import { describe, expect, test } from "vitest";
import { parseConfigFile } from "./config-file.ts";

const parse = (text: string, environment: Record<string, string> = {}) => parseConfigFile(text, environment);
const complaint = (text: string): string => {
  const parsed = parse(text);
  return parsed.ok ? "accepted" : (parsed.failure.publicText ?? "");
};

describe("a configuration", () => {
  test("may have comments and trailing commas, and takes secrets from the environment", () => {
    const parsed = parse('{ // providers\n "providers": [{ "name": "main", "kind": "openai", "apiKey": "env:KEY", }], }', { KEY: "sk-1" });
    expect(parsed).toMatchObject({ ok: true, value: { providers: [{ name: "main", apiKey: "sk-1" }] } });
  });

  test("reads prices into nano-dollars per million tokens", () => {
    const parsed = parse('{"providers":[{"name":"m","kind":"openai","models":[{"id":"x","price":{"inputPerMillion":"0.0375","outputPerMillion":"0.60"}}]}]}');
    expect(parsed).toMatchObject({
      ok: true,
      value: { providers: [{ models: [{ price: { inputPerMillion: 37_500_000n, outputPerMillion: 600_000_000n } }] }] },
    });
  });

  test.each([
    ["{", "line 1"],
    ['{"provders":[]}', "provders"],
    ['{"providers":[{"name":"a b","kind":"openai"}]}', "providers[0].name"],
    ['{"providers":[{"name":"x","kind":"openai-compatible"}]}', "needs a baseUrl"],
    ['{"providers":[{"name":"x","kind":"openai","baseUrl":"http://user:pass@host/v1"}]}', "providers[0].baseUrl"],
    ['{"providers":[{"name":"x","kind":"openai","models":[{"id":"m","price":{"inputPerMillion":0.15,"outputPerMillion":"1"}}]}]}', "price"],
    ['{"workspaces":[{"name":"w","credit":"-1"}]}', "workspaces[0].credit"],
    ['{"workspaces":[{"name":"w","keys":[{"name":"k","secret":"short"}]}]}', "workspaces[0].keys[0].secret"],
    ['{"workspaces":[{"name":"w","keys":[{"name":"k","secret":"env:NOWHERE"}]}]}', "NOWHERE"],
    ['{"workspaces":[{"name":"w","keys":[{"name":"k","secret":"0123456789abcdef","limits":[{"kind":"words","max":1,"windowSeconds":1}]}]}]}', "limits[0].kind"],
  ])("%s is refused by its place", (text, place) => {
    expect(complaint(text)).toContain(place);
  });
});
