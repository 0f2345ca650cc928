import type { ResolvedFlow, ResolvedStep } from "../contract/resolve.ts";
import { redact } from "../contract/secrets.ts";
import { PROGRAM } from "./command_line.ts";
import { asCalled, DENO } from "./deno_call.ts";

/** A param longer than this says little in a guide. */
const LONG = 300;

/**
 * A guide to a dataset for a language model, or a person, that knows nothing of myx: what lies where, what it means, how
 * to read it. Made from the flow and its treatments, so that it says what they do.
 */
export function formatGuide(flow: ResolvedFlow, dataset: string): string {
  const folder = `datasets/${dataset}`;
  const parquet = flow.steps.findLast(({ treatment }) => treatment.output.format === "parquet");
  const database = flow.steps.some(({ treatment }) => treatment.permissions.state === "postgres");
  return [
    `# ${dataset}: a dataset of valvometry, kept by myx`,
    "",
    `Written for a language model or a person who is asked about this data. ${folder}/ has one folder per step of the`,
    `${ofFlow(flow.name)} each is made from the one it reads. Everything but the raw files can be computed again.`,
    "",
    "## Folders",
    "",
    ...rawLines(flow),
    ...flow.steps.flatMap((step) => stepLines(step)),
    "## Files and columns",
    "",
    ...FILES,
    ...(parquet ? readLines(`${folder}/${parquet.output}`, domainOf(flow), windowsOf(flow, parquet)) : []),
    "## Commands",
    "",
    "Run them in the project's folder:",
    "",
    ...commandLines(flow.name, dataset, database),
    "",
    ...FACTS,
  ].join("\n");
}

/** How a line of a guide begins that tells the flow it is made from. */
export function ofFlow(name: string): string {
  return `flow "${name}";`;
}

function rawLines({ steps }: ResolvedFlow): string[] {
  const made = new Set(steps.map(({ output }) => output));
  const raw = [...new Set(steps.flatMap(({ input }) => input === undefined || made.has(input) ? [] : [input]))];
  return raw.flatMap((input) => {
    const reader = steps.find((step) => step.input === input)!.treatment;
    return [
      `- ${input}: as it came. Never change, rename or remove anything here. ${reader.input.description ?? ""}`.trim(),
      "",
    ];
  });
}

function stepLines({ name, treatment, input, output, params }: ResolvedStep): string[] {
  const { description, output: { format, description: files } } = treatment;
  const shown = Object.entries(redact(treatment, params) as Record<string, unknown>).flatMap(([param, value]) => {
    const text = JSON.stringify(value);
    return value === null || text === "[]" || text === "{}" || text === '""' || text.length > LONG
      ? []
      : [`${param} ${text}`];
  });
  const where = format === "none" ? `(step ${name}, writes no files)` : `- ${output}: step ${name}`;
  return [
    `${format === "none" ? "- " : ""}${where}, treatment ${treatment.name}${
      input === undefined ? "" : `, reads ${input}`
    }`,
    `  ${description}`,
    ...(files === undefined ? [] : [`  Writes: ${files}`]),
    ...(shown.length ? [`  With: ${shown.join(", ")}`] : []),
    "",
  ];
}

const FILES = [
  "- A source is one logger or device: EXP_pil-90 is device pil-90 of experiment EXP. A domain is a group of columns of one",
  "  type: bio_signal (m0, m1, ...: one channel per animal) and environment (outdoor_temp, degrees Celsius) by default.",
  "- Parquet: <source>__<domain>__<YYYY-MM-DD>.parquet; once aggregated <source>__<domain>__<YYYY-MM-DD>__<window>.parquet.",
  "  The day is the UTC day of the rows. To get one device or day, pick files by name; nothing else needs to be read.",
  "- First column ts: timestamp, microseconds, UTC, ascending. Then the data, Int64 or Float64; null means no valid value.",
  "- Aggregated columns are <column>__raw__<metric>, such as m0__raw__mean, or <column>__<function>__<metric> where a",
  "  transform added the column. A window is named by its start and does not include its end.",
  "- Flags, if any: quality_flag (the row) or <column>__flag: 0 OK, 1 missing, 2 spike, 3 out of range, 4 sensor",
  "  disconnected, 5 estimated (a filled gap), 6 corrected by hand.",
  "- Hidden names, _rejects and .myx are bookkeeping. _rejects says which raw lines could not be used, and why.",
  "",
];

