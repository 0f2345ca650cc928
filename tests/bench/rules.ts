/** The rules of a workload: told to the peers as they are, and to the product as a flow. */
import { type DomainRules, METRICS, type Rules } from "./peers/rules.ts";

/** What may differ between workloads. */
export interface RuleChanges {
  readonly channels?: number;
  readonly bioSignal?: Partial<DomainRules>;
  readonly environment?: Partial<DomainRules>;
}

/** Rows of the centred rolling median; odd, so that no peer has to be asked where an even window lies. */
const SPIKE_WINDOW = 11;
const WINDOWS = { "10s": 10, "60s": 60, "5min": 300, "1h": 3600 };
/** The peers have this in their code: it is their shifts by one and two cells. */
const MAX_GAP_FILL_S = 2;

export function makeRules({ channels = 12, bioSignal = {}, environment = {} }: RuleChanges = {}): Rules {
  return {
    domains: {
      bio_signal: {
        columns: Array.from({ length: channels }, (_, i) => `m${i}`),
        type: "int",
        min: 0,
        max: 800,
        threshold: 100,
        how: "last",
        function: "sqrt_inv",
        ...bioSignal,
      },
      environment: {
        columns: ["outdoor_temp"],
        type: "float",
        min: -10,
        max: 50,
        threshold: 5,
        how: "mean",
        function: "log",
        ...environment,
      },
    },
    spike_window: SPIKE_WINDOW,
    windows: WINDOWS,
  };
}

/** The flow that does what the rules say. */
export function flowOf({ domains, spike_window, windows }: Rules, name: string): unknown {
  const each = (make: (rule: DomainRules, domain: string) => unknown) =>
    Object.fromEntries(Object.entries(domains).map(([domain, rule]) => [domain, make(rule, domain)]));
  const clean = each(({ min, max, threshold }) => ({
    min_value: min,
    max_value: max,
    spike_window,
    spike_threshold: threshold,
  }));
  const transforms = Object.entries(domains).map(([domain, rule]) => ({
    function: rule.function,
    target: { domain },
    mode: "add",
  }));
  const step = (treatment: string, input: string, output: string, params: unknown) => ({
    treatment,
    input,
    output,
    params,
  });
  return {
    name,
    dataset: name,
    description: "What the benchmark measures",
    steps: [
      step("parse", "00_raw", "10_parsed", {}),
      step("clean", "10_parsed", "20_clean", { domains: clean }),
      step("resample", "20_clean", "25_resampled", {
        freq: "1s",
        max_gap_fill_s: MAX_GAP_FILL_S,
        agg_method: each(({ how }) => how),
      }),
      step("transform", "25_resampled", "30_transform", { transforms }),
      step("aggregate", "30_transform", "40_aggregated", { windows: Object.keys(windows), metrics: METRICS }),
    ],
  };
}
