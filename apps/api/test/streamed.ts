/** Reads an answer's stream piece by piece, as a client that wants to look in between. */

export interface Streamed {
  /** Resolves when the text so far fits. @throws when the stream ends before that */
  until(fits: (text: string) => boolean): Promise<string>;
  /** Everything, once the server has ended it; rejects when the connection broke. */
  whole(): Promise<string>;
  /** What has come so far. */
  readonly text: string;
}

export function streamed(response: Response): Streamed {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error("the answer has no body");
  let text = "";
  const next = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += value ?? "";
    return !done;
  };
  return {
    get text() {
      return text;
    },
    async until(fits) {
      while (!fits(text)) if (!(await next())) throw new Error(`the stream ended with ${text.slice(-300)}`);
      return text;
    },
    async whole() {
      while (await next());
      return text;
    },
  };
}

/** The data of its frames, in order. */
export const framesIn = (text: string): string[] =>
  text
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => frame.slice("data: ".length));

/** The content of all frames, joined. */
export const contentIn = (text: string): string =>
  framesIn(text)
    .filter((frame) => frame.startsWith("{"))
    .map((frame) => (JSON.parse(frame) as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? "")
    .join("");
