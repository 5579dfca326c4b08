/** Puts a chat's tool-call deltas, which name their call by an index, into an order where one call comes after the other. */
import { fieldsOf, textOf, type Fields } from "../../../providers/openai-dialect/fields.ts";

export type ToolStep =
  | { readonly kind: "begin"; readonly id: string; readonly name: string }
  /** A piece of the arguments of the call that began last, as the model wrote it. */
  | { readonly kind: "arguments"; readonly json: string };

interface Call {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  arguments: string;
}

/**
 * Providers send one call after the other, and then every delta passes at once. Should one mix its calls, those behind wait
 * until the one in front is whole JSON, so that nothing is lost and no block is ever opened twice.
 */
export class ToolStreams {
  #front: Call | undefined;
  #waiting: Call[] = [];

  push(delta: Fields): readonly ToolStep[] {
    const index = typeof delta["index"] === "number" ? delta["index"] : (this.#front?.index ?? 0);
    const called = fieldsOf(delta["function"]);
    const piece = textOf(called?.["arguments"]) ?? "";
    if (this.#front?.index === index) {
      this.#front.arguments += piece;
      return [...(piece === "" ? [] : [{ kind: "arguments" as const, json: piece }]), ...this.#advance()];
    }
    const known = this.#waiting.find((one) => one.index === index);
    if (known) known.arguments += piece;
    else this.#waiting.push({ index, id: textOf(delta["id"]) ?? "", name: textOf(called?.["name"]) ?? "", arguments: piece });
    return this.#advance();
  }

  /** Nothing more comes to the calls so far: those that wait follow, whole or not. */
  end(): readonly ToolStep[] {
    const steps = this.#waiting.flatMap(told);
    this.#waiting = [];
    this.#front = undefined;
    return steps;
  }

  #advance(): readonly ToolStep[] {
    const steps: ToolStep[] = [];
    while (this.#waiting.length > 0 && (this.#front === undefined || isWhole(this.#front.arguments))) {
      this.#front = this.#waiting.shift();
      if (this.#front) steps.push(...told(this.#front));
    }
    return steps;
  }
}

const told = ({ id, name, arguments: json }: Call): ToolStep[] => [{ kind: "begin", id, name }, ...(json === "" ? [] : [{ kind: "arguments" as const, json }])];

/** Nothing at all counts as whole: that is how calls without arguments come. */
function isWhole(json: string): boolean {
  if (json === "") return true;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
