/** The configuration of the tests of vectors, verdicts, pictures and sound: the models that the fakes play, each with a price that can be reckoned by hand. */
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { testConfig } from "./gateway-harness.process.ts";

const free = { inputPerMillion: "0", outputPerMillion: "0" };

/** Dollars: a thousand nano-dollars a token of text in, and so on in round figures. */
export const MEDIA_MODELS = [
  { id: "text-embedding-3-small", price: { inputPerMillion: "1", outputPerMillion: "0" } },
  { id: "omni-moderation-latest", price: free },
  { id: "gpt-image-1", price: { inputPerMillion: "5", imageInputPerMillion: "10", outputPerMillion: "40" } },
  { id: "dall-e-2", price: { ...free, perImage: "0.02" } },
  { id: "gpt-4o-mini-tts", price: { inputPerMillion: "1", outputPerMillion: "0", audioOutputPerMillion: "12" } },
  { id: "tts-1", price: { ...free, perMillionCharacters: "15" } },
  { id: "whisper-1", price: { ...free, perAudioHour: "0.36" } },
  { id: "gpt-4o-transcribe", price: { inputPerMillion: "2", audioInputPerMillion: "6", outputPerMillion: "10" } },
];

export function mediaConfig(main: FakeProvider, spare: FakeProvider, claude: FakeProvider): Record<string, unknown> {
  const config = testConfig(main, spare, claude) as { providers: { name: string; kind: string; models: unknown[] }[]; groups: unknown[] };
  const of = (name: string) => config.providers.find((one) => one.name === name);
  of("main")?.models.push(...MEDIA_MODELS);
  of("spare")?.models.push(
    { id: "embed-floats-only", price: { inputPerMillion: "3", outputPerMillion: "0" } },
    { id: "rerank-1", price: { inputPerMillion: "2", outputPerMillion: "0" } },
    { id: "whisper-large", price: { ...free, perAudioHour: "0.72" } },
    { id: "kokoro", price: { ...free, perMillionCharacters: "10" } },
  );
  config.providers.push({ name: "sandbox", kind: "sandbox", models: [{ id: "sandbox-1", price: { inputPerMillion: "1", outputPerMillion: "1" } }] });
  const group = (name: string, ...targets: (readonly [provider: string, model: string])[]) => ({
    name,
    targets: targets.map(([provider, model], index) => ({ provider, model, priority: index + 1 })),
  });
  config.groups.push(
    group("vectors", ["claude", "claude-sonnet-4-5"], ["main", "text-embedding-3-small"], ["spare", "embed-floats-only"]),
    group("ears", ["main", "whisper-1"], ["spare", "whisper-large"]),
    group("voices", ["main", "tts-1"], ["spare", "kokoro"]),
    group("only-claude", ["claude", "claude-sonnet-4-5"]),
  );
  return config;
}
