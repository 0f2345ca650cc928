/**
 * What a child says is a claim: it runs a stranger's code in the very process that speaks. Each message is rebuilt from
 * the parts that are of the right type, finite, printable and not too many.
 */
import { cleanText } from "./clean_text.ts";
import { guarded } from "./guards.ts";
import type { Message, Said, SaidOfFile } from "./protocol.ts";
import { strikeOut } from "./strike_out.ts";

const METRICS = 10_000;
/** The sum of all that a run is told must be a number still. */
const LARGEST_METRIC = 1e200;
const WARNINGS = 100;
const FILES = 1000;
/** Outputs that one file may claim: a file of many years has some thousand days. */
const NAMES = 100_000;
const NAME_LENGTH = 200;
const WARNING_LENGTH = 1000;
const ERROR_LENGTH = 10_000;

/** Names that would stand for something else in the run's report. */
const RESERVED = new Set(["file", "__proto__"]);

/** Makes a text of a child's fit for people. */
type Clean = (said: unknown, limit: number, lines?: boolean) => string;

/**
 * Reads one message; `undefined` if it is none. What stands in it for people, or to be kept, is struck out where it is a
 * secret; names of files are not, by which they are found.
 *
 * @param secrets As `formsOf` gives them.
 */
export function readMessage(text: string, secrets: readonly string[] = []): Message | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null) return undefined;
  if (!guarded("claims")) return said as Message;
  const { type, ...rest } = said as Record<string, unknown>;
  const clean: Clean = secrets.length
    ? (said, limit, lines) => cleanPart(typeof said === "string" ? strikeOut(said, secrets) : said, limit, lines)
    : cleanPart;
  switch (type) {
    case "ready":
      return { type };
    case "progress":
      return isCount(rest.done) && isCount(rest.total) ? { type, done: rest.done, total: rest.total } : undefined;
    case "done":
      return {
        type,
        ...readReport(rest, clean),
        ...(isRecord(rest.files) ? { files: readFiles(rest.files, clean) } : {}),
        ...(Array.isArray(rest.several) ? { several: readSeveral(rest.several, clean) } : {}),
      };
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

function readFiles(said: Readonly<Record<string, unknown>>, clean: Clean): Record<string, SaidOfFile> {
  const files: [string, SaidOfFile][] = [];
  const cleanOutput = nameCleaner(cleanPart);
  const cleanName = nameCleaner(clean);
  for (const [name, file] of Object.entries(said)) {
    if (!isRecord(file) || files.length === FILES) continue;
    const wrote = Array.isArray(file.wrote) ? file.wrote.slice(0, NAMES).map(cleanOutput) : [];
    const { metrics, warnings } = readReport(file, clean, cleanName);
    files.push([name, { metrics, warnings, wrote }]);
  }
  return Object.fromEntries(files);
}

function readSeveral(said: readonly unknown[], clean: Clean): Said[] {
  const cleanName = nameCleaner(clean);
  return said.slice(0, FILES).map((one) => readReport(isRecord(one) ? one : {}, clean, cleanName));
}

function readReport(said: Readonly<Record<string, unknown>>, clean: Clean, cleanName = nameCleaner(clean)): Said {
  const { metrics, more } = readMetrics(isRecord(said.metrics) ? said.metrics : {}, cleanName);
  const texts = Array.isArray(said.warnings) ? said.warnings : [];
  const warnings = texts.slice(0, WARNINGS).map((text) => clean(text, WARNING_LENGTH));
  if (more) warnings.push(`${more} more metrics are left out`);
  if (texts.length > WARNINGS) warnings.push(`${texts.length - WARNINGS} more warnings are left out`);
  return { metrics, warnings };
}

/** The metrics that are taken, and how many more there are. */
function readMetrics(
  claimed: Readonly<Record<string, unknown>>,
  cleanName: (name: string) => string,
): { metrics: Said["metrics"]; more: number } {
  if (areFine(claimed, cleanName)) return { metrics: claimed, more: 0 };
  const all = Object.entries(claimed).filter((entry): entry is [string, number] => isMetric(...entry));
  // Names that differ only in what cannot be shown count as one.
  const taken = new Map<string, number>();
  for (const [said, value] of all.slice(0, METRICS)) {
    const name = cleanName(said);
    taken.set(name, (taken.get(name) ?? 0) + value);
  }
  return { metrics: Object.fromEntries(taken), more: Math.max(all.length - METRICS, 0) };
}

/** Whether metrics can be taken as they are, as nearly all can: looking at them is quicker than building them anew. */
function areFine(
  claimed: Readonly<Record<string, unknown>>,
  cleanName: (name: string) => string,
): claimed is Said["metrics"] {
  if (Array.isArray(claimed)) return false;
  let count = 0;
  for (const name in claimed) {
    if (!isMetric(name, claimed[name]) || cleanName(name) !== name || ++count > METRICS) return false;
  }
  return true;
}

function isMetric(name: string, value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= LARGEST_METRIC && !RESERVED.has(name);
}

/** Cleans each name once: those of counters and outputs come again with every file. */
function nameCleaner(clean: Clean): (said: unknown) => string {
  const known = new Map<unknown, string>();
  return (said) => {
    let name = known.get(said);
    if (name === undefined) known.set(said, name = clean(said, NAME_LENGTH));
    return name;
  };
}

function cleanPart(said: unknown, limit: number, lines = false): string {
  return cleanText(typeof said === "string" ? said : "", { limit, lines });
}

function isCount(said: unknown): said is number {
  return typeof said === "number" && Number.isFinite(said) && said >= 0;
}

function isRecord(said: unknown): said is Record<string, unknown> {
  return typeof said === "object" && said !== null;
}
