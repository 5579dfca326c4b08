/** Puts Google's function calls together where their arguments came in pieces (`partialArgs`), which its SDK hands on as they are. */

type Fields = Readonly<Record<string, unknown>>;

interface Call {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

export class GoogleCalls {
  readonly calls: Call[] = [];

  add(call: Fields): void {
    if (typeof call["name"] === "string" && call["name"] !== "") this.calls.push({ name: call["name"], input: { ...(call["args"] as Fields | undefined) } });
    const open = this.calls.at(-1);
    const pieces = Array.isArray(call["partialArgs"]) ? (call["partialArgs"] as Fields[]) : [];
    if (open) for (const piece of pieces) put(open.input, stepsOf(String(piece["jsonPath"])), piece);
  }
}

/** `$.recipe.ingredients[0].name` as its steps. */
const stepsOf = (path: string): readonly (string | number)[] =>
  [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, name, place]) => (place === undefined ? (name ?? "") : Number(place)));

function put(into: Record<string | number, unknown>, [step = "", ...rest]: readonly (string | number)[], piece: Fields): void {
  if (rest.length > 0) {
    into[step] ??= typeof rest[0] === "number" ? [] : {};
    put(into[step] as Record<string | number, unknown>, rest, piece);
    return;
  }
  const { stringValue, numberValue, boolValue } = piece;
  const value = stringValue ?? numberValue ?? boolValue ?? null;
  const before = into[step];
  into[step] = typeof value === "string" && typeof before === "string" ? before + value : value;
}
