import { describe, expect, test } from "vitest";
import { redact, withoutSecrets } from "./redact.ts";

describe("redact", () => {
  test.each([
    ["sk-proj-abcdefghijkl0123456789", "Incorrect API key provided: sk-proj-abcdefghijkl0123456789. See the docs."],
    ["abcdefghijkl", "Incorrect API key provided: sk-abcdefghijkl"],
    ["sk-ant-api03-AbCdEf", "key sk-ant-api03-AbCdEf-1234567890 is invalid"],
    ["AIzaSyA1234567890abcdefghij", "AIzaSyA1234567890abcdefghij not valid"],
    ["AKIAIOSFODNN7EXAMPLE", "for AKIAIOSFODNN7EXAMPLE"],
    ["s3cretpassword", "connect postgres://user:s3cretpassword@db:5432/x failed"],
    ["hunter22", "at https://user:hunter22@proxy.test/"],
    ["abc123def", "GET https://a.test/v1?key=abc123def&alt=sse"],
    ["abcdefgh12345678", "Authorization: Bearer abcdefgh12345678"],
    ["eyJhbGciOiJIUzI1NiJ9", "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
    ["opensesame", 'header {"api_key": "opensesame"}'],
    ["gsk_A1b2C3d4E5f6", "gsk_A1b2C3d4E5f6 refused"],
    ["Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A", "blob Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A="],
  ])("removes %s", (secret, text) => {
    expect(redact(text)).not.toContain(secret);
  });

  test("leaves ordinary words as they are", () => {
    const text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    expect(redact(text)).toBe(text);
  });

  test("is one short line without control characters", () => {
    const words = redact(`a\u0000b\n{"level":"info"}\u001b[31m\u202e ${"x ".repeat(5_000)}`);
    expect(words.length).toBeLessThanOrEqual(300);
    // eslint-disable-next-line no-control-regex -- their absence is the claim
    expect(words).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test("a whole log line of any length loses its secrets in linear time", () => {
    // Of a process' own time, so that a busy machine does not count: four times the length, four times the work; sixteen would be a square.
    const workFor = (repeats: number): number => {
      const before = process.cpuUsage();
      for (const piece of ["a-", "eyJ-", "aA0-", "://a:", "sk-a ", "aaaaaaaaaaaa/", "?key=a"]) withoutSecrets(piece.repeat(repeats));
      return process.cpuUsage(before).user;
    };
    workFor(1_000);
    const least = (repeats: number): number => Math.min(...[1, 2, 3].map(() => workFor(repeats)));
    expect(least(80_000) / least(20_000)).toBeLessThan(10);
    expect(withoutSecrets(`${"x ".repeat(50_000)}sk-abcdefghijklmnop`)).not.toContain("abcdefghijklmnop");
  });

  test("stays fast on text made to be slow", () => {
    const started = performance.now();
    for (const piece of ["a:", "://a:", "?key=", "-----BEGIN A", "sk-", "aA0", "secret: "]) redact(piece.repeat(1_000_000));
    expect(performance.now() - started).toBeLessThan(20_000); // what is slow takes hours
  });
});
