import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "styles.css"), "utf8");
const tokensOf = (block: string): ReadonlyMap<string, string> =>
  new Map([...block.matchAll(/--color-([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]));
const light = tokensOf(/@theme static \{([\s\S]*?)\n\}/.exec(css)?.[1] ?? "");
const dark = new Map([...light, ...tokensOf(/\[data-theme="dark"\] \{([\s\S]*?)\n\}/.exec(css)?.[1] ?? "")]);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
/** The contrast ratio of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["canvas", "surface", "raised", "hover", "selected"];
const TEXTS = ["text", "muted", "faint", "accent"];
const STATES = ["ok", "warn", "bad", "info", "idle"];
const MARKS = ["ok-mark", "warn-mark", "bad-mark", "idle-mark", "focus", "line-strong", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("the %s colours", (_theme, tokens) => {
  const color = (name: string): string => tokens.get(name) ?? expect.fail(`there is no colour ${name}`);
  it("let every text be read on every ground", () => {
    const faint = GROUNDS.flatMap((ground) => TEXTS.map((text) => ({ pair: `${text} on ${ground}`, ratio: contrast(color(text), color(ground)) }))).filter(
      ({ ratio }) => ratio < 4.5,
    );
    expect(faint).toEqual([]);
  });
  it("let the word of every state be read on its tint and on cards", () => {
    const faint = STATES.flatMap((state) =>
      [`${state}-tint`, "surface", "canvas"].map((ground) => ({ pair: `${state} on ${ground}`, ratio: contrast(color(state), color(ground)) })),
    ).filter(({ ratio }) => ratio < 4.5);
    expect(faint).toEqual([]);
    expect(contrast(color("on-ink"), color("ink"))).toBeGreaterThan(7);
  });
  it("let marks, borders of fields and series be seen on cards", () => {
    expect(MARKS.map((mark) => ({ mark, ratio: contrast(color(mark), color("surface")) })).filter(({ ratio }) => ratio < 3)).toEqual([]);
  });
});
