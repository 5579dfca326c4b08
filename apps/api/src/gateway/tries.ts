/** What is tried in one call, one after the other: targets, each with one of its provider's keys where there are several. */
import type { CatalogModel, ProviderKey, Target } from "@switchyard/shared/domain/catalog";
import { VERDICTS } from "../routing/failover.ts";
import { belonging } from "../routing/session-hash.ts";
import { atKey } from "../routing/standing.ts";
import type { LimitsOf } from "../limits/learned-limits.ts";
import type { ProviderFailure } from "../providers/provider.ts";
import type { GatewayPorts } from "./ports.ts";

export interface Try {
  readonly target: Target;
  /** Undefined where there is no choice. */
  readonly key: ProviderKey | undefined;
}

/** A call goes on to the next key of a provider so many times in all, beside the targets it may try. */
export const KEY_CHANGES_MAX = 8;

/** Whose limits a provider tells: of a model, or of a model at one of several keys. */
export const limitsOf = (model: CatalogModel, key: ProviderKey | undefined): LimitsOf => (key === undefined ? model.id : atKey(model, key.id));

type TryPorts = Pick<GatewayPorts, "health" | "turns" | "clock" | "learned">;

export interface TriesOf {
  readonly targets: readonly Target[];
  /** What belongs together, and stays at one key while that serves; undefined where keys take turns. */
  readonly session: string | undefined;
  /** Tokens of the prompt, as far as is known. */
  readonly promptTokens: number;
}

export class Tries {
  readonly #ports: TryPorts;
  readonly #of: TriesOf;
  readonly #left: Target[];
  #deferrals: number;
  #keyChanges = 0;
  /** Of each target the keys that were tried. */
  readonly #tried = new Map<Target, Set<ProviderKey>>();
  /** Those whose last try failed by its key alone. */
  readonly #again: Target[] = [];

  constructor(ports: TryPorts, of: TriesOf) {
    this.#ports = ports;
    this.#of = of;
    this.#left = [...of.targets];
    this.#deferrals = this.#left.length;
  }

  /** What may run beside one that is late: the next target, or else another key of the same provider, whose account may be quicker. */
  beside({ target }: Try): Try | undefined {
    return this.next() ?? this.#atAnotherKey(target);
  }

  /** The next one; what another call has found ill meanwhile, or is finding out about, comes last. */
  next(): Try | undefined {
    for (let target = this.#again.shift(); target; target = this.#again.shift()) {
      const other = this.#atAnotherKey(target);
      if (other) return other;
    }
    for (let target = this.#left.shift(); target; target = this.#left.shift()) {
      const isFree = this.#ports.health.claim(target.model, this.#ports.clock.now());
      if (isFree || this.#left.length === 0 || this.#deferrals === 0) return { target, key: this.#firstKey(target) };
      this.#deferrals--;
      this.#left.push(target);
    }
    return undefined;
  }

  /** A try failed: when that was its key's own failure, another key of the same provider comes next, if one may serve. */
  failed({ target, key }: Try, failure: ProviderFailure): void {
    if (key !== undefined && VERDICTS[failure.kind].ofKey === true) this.#again.push(target);
  }

  #atAnotherKey(target: Target): Try | undefined {
    const key = this.#keyChanges < KEY_CHANGES_MAX ? this.#choose(target) : undefined;
    if (!key) return undefined;
    this.#keyChanges++;
    return { target, key: this.#take(target, key) };
  }

  /** Where every key rests there is nothing better than the one that does so for the shortest time. */
  #firstKey(target: Target): ProviderKey | undefined {
    const { keys } = target.model.provider;
    if (keys === undefined) return undefined;
    return this.#take(target, this.#choose(target) ?? this.#soonest(target.model, keys));
  }

  #take(target: Target, key: ProviderKey): ProviderKey {
    const tried = this.#tried.get(target) ?? new Set();
    this.#tried.set(target, tried.add(key));
    this.#ports.health.claimKey(target.model, key.id, this.#ports.clock.now());
    return key;
  }

  /** Of the keys that were not tried and do not rest, the one whose turn it is; those about to refuse for their limits when no other is left. */
  #choose(target: Target): ProviderKey | undefined {
    const { model } = target;
    const { health, learned, clock, turns } = this.#ports;
    const now = clock.now();
    const tried = this.#tried.get(target);
    const open = (model.provider.keys ?? []).filter((key) => {
      if (tried?.has(key) === true) return false;
      const standing = health.standingOfKey(model, key.id, now);
      return standing.kind === "open" || (standing.kind === "half_open" && !standing.probed);
    });
    const roomy = open.filter((key) => learned.exhausted(limitsOf(model, key), this.#of.promptTokens, now) === undefined);
    const choice = roomy.length > 0 ? roomy : open;
    if (choice.length < 2) return choice[0];
    const { session } = this.#of;
    return session === undefined ? turns.takeKey(choice) : belongingTo(session, choice);
  }

  #soonest(model: CatalogModel, keys: readonly ProviderKey[]): ProviderKey {
    const now = this.#ports.clock.now();
    const freeAt = (key: ProviderKey): number => {
      const standing = this.#ports.health.standingOfKey(model, key.id, now);
      return standing.kind === "open" ? now : standing.rest.until;
    };
    return keys.reduce((one, other) => (freeAt(other) < freeAt(one) ? other : one));
  }
}

const belongingTo = (session: string, keys: readonly ProviderKey[]): ProviderKey =>
  keys.reduce((one, other) => (belonging(session, other.id, other.weight) > belonging(session, one.id, one.weight) ? other : one));
