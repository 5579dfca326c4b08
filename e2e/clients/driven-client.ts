/** What the script must know of a client to drive it without a terminal: one file a client, listed in `main.process.ts`. */

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

export interface DrivenClient {
  readonly name: string;
  /** From npm, exact; its install scripts are not run. */
  readonly package: { readonly name: string; readonly version: string };
  /** The program within the folder it was installed to. */
  binary(folder: string): string;
  /** How it is told to answer one prompt and end. */
  command(binary: string, door: Door, prompt: string, home: string): Command;
  /** Files it wants in its home, by path. */
  files?(door: Door): Readonly<Record<string, string>>;
  /** A call of one of its own tools that prints `TOOL_SAYS`. */
  readonly toolCall: { readonly name: string; readonly arguments: string };
  /** How often it asks in each scene; a new version that asks more often costs its user more. */
  readonly requests: Readonly<Record<SceneName, { readonly min: number; readonly max: number }>>;
}

export const SCENES = ["plain", "tool", "broke", "limited", "cut"] as const;
export type SceneName = (typeof SCENES)[number];

/** What the tool call of a scene prints, and what its result must bring to the model. */
export const TOOL_SAYS = "tool-ran-here";
