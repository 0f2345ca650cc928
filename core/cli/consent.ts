import { MyxError, UsageError } from "../contract/errors.ts";
import { describePermissions } from "../contract/granted.ts";
import { mergeParams } from "../contract/params.ts";
import { expandPermissions } from "../contract/placeholders.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { Candidate } from "../remote/candidate.ts";
import { cleanText } from "../sandbox/clean_text.ts";
import { describeParam } from "./describe.ts";
import { tell } from "./output.ts";
import { plural, WIDTH, wrap } from "./table.ts";

/** A line of a stranger's is cut behind so many characters. */
const LONGEST = 1000;
/** What somebody says of a treatment or flow is cut behind so many lines: what it asks for must stay in sight. */
const MOST_LINES = 300;

/** All that somebody should know before they let it in: what it is, what it asks for, what was left out. */
export function describeCandidate({ url, flow, treatments, notes }: Candidate): string {
  const commit = (flow ?? treatments[0])?.fetched.pin.commit;
  const parts = [url.url, ...(commit === undefined ? [] : [`commit ${commit}`])];
  if (flow) {
    const { flow: { description = "", dataset, steps }, pin: { permissions: { net, env } } } = flow.fetched;
    parts.push(
      "",
      `Flow ${flow.name}`,
      ...shorten(wrap(description, WIDTH).filter(Boolean).map((line) => `  ${line}`)),
      ...shorten(steps.map(({ treatment, input = "-", output }) => `  ${input} -> ${treatment} -> ${output}`)),
    );
    if (dataset !== undefined) parts.push(`They read and write in datasets/${dataset}, unless --dataset names another`);
    // Over several lines: what is cut off of one would not be seen.
    if (net.length > 0) parts.push(...wrap(`Its steps connect to: ${net.join(", ")}`, WIDTH));
    if (env.length > 0) parts.push(...wrap(`Its steps use the environment variables: ${env.join(", ")}`, WIDTH));
  }
  for (const { name, fetched: { treatment, pin } } of treatments) {
    parts.push("", `Treatment ${name} ${treatment.version}`);
    if (treatment.name !== name) parts.push(`  called "${treatment.name}" where it comes from`);
    parts.push(...shorten(wrap(treatment.description, WIDTH - 2).map((line) => `  ${line}`)));
    parts.push(
      ...shorten(Object.entries(treatment.params).flatMap(([param, spec]) => describeParam(param, spec, "  "))),
    );
    if (pin.npm) parts.push(...wrap(`  Packages: ${Object.keys(pin.npm.packages).join(", ")}`, WIDTH));
    parts.push(...permissionLines(treatment));
  }
  parts.push("", ...notes);
  return parts.map(asLine).join("\n");
}

/** A line with what strangers wrote in it: no part of it can pass for another line of ours. */
export function asLine(text: string): string {
  return cleanText(text, { limit: LONGEST });
}

function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  ... and ${plural(more, "more line")}`] : lines;
}

function permissionLines(treatment: Treatment): string[] {
  const asked = describePermissions(treatment.permissions);
  // Refuses what could never be granted, such as "*", before anybody is asked.
  const { net, env } = expandPermissions(treatment, mergeParams(treatment.params));
  if (asked.length === 0) return ["It asks for nothing: it reads its input and writes its output"];
  const lines = ["It reads its input, writes its output, and asks to:", ...asked.map((line) => `  ${line}`)];
  if (!asked.some((line) => line.includes("{"))) return lines;
  // Whom "{host}:{port}" means as long as nobody sets these params.
  const meant = [...net, ...env].join(", ") || "nothing";
  const where = `where {x} is the param x, set by the flow or the command line; by default: ${meant}`;
  return [...lines, ...wrap(where, WIDTH - 2).map((line) => `  ${line}`)];
}

/**
 * Asks on the terminal.
 *
 * @param yes Whether the command line has said so already.
 * @throws {MyxError} If the answer is no, or there is nobody to ask.
 */
export function askConsent(question: string, yes: boolean): void {
  if (yes) return;
  if (!Deno.stdin.isTerminal()) {
    throw new UsageError("Cannot ask for consent: this is no terminal", {
      fix: "Look at what it asks for (above) and, if you grant that, run the same command with --yes",
    });
  }
  tell(`${question} [y/N]`);
  const buffer = new Uint8Array(64);
  const count = Deno.stdin.readSync(buffer) ?? 0;
  const answer = new TextDecoder().decode(buffer.subarray(0, count)).trim().toLowerCase();
  if (answer !== "y" && answer !== "yes") throw new MyxError("Nothing was granted, and nothing was changed");
}
