/**
 * What a child says is a claim: it runs a stranger's code in the very process that speaks. Each message is rebuilt from
 * the parts that are of the right type, finite, printable and not too many.
 */
import { cleanText } from "./clean_text.ts";
import { guarded } from "./guards.ts";
import type { Message, Said, SaidOfFile } from "./protocol.ts";

const METRICS = 10_000;
const WARNINGS = 100;
const FILES = 1000;
/** Outputs that one file may claim: a file of many years has some thousand days. */
const NAMES = 100_000;
const NAME_LENGTH = 200;
const WARNING_LENGTH = 1000;
const ERROR_LENGTH = 10_000;

/** Names that would stand for something else in the run's report. */
const RESERVED = new Set(["file", "__proto__"]);

/** Reads one message; `undefined` if it is none. */
export function readMessage(text: string): Message | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null) return undefined;
  if (!guarded("claims")) return said as Message;
  const { type, ...rest } = said as Record<string, unknown>;
  switch (type) {
    case "ready":
      return { type };
    case "progress":
      return isCount(rest.done) && isCount(rest.total) ? { type, done: rest.done, total: rest.total } : undefined;
    case "done":
      return { type, ...readReport(rest), ...(isRecord(rest.files) ? { files: readFiles(rest.files) } : {}) };
    case "error":
      return {
        type,
        message: clean(rest.message, ERROR_LENGTH, true) || "It failed without saying why",
        ...(rest.stack === undefined ? {} : { stack: clean(rest.stack, ERROR_LENGTH, true) }),
      };
    default:
      return undefined;
  }
}

function readFiles(said: Readonly<Record<string, unknown>>): Record<string, SaidOfFile> {
  const files: [string, SaidOfFile][] = [];
  for (const [name, file] of Object.entries(said)) {
    if (!isRecord(file) || files.length === FILES) continue;
    const wrote = Array.isArray(file.wrote) ? file.wrote.slice(0, NAMES).map((name) => clean(name, NAME_LENGTH)) : [];
    const { metrics, warnings } = readReport(file);
    files.push([name, { metrics, warnings, wrote }]);
  }
  return Object.fromEntries(files);
}

function readReport(said: Readonly<Record<string, unknown>>): Said {
  const metrics: Record<string, number> = {};
  let counters = 0;
  for (const [name, value] of isRecord(said.metrics) ? Object.entries(said.metrics) : []) {
    if (typeof value !== "number" || !Number.isFinite(value) || RESERVED.has(name)) continue;
    if (++counters <= METRICS) metrics[clean(name, NAME_LENGTH)] = value;
  }
  const texts = Array.isArray(said.warnings) ? said.warnings : [];
  const warnings = texts.slice(0, WARNINGS).map((text) => clean(text, WARNING_LENGTH));
  if (counters > METRICS) warnings.push(`${counters - METRICS} more metrics are left out`);
  if (texts.length > WARNINGS) warnings.push(`${texts.length - WARNINGS} more warnings are left out`);
  return { metrics, warnings };
}

function clean(said: unknown, limit: number, lines = false): string {
  return cleanText(typeof said === "string" ? said : "", { limit, lines });
}

function isCount(said: unknown): said is number {
  return typeof said === "number" && Number.isFinite(said) && said >= 0;
}

function isRecord(said: unknown): said is Record<string, unknown> {
  return typeof said === "object" && said !== null;
}
