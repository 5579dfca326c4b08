/** Asks the running program through its operators' routes, and turns whatever goes wrong into a sentence. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the program is, and the operator key that opens it. */
export interface Place {
  readonly url: string;
  readonly key: string;
}

/** Why a command could not be carried out, in words for the person who gave it. */
export class CommandFailed extends Error {}

interface Wanted {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly dataDir: string;
}

const TIMEOUT_MS = 60_000;

/** @throws CommandFailed when nothing says where the program is or by which key. */
export function findProgram({ url, key, dataDir }: Wanted): Place {
  if (url !== undefined && !URL.canParse(url)) throw new CommandFailed(`SWITCHYARD_URL: ${url} is not a URL; it looks like http://127.0.0.1:4100`);
  const path = join(dataDir, "command-line.json");
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { url?: string; key?: string }) : undefined;
  if (url === undefined && kept?.url === undefined) {
    throw new CommandFailed(
      `No program is known: there is no ${path}. Start it first ('pnpm start'), or say where it is with SWITCHYARD_URL and SWITCHYARD_KEY.`,
    );
  }
  // The key of this machine's program is for nobody else.
  const found = key ?? (url === undefined || url === kept?.url ? kept?.key : undefined);
  if (found === undefined) throw new CommandFailed("No operator key is known. Give one with SWITCHYARD_KEY (an entry of operatorKeys in the configuration).");
  return { url: (url ?? kept?.url ?? "").replace(/\/+$/, ""), key: found };
}

/** @returns the parsed answer. @throws CommandFailed when the program cannot be reached or refuses. */
export async function askProgram(place: Place, path: string, body?: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${place.url}${path}`, {
      headers: { authorization: `Bearer ${place.key}`, accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error", // the key goes to this address only
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  } catch (cause) {
    const code = (cause as { cause?: { code?: string } }).cause?.code;
    throw new CommandFailed(
      code === "ECONNREFUSED"
        ? `The program is not running at ${place.url}. Start it with 'pnpm start'.`
        : `The program at ${place.url} cannot be reached (${code ?? String(cause)}).`,
      { cause },
    );
  }
  const answer = parsed(await response.text());
  if (response.ok && answer !== undefined) return answer;
  const words = (answer as { error?: { message?: unknown } } | undefined)?.error?.message;
  if (response.status === 401) throw new CommandFailed(`The program at ${place.url} does not know this operator key. Give a valid one with SWITCHYARD_KEY.`);
  throw new CommandFailed(
    typeof words === "string" ? words : `${place.url} answered with ${response.status}, which is not how Switchyard answers. Is SWITCHYARD_URL right?`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // some other server: told by its status
  }
}
