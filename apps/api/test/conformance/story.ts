/** What an answer says, whichever SDK read it and however it travelled: the form in which a recording and our answer are compared. */

export interface ToolStory {
  readonly name: string;
  /** The arguments as JSON, parsed, so that spacing does not matter. */
  readonly input: unknown;
}

export interface Story {
  readonly text: string;
  readonly reasoning: string;
  readonly tools: readonly ToolStory[];
  readonly finish: string | undefined;
  readonly usage: { readonly prompt: number; readonly cached: number; readonly completion: number } | undefined;
}

/** OpenAI's words for how an answer ends. */
export const FINISH: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
};

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return text;
  }
};

/** Collects what a stream says, piece by piece. */
export class StoryTeller {
  text = "";
  reasoning = "";
  finish: string | undefined;
  usage: Story["usage"];
  readonly #tools = new Map<string | number, { name: string; input: string }>();

  tool(at: string | number, piece: { name?: string | undefined; input?: string | undefined }): void {
    const tool = this.#tools.get(at) ?? { name: "", input: "" };
    tool.name += piece.name ?? "";
    tool.input += piece.input ?? "";
    this.#tools.set(at, tool);
  }

  get story(): Story {
    const { text, reasoning, finish, usage } = this;
    return { text, reasoning, tools: [...this.#tools.values()].map(({ name, input }) => ({ name, input: parsed(input) })), finish, usage };
  }
}
