/** What a model's name tells about which of Google's rules apply to it. */

/** The generation as a number (2.5, 3.1), or undefined for models that are no Gemini or do not tell. */
export function generationOf(model: string): number | undefined {
  const told = /gemini-(\d{1,3}(?:\.\d{1,2})?)(?=-|$)/.exec(model)?.[1];
  if (told !== undefined) return Number(told);
  // `gemini-flash-latest` and its like follow the newest generation.
  return /gemini-(?:flash|pro|flash-lite)-latest/.test(model) ? 3 : undefined;
}

export const isPro = (model: string): boolean => /-pro(?:-|$)/.test(model);
export const isFlashLite = (model: string): boolean => model.includes("-flash-lite");
/** Models that make pictures or sounds do not take the settings for thinking. */
export const makesMedia = (model: string): boolean => /-(?:image|tts|audio|live)(?:-|$)/.test(model);
