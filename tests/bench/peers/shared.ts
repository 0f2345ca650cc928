/** What the peers in TypeScript share: arguments, names, timing, and the rare lines that need a closer look. */

import { FOLDERS, type Rules, type Step } from "./rules.ts";

export const [raw, out, rulesPath] = Deno.args as [string, string, string];
export const rules: Rules = JSON.parse(Deno.readTextFileSync(rulesPath));

for (const folder of Object.values(FOLDERS)) Deno.mkdirSync(`${out}/${folder}`, { recursive: true });

/** Paths of the raw files by source, both in order of name. */
export function sources(): [string, string[]][] {
  const files = [...Deno.readDirSync(raw)].map(({ name }) => name).sort();
  const bySource = Map.groupBy(files, (name) => /^(.*?)_\d{4}-\d\d-\d\d/.exec(name)![1]!);
  return [...bySource].map(([source, names]) => [source, names.map((name) => `${raw}/${name}`)]);
}

export function pathOf(step: Step, source: string, domain: string, day: string, window?: string): string {
  return `${out}/${FOLDERS[step]}/${source}__${domain}__${day}${window ? `__${window}` : ""}.parquet`;
}

/** The days that a step has written, in order. */
export function daysOf(step: Step, source: string, domain: string): string[] {
  const start = `${source}__${domain}__`;
  const names = [...Deno.readDirSync(`${out}/${FOLDERS[step]}`)].map(({ name }) => name);
  return names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length, -".parquet".length))
    .sort();
}

/** Runs the steps one after the other and returns the milliseconds of each. */
export async function timed(
  steps: Readonly<Record<Step, () => void | Promise<void>>>,
): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const [step, run] of Object.entries(steps)) {
    const start = performance.now();
    await run();
    times[step] = performance.now() - start;
  }
  return times;
}

/**
 * Reads the fields behind the stamp of a line that is not simply all keys in order: the values of each domain,
 * `undefined` for a domain of which the line has no key; nothing at all if the line is to be rejected.
 */
export function oddLine(fields: readonly string[]): Record<string, (number | null)[] | undefined> | undefined {
  if (fields.some((field) => field.includes("\ufffd"))) return undefined;
  const texts = new Map(fields.map((field) => {
    const at = field.includes(":") ? field.indexOf(":") : field.length;
    return [field.slice(0, at).trim(), field.slice(at + 1).trim()];
  }));
  return Object.fromEntries(
    Object.entries(rules.domains).map(([domain, { columns, type }]) => {
      const found = columns.some((name) => texts.has(name));
      return [domain, found ? columns.map((name) => numberOf(texts.get(name), type)) : undefined];
    }),
  );
}

function numberOf(text: string | undefined, type: "int" | "float"): number | null {
  const value = text ? Number(text) : NaN;
  return type === "int" ? Number.isInteger(value) ? value : null : Number.isFinite(value) ? value : null;
}
