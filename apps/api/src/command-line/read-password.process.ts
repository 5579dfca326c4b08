/** Reads a new password: typed twice without being shown, or from a pipe. */
import type { ReadStream, WriteStream } from "node:tty";
import { CommandFailed } from "./admin-client.http.ts";

const ENTER = new Set(["\r", "\n", "\u0004"]);
const ERASE = new Set(["\u007f", "\b"]);
const INTERRUPT = "\u0003";

/** @throws CommandFailed when the two differ or the person gave up. */
export async function readPassword(input: ReadStream | (NodeJS.ReadStream & { isTTY?: false }), output: WriteStream | NodeJS.WriteStream): Promise<string> {
  if (!input.isTTY) return firstLine(input);
  const password = await typed(input, output, "New password: ");
  if ((await typed(input, output, "Once more:    ")) !== password) throw new CommandFailed("The two are not the same; nothing was changed.");
  return password;
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const piece of input) text += String(piece);
  return text.replace(/\r?\n[\s\S]*$/, "");
}

function typed(input: ReadStream, output: NodeJS.WritableStream, question: string): Promise<string> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding("utf8");
  input.resume();
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void): void => {
      input.off("data", take);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const take = (piece: string): void => {
      for (const character of piece) {
        if (character === INTERRUPT) return finish(() => reject(new CommandFailed("Given up; nothing was changed.")));
        if (ENTER.has(character)) return finish(() => resolve(text));
        text = ERASE.has(character) ? text.slice(0, -1) : text + character;
      }
    };
    input.on("data", take);
  });
}
