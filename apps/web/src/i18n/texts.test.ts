import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en.ts";
import { zhCN } from "./zh-CN.ts";

const SOURCE = join(import.meta.dirname, "..");
/** Names and words that are the same in every language. */
const SAME_EVERYWHERE = new Set([
  "call.surfaceResponses",
  "app.name",
  "app.utc",
  "range.custom",
  "overview.p50",
  "overview.p95",
  "capability.json",
  "keys.curl",
  "keys.python",
  "keys.typescript",
]);

function flat(texts: object, before = ""): readonly (readonly [string, string])[] {
  return Object.entries(texts).flatMap(([name, value]): readonly (readonly [string, string])[] =>
    typeof value === "string" ? [[before + name, value]] : flat(value, `${before}${name}.`),
  );
}
const placeholders = (text: string): readonly string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? "").toSorted();
const sourceFiles = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.tsx?$/.test(file) && !file.includes(".test.") && !file.startsWith("i18n"),
);
const sources = sourceFiles.map((file) => ({ file, text: readFileSync(join(SOURCE, file), "utf8") }));

describe("the texts", () => {
  const english = new Map(flat(en));
  const chinese = new Map(flat(zhCN));

  it("have the same keys in every language", () => {
    expect([...chinese.keys()]).toEqual([...english.keys()]);
  });
  it("carry the same values in every language", () => {
    const odd = [...english].filter(([key, text]) => {
      const other = chinese.get(key) ?? "";
      // A plural of one may leave its number out, as "hour" does.
      return !key.endsWith("_one") && placeholders(text).join() !== placeholders(other).join();
    });
    expect(odd).toEqual([]);
  });
  it("are translated", () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text && !SAME_EVERYWHERE.has(key)).map(([key]) => key);
    expect(same).toEqual([]);
  });
  it("are all used, so that none is translated for nothing", () => {
    const all = sources.map(({ text }) => text).join("\n");
    const unused = [...english.keys()].map((key) => key.replace(/_(one|other)$/, "")).filter((key) => !all.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
  it("are never put together from parts, since such keys cannot be checked", () => {
    expect(sources.filter(({ text }) => /\bt\(`/.test(text) || /\bt\("[^"]*" \+/.test(text)).map(({ file }) => file)).toEqual([]);
  });
  it("are not written into pages", () => {
    const found = sources.flatMap(({ file, text }) => {
      if (!file.endsWith(".tsx")) return [];
      const between = [...text.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)*)\s*<\//g)].map(([, words]) => words ?? "");
      const attributes = [...text.matchAll(/\b(?:aria-label|title|placeholder|label|alt)="([^"]*[A-Za-z]{3,}[^"]*)"/g)].map(([, words]) => words ?? "");
      return [...between, ...attributes].map((words) => `${file}: ${words}`);
    });
    expect(found).toEqual([]);
  });
});
