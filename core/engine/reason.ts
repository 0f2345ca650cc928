import type { UnitRecord } from "./ledger.ts";
import type { StepState } from "./workspace.ts";

/** What a partition reads, as the ledger keeps it: content hashes by file name, and bounds as far as they cut in. */
export interface UnitInputs {
  readonly own: Readonly<Record<string, string>>;
  readonly halo: Readonly<Record<string, string>>;
  readonly bounds: Readonly<Record<string, string>>;
}

/**
 * Says in words for people how a partition differs from its record, or `undefined` if it does not. Of `state` it asks only
 * what it needs: a hash is made when it is asked for.
 */
export function describeChange(
  record: UnitRecord | undefined,
  state: Pick<StepState, "code" | "params">,
  inputs: string,
): string | undefined {
  if (!record) return "new";
  if (record.code !== state.code) return describeCode(record.code, state.code);
  if (record.params !== state.params) return "changed params";
  if (record.inputs === inputs) return undefined;
  const before: UnitInputs = JSON.parse(record.inputs);
  const after: UnitInputs = JSON.parse(inputs);
  for (const name in after.own) {
    if (!(name in before.own)) return `new input ${name}`;
    if (before.own[name] !== after.own[name]) return `changed input ${name}`;
  }
  for (const name in before.own) if (!(name in after.own)) return `vanished input ${name}`;
  for (const name in { ...before.halo, ...after.halo }) {
    if (before.halo[name] !== after.halo[name]) return `changed halo ${name}`;
  }
  return "changed bounds";
}

function describeCode(before: string, after: string): string {
  const [format, version] = before.split(":");
  const [newFormat, newVersion] = after.split(":");
  if (format !== newFormat) return "new format version";
  return version === newVersion ? "changed treatment code" : `changed treatment version ${version} -> ${newVersion}`;
}
