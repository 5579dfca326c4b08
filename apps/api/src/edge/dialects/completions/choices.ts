/** Says the choices of a chat as those of a completion, whole and in pieces. */
type Fields = Record<string, unknown>;

/** Where the choices of one prompt stand among those of all prompts. */
export interface Place {
  /** Added to the index of each choice. */
  readonly offset: number;
  /** What stands before the text of each choice: the prompt, where an echo was asked for. */
  readonly echo: string;
}

export interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** `tool_calls` cannot come, and a refusal is what the model said. */
const reasonOf = (reason: unknown): string | null =>
  reason === null || reason === undefined ? null : reason === "length" || reason === "content_filter" ? reason : "stop";

/** The choices of a whole chat answer. */
export const choicesOfChat = (body: Fields, { offset, echo }: Place): readonly Fields[] =>
  listOf(body["choices"]).map((choice) => {
    const message = (choice["message"] ?? {}) as Fields;
    const text = textOf(message["content"]) || textOf(message["refusal"]);
    return {
      text: echo + text,
      index: Number(choice["index"] ?? 0) + offset,
      logprobs: logprobsOf(choice["logprobs"], echo.length),
      finish_reason: reasonOf(choice["finish_reason"]),
    };
  });

/** The choices of a whole answer in this wire, moved to their place. */
export const placedChoices = (body: Fields, { offset }: Place): readonly Fields[] =>
  listOf(body["choices"]).map((choice) => ({ ...choice, index: Number(choice["index"] ?? 0) + offset }));

/** Tells the chunks of a chat as pieces of a completion. */
export class CompletionStream {
  readonly #head: Head;
  readonly #place: Place;
  /** Characters that each choice has so far; a choice that is not here has not begun. */
  readonly #lengths = new Map<number, number>();

  constructor(head: Head, place: Place) {
    this.#head = head;
    this.#place = place;
  }

  /** @param frames whole frames of chat chunks */
  push(frames: Buffer): string {
    let told = "";
    for (const line of frames.toString("utf8").split("\n")) {
      if (!line.startsWith("data: {")) continue;
      for (const choice of listOf((JSON.parse(line.slice(6)) as Fields)["choices"])) told += this.#piece(choice);
    }
    return told;
  }

  #piece(choice: Fields): string {
    const delta = (choice["delta"] ?? {}) as Fields;
    const index = Number(choice["index"] ?? 0);
    const said = textOf(delta["content"]) + textOf(delta["refusal"]);
    const before = this.#lengths.get(index);
    const text = (before === undefined ? this.#place.echo : "") + said;
    const reason = reasonOf(choice["finish_reason"]);
    if (text === "" && reason === null) return "";
    const length = before ?? this.#place.echo.length;
    this.#lengths.set(index, length + said.length);
    return frameOf(this.#head, [{ text, index: index + this.#place.offset, logprobs: logprobsOf(choice["logprobs"], length), finish_reason: reason }]);
  }
}

/** Moves the pieces of a stream in this wire to their place among those of other prompts. */
export function placedFrames(frames: Buffer, head: Head, place: Place): string {
  let told = "";
  for (const line of frames.toString("utf8").split("\n")) {
    if (!line.startsWith("data: {")) continue;
    told += `data: ${JSON.stringify({ ...(JSON.parse(line.slice(6)) as Fields), choices: placedChoices(JSON.parse(line.slice(6)) as Fields, place), id: head.id })}\n\n`;
  }
  return told;
}

export const frameOf = (head: Head, choices: readonly Fields[], more: Fields = {}): string =>
  `data: ${JSON.stringify({ id: head.id, object: "text_completion", created: head.created, model: head.model, choices, ...more })}\n\n`;

/** The old shape: four lists side by side. @param from where the first token's text begins in the choice's text */
function logprobsOf(logprobs: unknown, from: number): Fields | null {
  const { content } = (logprobs ?? {}) as { content?: unknown };
  if (!Array.isArray(content)) return null;
  let offset = from;
  const told = { tokens: [] as string[], token_logprobs: [] as number[], top_logprobs: [] as Record<string, number>[], text_offset: [] as number[] };
  for (const { token, logprob, top_logprobs: top } of content as { token: string; logprob: number; top_logprobs?: { token: string; logprob: number }[] }[]) {
    told.tokens.push(token);
    told.token_logprobs.push(logprob);
    told.top_logprobs.push(Object.fromEntries((top ?? []).map((one) => [one.token, one.logprob])));
    told.text_offset.push(offset);
    offset += token.length;
  }
  return told;
}
