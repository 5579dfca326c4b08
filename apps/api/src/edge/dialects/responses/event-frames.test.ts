import { failure } from "@switchyard/shared/kernel/failure";
import { expect, test } from "vitest";
import { endingOf, errorFrame, framesAfter, hasEnd, lastSequenceIn } from "./event-frames.ts";

const frame = (sequence: number, more: object = {}) => `event: x\ndata: ${JSON.stringify({ type: "x", sequence_number: sequence, ...more })}\n\n`;

test("later events are found by their own number, whatever they say", () => {
  const sly = frame(3, { delta: '{"sequence_number":99}', item: { sequence_number: 99 } });
  const text = frame(2) + sly + frame(4);
  expect(framesAfter(text, 2)).toBe(sly + frame(4));
  expect(framesAfter(text, 4)).toBe("");
  expect([lastSequenceIn(text), lastSequenceIn(text + sly), lastSequenceIn("")]).toEqual([4, 3, -1]);
  expect(framesAfter('data: {"type":"keepalive"}\n\n', 7)).toBe('data: {"type":"keepalive"}\n\n');
});

test("an end is one only outside of a text", () => {
  expect(hasEnd(frame(1, { delta: '"type":"response.completed"' }))).toBe(false);
  expect(hasEnd(frame(1) + endingOf({ status: "incomplete" }, 2))).toBe(true);
  expect(endingOf({ status: "cancelled" }, 2)).toMatch(/^event: response\.failed\n/);
  expect(errorFrame(failure("not_found"), 5)).toMatch(/^event: error\ndata: .*"sequence_number":5/);
});
