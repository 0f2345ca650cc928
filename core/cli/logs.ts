import { join } from "node:path";
import type { ExitCode } from "../contract/errors.ts";
import { openProject } from "../contract/project.ts";
import { LOG_NAME, type LogEntry, OLD_LOG_NAME } from "../engine/log.ts";
import { cleanText } from "../sandbox/clean_text.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { print, printData, tell } from "./output.ts";
import { formatCount, formatSpan, formatTable } from "./table.ts";

/** Characters of the widest column: one long file name must not push all other lines off the screen. */
const WIDEST = 50;

/** An entry as it stands in the log. */
export type StampedEntry = LogEntry & { readonly ts: string };

/** Which entries to show. */
export interface LogChoice {
  readonly run?: string | undefined;
  readonly errors: boolean;
  /** Only so many, from the end. */
  readonly last: number;
}

/** `logs`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const { dir } = openProject(projectDir(line));
  const { run, last } = line.values;
  const choice: LogChoice = {
    run,
    errors: line.on.has("errors"),
    last: last !== undefined ? Number(last) : run !== undefined ? Infinity : 50,
  };
  const logs = (await Promise.all([OLD_LOG_NAME, LOG_NAME].map((name) => openIfThere(join(dir, name))))).flat();
  if (logs.length === 0) {
    tell(`There is no log yet: nothing has run in "${dir}"`);
    return 0;
  }
  const lines = await chooseLines(logs, choice);
  if (lines.length === 0) tell("No entry matches");
  else if (line.on.has("json")) printData(lines.join("\n"));
  else print(formatEntries(lines.map((text) => JSON.parse(text))));
  return 0;
}

async function openIfThere(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>[]> {
  try {
    return [(await Deno.open(path)).readable];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
}

/** Reads logs as streams, the older first, so that they take no memory; lines cut short by a crash are skipped. */
export async function chooseLines(
  logs: readonly ReadableStream<Uint8Array<ArrayBuffer>>[],
  choice: LogChoice,
): Promise<string[]> {
  const chosen: string[] = [];
  const take = (text: string) => {
    if (!matches(text, choice)) return;
    chosen.push(text);
    if (chosen.length > 2 * choice.last) chosen.splice(0, chosen.length - choice.last);
  };
  for (const log of logs) {
    let rest = "";
    for await (const chunk of log.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      lines.forEach(take);
    }
    take(rest);
  }
  return chosen.slice(-choice.last);
}

function matches(text: string, { run, errors }: LogChoice): boolean {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isEntry(entry)) return false;
  return (run === undefined || entry.run_id === run) && (!errors || entry.status === "error");
}

/** Whether it has what is shown of every entry; a value of another kind in the rest would not be shown as one, either. */
function isEntry(value: unknown): value is StampedEntry {
  if (typeof value !== "object" || value === null) return false;
  const { ts, run_id, flow, status, reason, error } = value as Record<string, unknown>;
  return [ts, run_id, flow, status, reason ?? "", error ?? ""].every((text) => typeof text === "string");
}

/** Entries for people, a line each and a further one for an error's text. */
export function formatEntries(entries: readonly StampedEntry[]): string {
  const table = formatTable(
    entries.map((entry) => [
      entry.ts.slice(0, 19).replace("T", " "),
      entry.run_id,
      entry.status,
      entry.flow,
      // A raw file may be called as nobody should be, with a line end in its name.
      cleanText([entry.step, entry.partition].filter(Boolean).join(" "), { limit: Infinity }),
      [
        ...(entry.duration_ms === undefined ? [] : [formatSpan(entry.duration_ms)]),
        ...(entry.rows_out === undefined ? [] : [`${formatCount(entry.rows_out)} rows`]),
        ...(entry.rejects ? [`${formatCount(entry.rejects)} rejects`] : []),
        ...(entry.reason === undefined ? [] : [cleanText(entry.reason, { limit: Infinity })]),
      ].join(", "),
    ]),
    [],
    WIDEST,
  );
  return table.split("\n").flatMap((line, i) => {
    const { error } = entries[i]!;
    if (error === undefined) return [line];
    return [line, `    ${cleanText(error, { limit: Infinity, lines: true }).replaceAll("\n", "\n    ")}`];
  }).join("\n");
}
