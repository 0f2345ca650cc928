/** The rules of a workload, and where each step writes: all that product and peers agree on. */

/** The rules of one domain, as rules.ts writes them. */
export interface DomainRules {
  readonly columns: readonly string[];
  readonly type: "int" | "float";
  readonly min: number;
  readonly max: number;
  readonly threshold: number;
  readonly how: "last" | "mean";
  readonly function: "sqrt_inv" | "log";
}

export interface Rules {
  readonly domains: Readonly<Record<string, DomainRules>>;
  readonly spike_window: number;
  /** Seconds of each window, by name. */
  readonly windows: Readonly<Record<string, number>>;
}

export const FOLDERS = {
  parse: "10_parsed",
  clean: "20_clean",
  resample: "25_resampled",
  transform: "30_transform",
  aggregate: "40_aggregated",
} as const;
export type Step = keyof typeof FOLDERS;
export const STEPS = Object.keys(FOLDERS) as readonly Step[];
/** Milliseconds that each step took. */
export type StepTimes = Readonly<Record<Step, number>>;
export const METRICS = ["mean", "std", "min", "max", "median"] as const;
