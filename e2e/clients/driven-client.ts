/** What the script must know of a client to drive it without a terminal: one file a client, listed in `main.process.ts`. */
import type { Script } from "@switchyard/testkit/fake-script";

/** Where a client finds the gateway, and as whom. */
export interface Door {
  /** Without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Besides PATH and a HOME of its own: nothing of the developer's own set-up takes part. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Turn {
  readonly prompt: string;
  /** It goes on with the conversation of the turn before. */
  readonly continues: boolean;
}

export interface DrivenClient {
  readonly name: string;
  /** From npm, exact; its install scripts are not run. */
  readonly package: { readonly name: string; readonly version: string };
  /** The program within the folder it was installed to. */
  binary(folder: string): string;
  /** How it is told to answer one prompt and end. */
  command(binary: string, door: Door, turn: Turn): Command;
  /** Files it wants in its home, by path. */
  files?(door: Door): Readonly<Record<string, string>>;
  /** A call of one of its own tools that prints `TOOL_SAYS`. */
  readonly toolCall: { readonly name: string; readonly arguments: string };
  /** How often it asks in each scene; a new version that asks more often costs its user more. */
  readonly requests: Readonly<Record<CommonScene, RequestCount>>;
  /** What comes of a common scene where this client goes a way of its own. */
  readonly otherwise?: Partial<Record<CommonScene, Partial<Pick<Scene, "says" | "succeeds" | "statuses">>>>;
  /** What only this client does. */
  readonly ownScenes?: readonly (Scene & { readonly requests: RequestCount })[];
}

export interface RequestCount {
  readonly min: number;
  readonly max: number;
}

export type CommonScene = "plain" | "tool" | "broke" | "limited" | "cut";

/** What a client lives through, and what must come of it. */
export interface Scene {
  readonly name: string;
  readonly key: "rich" | "broke" | "limited";
  /** One turn each, in one conversation. */
  readonly prompts: readonly string[];
  /** The provider's answers; further ones say `ANSWER`, too. */
  readonly scripts: (client: DrivenClient) => readonly Script[];
  /** The key's only request of its window is spent just before. */
  readonly spendsLimit: boolean;
  /** Words that the client has to say in the end. */
  readonly says: RegExp;
  readonly succeeds: boolean;
  /** What the provider must have been told in some request. */
  readonly tells?: string;
  /** Statuses that the client must have seen. */
  readonly statuses: readonly number[];
  /** Whether something must have been charged, or nothing. */
  readonly charges: boolean;
}

/** What the tool call of a scene prints, and what its result must bring to the model. */
export const TOOL_SAYS = "tool-ran-here";
export const ANSWER = "The points are set and the line is clear.";
export const PROMPT = "Say whether the line is clear.";
