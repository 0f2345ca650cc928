/** Where a file came from, as written into its metadata. Equal inputs give equal provenance: no run id, no clock. */
export interface Provenance {
  readonly treatment: string;
  readonly treatment_version: string;
  /** SHA-256 over the effective params, bounds left out. */
  readonly params: string;
  /** SHA-256 of each input file by name; absent for treatments that read raw files, where the split must not show. */
  readonly inputs?: Readonly<Record<string, string>>;
}

let current: Provenance | undefined;

/** Sets what `writeParquet` records. A child process handles one call at a time, so one value is enough. */
export function setProvenance(provenance: Provenance | undefined): void {
  current = provenance;
}

/** Returns the provenance of the call that is running. */
export function provenance(): Provenance | undefined {
  return current;
}
