/** Turns the parts of one of Gemini's candidates into chat deltas, whole answers and streams alike. */
import { REASONING_FORMATS } from "@switchyard/shared/wire/reasoning-details";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { StreamedArguments } from "./streamed-arguments.ts";

const FORMAT = REASONING_FORMATS.google;

/** What earlier parts told about one candidate. */
export interface CandidateState {
  readonly index: number;
  /** Begins the ids of calls that come without one. */
  readonly idSeed: string;
  toolCount: number;
  /** A call whose arguments are still coming. */
  open: { readonly index: number; readonly streamed: StreamedArguments } | undefined;
  imageCount: number;
  detailIndex: number;
  /** The last detail was a piece of thought, which the next piece goes on with. */
  isThinking: boolean;
}

export const newCandidate = (index: number, generationId: string): CandidateState => ({
  index,
  idSeed: `call_${generationId}_${index}`,
  toolCount: 0,
  open: undefined,
  imageCount: 0,
  detailIndex: -1,
  isThinking: false,
});

/** The deltas that one part makes, in order; parts of kinds that a chat has no words for (such as run code) make none. */
export function deltasOf(part: Fields, state: CandidateState): readonly Fields[] {
  const signature = textOf(part["thoughtSignature"]);
  const called = fieldsOf(part["functionCall"]);
  if (called) return callDeltas(called, state, signature);
  const deltas: Fields[] = [];
  const text = textOf(part["text"]);
  if (text !== undefined) deltas.push(part["thought"] === true ? thoughtDelta(text, state) : { content: text });
  const image = imageDelta(fieldsOf(part["inlineData"]), state);
  if (image) deltas.push(image);
  if (signature !== undefined) deltas.push(signatureDelta(signature, state));
  return deltas;
}

/** Closes a call whose end was never told. */
export function closingDeltas(state: CandidateState): readonly Fields[] {
  const { open } = state;
  state.open = undefined;
  return open === undefined ? [] : [{ tool_calls: [{ index: open.index, function: { arguments: open.streamed.toJson() } }] }];
}

function thoughtDelta(text: string, state: CandidateState): Fields {
  if (!state.isThinking) state.detailIndex += 1;
  state.isThinking = true;
  return { reasoning_content: text, reasoning_details: [{ type: "reasoning.text", text, format: FORMAT, index: state.detailIndex }] };
}

/** A signature proves a thought that is not told; with an `id` it belongs to that call. */
function signatureDelta(data: string, state: CandidateState, id?: string): Fields {
  state.detailIndex += 1;
  state.isThinking = false;
  return { reasoning_details: [{ type: "reasoning.encrypted", data, ...(id === undefined ? {} : { id }), format: FORMAT, index: state.detailIndex }] };
}

function imageDelta(inline: Fields | undefined, state: CandidateState): Fields | undefined {
  const mimeType = textOf(inline?.["mimeType"]) ?? "";
  const data = textOf(inline?.["data"]);
  if (data === undefined || !mimeType.startsWith("image/")) return undefined;
  const index = state.imageCount;
  state.imageCount += 1;
  return { images: [{ type: "image_url", image_url: { url: `data:${mimeType};base64,${data}` }, index }] };
}

/** A call comes whole, or begins with its name and goes on in nameless parts until one says that nothing will follow. */
function callDeltas(called: Fields, state: CandidateState, signature: string | undefined): readonly Fields[] {
  const name = textOf(called["name"]);
  const deltas: Fields[] = [];
  if (name !== undefined) deltas.push(...closingDeltas(state), ...openingDeltas(called, name, state, signature));
  for (const partial of listOf(called["partialArgs"])) state.open?.streamed.add(partial);
  if (called["willContinue"] !== true) deltas.push(...closingDeltas(state));
  return deltas;
}

function openingDeltas(called: Fields, name: string, state: CandidateState, signature: string | undefined): readonly Fields[] {
  const index = state.toolCount;
  state.toolCount += 1;
  const id = textOf(called["id"]) ?? `${state.idSeed}_${index}`;
  const comesLater = called["willContinue"] === true || called["partialArgs"] !== undefined;
  if (comesLater) state.open = { index, streamed: new StreamedArguments() };
  const words = comesLater ? "" : JSON.stringify(fieldsOf(called["args"]) ?? {});
  const call = { tool_calls: [{ index, id, type: "function", function: { name, arguments: words } }] };
  return signature === undefined ? [call] : [signatureDelta(signature, state, id), call];
}

/** All deltas of an answer as one message. */
export function messageOf(deltas: readonly Fields[]): Fields {
  let content = "";
  let thought = "";
  const calls: { id: unknown; type: unknown; function: { name: unknown; arguments: string } }[] = [];
  const details: Fields[] = [];
  const images: unknown[] = [];
  for (const delta of deltas) {
    content += textOf(delta["content"]) ?? "";
    thought += textOf(delta["reasoning_content"]) ?? "";
    images.push(...listOf(delta["images"]));
    for (const detail of listOf(delta["reasoning_details"])) addDetail(details, fieldsOf(detail) ?? {});
    for (const value of listOf(delta["tool_calls"])) addCall(calls, fieldsOf(value) ?? {});
  }
  return {
    role: "assistant",
    content: content === "" ? null : content,
    refusal: null,
    ...(thought === "" ? {} : { reasoning_content: thought }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function addDetail(details: Fields[], detail: Fields): void {
  const last = details.at(-1);
  const goesOn = detail["type"] === "reasoning.text" && last?.["type"] === "reasoning.text" && last["index"] === detail["index"];
  if (last && goesOn) details[details.length - 1] = { ...last, ...detail, text: `${textOf(last["text"]) ?? ""}${textOf(detail["text"]) ?? ""}` };
  else details.push(detail);
}

function addCall(calls: { id: unknown; type: unknown; function: { name: unknown; arguments: string } }[], delta: Fields): void {
  const called = fieldsOf(delta["function"]) ?? {};
  const known = calls[Number(delta["index"])];
  const words = textOf(called["arguments"]) ?? "";
  if (known) known.function.arguments += words;
  else calls.push({ id: delta["id"], type: delta["type"], function: { name: called["name"], arguments: words } });
}
