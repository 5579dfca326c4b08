/** Puts together a call's arguments that come value by value, each with the path where it belongs (Vertex streams them so). */
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";

/** A path longer, or a list further out, than any that is meant. */
const STEPS_MAX = 64;
const INDEX_MAX = 10_000;

type Container = Map<string, Value> | Value[];
type Value = Container | string | number | boolean | null;

export class StreamedArguments {
  readonly #root: Map<string, Value> = new Map();

  /** Adds one of `partialArgs`: texts at the same path are pieces of one. What has no sensible path is left out. */
  add(partial: unknown): void {
    const fields = fieldsOf(partial);
    const steps = stepsOf(textOf(fields?.["jsonPath"]) ?? "");
    if (fields === undefined || steps === undefined) return;
    const value = valueOf(fields);
    if (value === undefined) return;
    let at: Container = this.#root;
    for (const [position, step] of steps.entries()) {
      const next = steps[position + 1];
      if (next === undefined) return put(at, step, joined(get(at, step), value));
      const inner = get(at, step);
      const container: Container =
        isContainer(inner) && Array.isArray(inner) === (typeof next === "number") ? inner : typeof next === "number" ? [] : new Map();
      put(at, step, container);
      at = container;
    }
  }

  toJson(): string {
    return JSON.stringify(plain(this.#root));
  }
}

function valueOf(fields: Fields): Value | undefined {
  const { stringValue, numberValue, boolValue } = fields;
  if (typeof stringValue === "string") return stringValue;
  if (typeof numberValue === "number" && Number.isFinite(numberValue)) return numberValue;
  if (typeof boolValue === "boolean") return boolValue;
  return "nullValue" in fields ? null : undefined;
}

const joined = (before: Value | undefined, value: Value): Value => (typeof before === "string" && typeof value === "string" ? before + value : value);

const isContainer = (value: Value | undefined): value is Container => value instanceof Map || Array.isArray(value);

function get(container: Container, step: string | number): Value | undefined {
  return Array.isArray(container) ? container[Number(step)] : container.get(String(step));
}

function put(container: Container, step: string | number, value: Value): void {
  if (Array.isArray(container)) container[Number(step)] = value;
  else container.set(String(step), value);
}

/** `$.recipe.steps[0]['odd name']` as its steps. @returns undefined when it is no such path. */
function stepsOf(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  const step = /\.([^.[\]]+)|\[(\d{1,6})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (!match || steps.length >= STEPS_MAX) return undefined;
    const [, name, index, single, double] = match;
    if (index !== undefined && Number(index) > INDEX_MAX) return undefined;
    steps.push(index === undefined ? (name ?? single ?? double ?? "") : Number(index));
  }
  return steps.length === 0 ? undefined : steps;
}

/** Maps become objects whose names cannot reach a prototype; holes of a list become null. */
function plain(value: Value): unknown {
  if (value instanceof Map) {
    const made = Object.create(null) as Record<string, unknown>;
    for (const [name, inner] of value) made[name] = plain(inner);
    return made;
  }
  return Array.isArray(value) ? listOf(Array.from(value, (inner) => plain(inner ?? null))) : value;
}
