import type { AttemptRecord } from "@switchyard/shared/domain/call";
import { describe, expect, it } from "vitest";
import { storyOf } from "./call-story.ts";

const attempt = (some: Partial<AttemptRecord>): AttemptRecord => ({
  provider: "main",
  model: "gpt",
  outcome: "ok",
  startMs: 0,
  totalMs: 10,
  bytes: 1,
  ...some,
});
const overloaded = attempt({ outcome: "failed", failure: "overloaded" });
const spare = attempt({ provider: "spare", model: "claude", firstTokenMs: 5 });
const call = { cached: false, charged: 0n, errorCode: undefined, provider: "spare", model: "claude" };

describe("the sentence", () => {
  it("names who answered, and after whom", () => {
    expect(storyOf({ ...call, outcome: "answered", attempts: [spare] })).toEqual({ text: "story.answered", target: "spare/claude" });
    expect(storyOf({ ...call, outcome: "answered", attempts: [overloaded, spare] })).toEqual({
      text: "story.answeredAfterOne",
      target: "spare/claude",
      failed: "main/gpt",
      failure: "overloaded",
    });
    expect(storyOf({ ...call, outcome: "answered", attempts: [overloaded, overloaded, spare] })).toMatchObject({ text: "story.answeredAfterMany", count: 2 });
  });
  it("tells apart the keys of one provider", () => {
    const [refused, kept] = [attempt({ outcome: "failed", failure: "bad_credentials", key: "eu …0001" }), attempt({ key: "us …0002" })];
    expect(storyOf({ ...call, provider: "main", model: "gpt", outcome: "answered", attempts: [refused, kept] })).toEqual({
      text: "story.answeredAfterOne",
      target: "main/gpt · us …0002",
      failed: "main/gpt · eu …0001",
      failure: "bad_credentials",
    });
  });
  it("says that an answer was kept, and of whom", () => {
    expect(storyOf({ ...call, cached: true, outcome: "answered", attempts: [] })).toEqual({ text: "story.cached", target: "spare/claude" });
  });
  it("tells a failure before any token from one in the middle of an answer", () => {
    expect(storyOf({ ...call, outcome: "failed", attempts: [] })).toEqual({ text: "story.failedNobody" });
    expect(storyOf({ ...call, outcome: "failed", attempts: [overloaded, attempt({ outcome: "failed" })] })).toEqual({
      text: "story.failedBefore",
      failed: "main/gpt",
      failure: "unnamed",
      count: 2,
    });
    expect(
      storyOf({ ...call, outcome: "failed", charged: 5n, attempts: [attempt({ outcome: "failed", failure: "incomplete", firstTokenMs: 3 })] }),
    ).toMatchObject({ text: "story.failedMid", failure: "incomplete" });
  });
  it("says of an abort whether anything had been produced", () => {
    expect(storyOf({ ...call, outcome: "aborted", attempts: [attempt({ outcome: "aborted" })] })).toEqual({ text: "story.abortedBefore" });
    expect(storyOf({ ...call, outcome: "aborted", charged: 7n, attempts: [attempt({ outcome: "aborted", firstTokenMs: 3 })] })).toEqual({
      text: "story.abortedMid",
      target: "main/gpt",
    });
  });
  it("gives the reason of a refusal where it has words for it", () => {
    expect(storyOf({ ...call, outcome: "refused", attempts: [], errorCode: "budget_exceeded" })).toEqual({ text: "story.refused", refusal: "budget_exceeded" });
    expect(storyOf({ ...call, outcome: "refused", attempts: [], errorCode: "toString" })).toEqual({ text: "story.refusedPlain" });
  });
});
