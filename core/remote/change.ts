import { describePermissions } from "../contract/granted.ts";
import type { Pin, PinnedFlow, PinnedTreatment } from "../contract/lock_file.ts";

/** How an entry of the lock would change, one line each; none: it would not. */
export function describeChange(name: string, before: Pin | undefined, after: Pin | undefined): string[] {
  if (after === undefined) return [`${name}: is no longer part of it`];
  if (before === undefined) return [`${name}: is new`];
  const lines: string[] = [];
  if (before.commit !== after.commit) lines.push(`commit ${before.commit} -> ${after.commit}`);
  if (versionOf(before) !== versionOf(after)) lines.push(`version ${versionOf(before)} -> ${versionOf(after)}`);
  lines.push(...fileChanges(before.files, after.files));
  const [granted, asked] = [permissionsOf(before), permissionsOf(after)];
  lines.push(...minus(granted, asked).map((line) => `no longer asks to ${line}`));
  lines.push(...minus(asked, granted).map((line) => `ASKS FOR MORE: to ${line}`));
  const [had, has] = [packagesOf(before), packagesOf(after)];
  lines.push(
    ...minus(had, has).map((line) => `without package ${line}`),
    ...minus(has, had).map((line) => `with package ${line}`),
  );
  return lines.map((line) => `${name}: ${line}`);
}

function fileChanges(before: Pin["files"], after: Pin["files"]): string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.filter((path) => before[path] !== after[path]).map((path) => {
    const how = !Object.hasOwn(before, path) ? "new" : !Object.hasOwn(after, path) ? "gone" : "changed";
    return `${how} file ${path}`;
  });
}

function minus(all: readonly string[], others: readonly string[]): string[] {
  return all.filter((line) => !others.includes(line));
}

function versionOf(pin: Pin): string | undefined {
  return (pin as Partial<PinnedTreatment>).version;
}

function permissionsOf(pin: Pin): string[] {
  return describePermissions((pin as PinnedTreatment | PinnedFlow).permissions);
}

function packagesOf(pin: Pin): string[] {
  const { npm } = pin as Partial<PinnedTreatment>;
  return Object.entries(npm?.packages ?? {}).map(([id, { integrity }]) => `${id} ${integrity}`);
}
