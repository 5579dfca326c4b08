/** Reads a new password: typed twice without being shown, or from a pipe. */
import type { ReadStream, WriteStream } from "node:tty";
import { CommandFailed } from "./admin-client.http.ts";

const ENTER = new Set(["\r", "\n", "\u0004"]);
const ERASE = new Set(["\u007f", "\b"]);
const INTERRUPT = "\u0003";
const ERASE_ALL = "\u0015";
/** What keys like the arrows send; nothing of it belongs to a password. */
// eslint-disable-next-line no-control-regex -- it begins with one
const KEY_SEQUENCE = /\u001b(?:\[[0-9;]*[A-Za-z~]|.)?/gu;

/** @throws CommandFailed when the two differ or the person gave up. */
export async function readPassword(input: ReadStream | (NodeJS.ReadStream & { isTTY?: false }), output: WriteStream | NodeJS.WriteStream): Promise<string> {
  if (!input.isTTY) return firstLine(input);
  // Before the question and until after the last answer: what is typed in between must not be shown either.
  input.setRawMode(true);
  input.setEncoding("utf8");
  try {
    const password = await typed(input, output, "New password: ");
    if ((await typed(input, output, "Once more:    ")) !== password) throw new CommandFailed("The two are not the same; nothing was changed.");
    return password;
  } finally {
    input.setRawMode(false);
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const piece of input) text += String(piece);
  return text.replace(/\r?\n[\s\S]*$/, "");
}

function typed(input: ReadStream, output: NodeJS.WritableStream, question: string): Promise<string> {
  output.write(question);
  input.resume();
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void): void => {
      input.off("data", take);
      input.pause();
      output.write("\n");
      settle();
    };
    const take = (piece: string): void => {
      const characters = Array.from(piece.replace(KEY_SEQUENCE, ""));
      for (const [index, character] of characters.entries()) {
        if (character === INTERRUPT) return finish(() => reject(new CommandFailed("Given up; nothing was changed.")));
        if (ENTER.has(character)) {
          const rest = characters.slice(index + 1).join("");
          return finish(() => {
            // Pasted or typed ahead: it answers the next question. Given back only now, when nobody hears it.
            if (rest !== "") input.unshift(rest, "utf8");
            resolve(text);
          });
        }
        if (ERASE.has(character)) text = Array.from(text).slice(0, -1).join("");
        else if (character === ERASE_ALL) text = "";
        else if (character >= " ") text += character;
      }
    };
    input.on("data", take);
  });
}