/** The first domain that the flow makes, as its first step that knows domains says. */
function domainOf({ steps }: ResolvedFlow): string {
  const domains = Object.entries(steps.find(({ params }) => params.domains)?.params.domains ?? {});
  return domains.find(([, rules]) => rules !== null)?.[0] ?? "bio_signal";
}

/** The windows that files of `step` are of: an array of them is a param of its treatment, or of one before it. */
function windowsOf({ steps }: ResolvedFlow, step: ResolvedStep): readonly string[] {
  for (let at: ResolvedStep | undefined = step; at; at = steps.find(({ output }) => output === at!.input)) {
    const { treatment, params } = at;
    const isWindows = (name: string) => params[name] && treatment.params[name]!.items?.format === "window";
    const name = Object.keys(treatment.params).find(isWindows);
    if (name !== undefined) return params[name] as readonly string[];
  }
  return [];
}

function readLines(folder: string, domain: string, windows: readonly string[]): string[] {
  const [window] = windows;
  const one = `${folder}/*__${domain}__*${window === undefined ? "" : `__${window}`}.parquet`;
  const each = window === undefined ? "" : `, of one window (there are ${windows.join(", ")}),`;
  return [
    "## Reading it",
    "",
    `Files of one domain${each} fit together; days may have different columns, hence union by name.`,
    "",
    `- DuckDB: SELECT * FROM read_parquet('${one}', union_by_name = true, filename = true)`,
    `- Polars: pl.concat([pl.read_parquet(f) for f in sorted(glob.glob("${one}"))], how="diagonal")`,
    `- pandas: pd.concat(pd.read_parquet(f) for f in sorted(glob.glob("${one}")))`,
    "",
  ];
}

function commandLines(flow: string, dataset: string, database: boolean): string[] {
  const lines = [
    [`${PROGRAM} status ${flow} --dataset ${dataset}`, "how each step stands, last date, what is stale"],
    [`${PROGRAM} verify ${dataset} --flow ${flow}`, "check every file"],
    [`${DENO} task flow ${flow} --dataset ${dataset} --last`, "compute what is new or changed"],
    [`${DENO} task flow ${flow} --dataset ${dataset} --last --dry-run`, "only say what that would be, and why"],
    [`${PROGRAM} describe TREATMENT`, "what a treatment does, and its params"],
    [`${PROGRAM} logs --errors`, "what went wrong"],
    ...(database
      ? [[`${PROGRAM} sql ${dataset} --flow ${flow} "select * from myx_ledger limit 5"`, "ask the tables (read only)"]]
      : []),
  ];
  return lines.map(([command, what]) => `- ${asCalled(command!)}: ${what}`);
}

const FACTS = [
  "## What the numbers mean",
  "",
  "- Valvometry records how far bivalves open. A magnet sits on one valve, a Hall-effect sensor on the other; the reading is",
  "  in counts of the logger's converter, not in millimetres, and differs from animal to animal with how both were glued.",
  "  Compare an animal with itself; to compare animals, scale each to its own range between shut and wide open.",
  "- Whether a high reading is open or shut depends on the magnet. Find out before you say so: shut is the level that an",
  "  animal comes back to, the same each time; open varies.",
  "- A dipole's field falls with the cube of distance: 1/cbrt(x) (cbrt_inv) is close to proportional to the gape.",
  "  1/sqrt(x) (sqrt_inv) is what published work on mussels uses.",
  "- Undisturbed, mussels and oysters are open most of the time, with short closures of seconds to minutes. Long closures",
  "  go with low tide, handling, bad water. Look for rhythms of 12.4 h (tide) and 24 h.",
  "- All channels of a device moving in the same second is a shock or a power fault, not behaviour. A channel that stays at",
  "  one level for days is a lost magnet or a dead animal (which gapes). Readings drift a little with temperature.",
  "- Nulls are gaps, not zeros, and a short gap may have been filled by the value before it. Say how much is null before",
  "  you draw conclusions; take daily figures by UTC day unless the question is about local time.",
];
