import type { Params } from "myx";

/** What clean does to the values of one domain. */
export interface Rules {
  /** Least and greatest valid value, both inclusive. */
  readonly min: number;
  readonly max: number;
  /** Absent where spikes are left alone. */
  readonly spikes?: SpikeRule;
}

/** A value further than `threshold` from the median of the `window` rows around it is a spike. */
export interface SpikeRule {
  readonly window: number;
  readonly threshold: number;
}

/**
 * The rules of `domain`, or `undefined` where the params name none and the domain passes through.
 *
 * @throws {TypeError} If the rules contradict each other.
 */
export function rulesOf(params: Params, domain: string | undefined): Rules | undefined {
  const domains: Record<string, Record<string, number | null>> = params.domains;
  const given = domain !== undefined && Object.hasOwn(domains, domain) ? domains[domain] : undefined;
  if (!given) return undefined;
  const min = given.min_value ?? -Infinity;
  const max = given.max_value ?? Infinity;
  if (min > max) {
    throw new TypeError(`Cannot clean domain "${domain}": min_value ${min} is above max_value ${max}`);
  }
  const threshold = given.spike_threshold ?? undefined;
  if (threshold === undefined) return { min, max };
  const window = given.spike_window ?? undefined;
  if (window === undefined) {
    throw new TypeError(
      `Cannot look for spikes in domain "${domain}": spike_threshold needs a spike_window; give one in rows, or set ` +
        `spike_threshold to null`,
    );
  }
  return { min, max, spikes: { window, threshold } };
}
