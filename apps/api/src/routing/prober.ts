/** Asks providers whether they are there, where their operator wants it: for those who would know before a call fails. */
import type { CatalogProvider } from "@switchyard/shared/domain/catalog";
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ProviderId } from "@switchyard/shared/kernel/id";
import { toEpochMs, type Clock, type EpochMs } from "@switchyard/shared/kernel/time";
import type { HealthBook } from "./health.ts";

export interface ProberPorts {
  readonly providers: () => Iterable<CatalogProvider>;
  /** One question that costs nothing. @returns what is wrong, undefined when it is well; never rejects */
  readonly ask: (provider: CatalogProvider) => Promise<ProviderFailureKind | undefined>;
  readonly health: Pick<HealthBook, "restOfProvider" | "probed">;
  readonly clock: Clock;
}

interface Probe {
  nextAt: EpochMs;
  /** In a row. */
  failures: number;
  isUnderway: boolean;
}

/** While something is wrong it is asked so many times as often. */
const HASTE = 5;
const HASTE_MS_MIN = 1_000;

export class Prober {
  readonly #ports: ProberPorts;
  readonly #probes = new Map<ProviderId, Probe>();

  constructor(ports: ProberPorts) {
    this.#ports = ports;
  }

  /** To be called about every second: asks whoever is due. */
  async tick(): Promise<void> {
    const now = this.#ports.clock.now();
    const due: Promise<void>[] = [];
    const wanted = new Set<ProviderId>();
    for (const provider of this.#ports.providers()) {
      if (provider.probeSeconds === undefined || !provider.enabled) continue;
      wanted.add(provider.id);
      const probe = this.#probes.get(provider.id) ?? { nextAt: now, failures: 0, isUnderway: false };
      this.#probes.set(provider.id, probe);
      if (now >= probe.nextAt && !probe.isUnderway) due.push(this.#probe(provider, provider.probeSeconds * 1_000, probe));
    }
    for (const id of this.#probes.keys()) if (!wanted.has(id)) this.#probes.delete(id);
    await Promise.all(due);
  }

  async #probe(provider: CatalogProvider, everyMs: number, probe: Probe): Promise<void> {
    probe.isUnderway = true;
    const failure = await this.#ports.ask(provider);
    probe.isUnderway = false;
    const now = this.#ports.clock.now();
    probe.failures = failure === undefined ? 0 : probe.failures + 1;
    const hasteMs = Math.max(HASTE_MS_MIN, everyMs / HASTE);
    const isWell = failure === undefined && this.#ports.health.restOfProvider(provider.id) === undefined;
    probe.nextAt = toEpochMs(now + (isWell ? everyMs : hasteMs));
    // Refused credentials need no second opinion.
    if (failure === undefined) this.#ports.health.probed(provider.id, undefined, now);
    else if (failure === "bad_credentials" || probe.failures >= provider.probeFailures)
      this.#ports.health.probed(provider.id, { reason: failure, until: toEpochMs(now + Math.max(everyMs, 2 * hasteMs)) }, now);
  }
}

/**
 * What an answer to such a question means: whoever answers at all is there, and a busy one is none that is ill.
 * @param severalKeys then one that is refused says nothing of the others: calls find out which of them rest
 */
export function failureOfStatus(status: number, { severalKeys = false } = {}): ProviderFailureKind | undefined {
  if (status === 401 || status === 403) return severalKeys ? undefined : "bad_credentials";
  return status >= 500 && status !== 501 ? "unavailable" : undefined;
}
