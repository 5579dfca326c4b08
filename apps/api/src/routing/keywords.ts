/** Failure keywords: words in an answer that mean it is none, as some providers say "model is overloaded" with status 200. */

/** Text that is held back to be judged, in characters; keywords further in are answers that speak about failures. */
export const JUDGED_CHARS = 256;

/** The first keyword found, without regard to case. */
export function failureKeywordIn(text: string, keywords: readonly string[]): string | undefined {
  if (keywords.length === 0) return undefined;
  const folded = text.toLowerCase();
  return keywords.find((keyword) => folded.includes(keyword.toLowerCase()));
}

/** The plain text in OpenAI chunk frames, for judging across their borders; of other wires the frames as they are. */
export function textOfFrames(frames: Buffer, operation: string): string {
  if (operation !== "chat") return frames.toString("utf8");
  let text = "";
  for (const line of frames.toString("utf8").split("\n")) {
    if (!line.startsWith("data: {")) continue;
    const chunk = JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: unknown } }[] };
    const content = chunk.choices?.[0]?.delta?.content;
    if (typeof content === "string") text += content;
  }
  return text;
}

/** The plain text of a whole answer; of other wires than chat the answer as it is. */
export function textOfReply(body: Record<string, unknown>, operation: string): string {
  if (operation !== "chat") return JSON.stringify(body);
  const choices = body["choices"] as { message?: { content?: unknown } }[] | undefined;
  const content = choices?.[0]?.message?.content;
  return typeof content === "string" ? content : "";
}
