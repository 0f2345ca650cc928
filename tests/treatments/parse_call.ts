/** Calls parse on the bytes of one file, with its sizes under the test's control. */
import { gzipSync } from "node:zlib";
import { readParquet } from "myx";
import { parseFiles, type Tuning } from "../../treatments/parse/parse_files.ts";
import { readSettings } from "../../treatments/parse/settings.ts";
import { makeTempDir } from "../temp_dir.ts";

export interface Parsed {
  readonly metrics: Readonly<Record<string, number>>;
  readonly rejects: readonly { line: number; byte_offset: number; column?: string; value?: string; reason: string }[];
  readonly warnings: readonly string[];
  /** Rows by file: `[ts, {column: value}]`, null as null. */
  readonly files: Readonly<Record<string, Cells>>;
}

export interface Cells {
  readonly types: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly [number, ...(number | null)[]])[];
}

export interface CallOptions {
  readonly params?: Record<string, unknown>;
  readonly settled?: boolean;
  readonly name?: string;
  readonly tuning?: Partial<Tuning>;
  /** What is added to the size of the file, as if it had shrunk since it was listed. */
  readonly excess?: number;
}

const DECLARED: Record<string, { default: unknown }> = JSON.parse(
  Deno.readTextFileSync(new URL("../../treatments/parse/treatment.json", import.meta.url)),
).params;
export const DEFAULTS = Object.fromEntries(Object.entries(DECLARED).map(([name, param]) => [name, param.default]));

const ENCODER = new TextEncoder();

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text);
}

export function parseBytes(content: string | Uint8Array, options: CallOptions = {}): Promise<Parsed> {
  return parseSeveral([content], options);
}

/** Calls parse on several files, all of that name; their metrics are added up. */
export async function parseSeveral(
  contents: readonly (string | Uint8Array)[],
  options: CallOptions = {},
): Promise<Parsed> {
  const { params = {}, settled = true, name = "pil-90_2026-01-20.csv", tuning = {}, excess = 0 } = options;
  const dir = makeTempDir("myx-parse-");
  try {
    const own = contents.map((content, i) => {
      const plain = typeof content === "string" ? utf8(content) : content;
      const path = `${dir}/${i}-${name}`;
      Deno.writeFileSync(path, name.endsWith(".gz") && typeof content === "string" ? gzipSync(plain) : plain);
      return { name, path, role: "own" as const, size: Deno.statSync(path).size + excess, sha256: "", settled };
    });
    const out = `${dir}/out`;
    Deno.mkdirSync(out);
    const metrics: Record<string, number> = {};
    const rejects: Parsed["rejects"][number][] = [];
    const warnings: string[] = [];
    await parseFiles(own, "pil-90", out, readSettings({ ...DEFAULTS, ...params }), {
      files: own,
      partition: { file: name },
      replace: false,
      signal: new AbortController().signal,
      progress: () => {},
      metric: (key, value) => metrics[key] = (metrics[key] ?? 0) + value,
      reject: (reject) => rejects.push(reject),
      warn: (text) => warnings.push(text),
    }, tuning);
    const files: Record<string, Cells> = {};
    const walk = (folder: string) => {
      for (const entry of [...Deno.readDirSync(`${out}/${folder}`)].sort((a, b) => a.name < b.name ? -1 : 1)) {
        if (entry.isDirectory) walk(`${entry.name}/`);
        else files[folder + entry.name] = cellsOf(`${out}/${folder}${entry.name}`);
      }
    };
    walk("");
    return { metrics, rejects, warnings, files };
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

function cellsOf(path: string): Cells {
  const { ts, columns } = readParquet(path);
  return {
    types: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
    rows: Array.from(
      ts,
      (time, i) => [time, ...columns.map(({ values }) => Number.isNaN(values[i]!) ? null : values[i]!)],
    ),
  };
}

/** Fails where the lines or the rows do not add up. */
export function checkAccounts({ metrics, rejects, files }: Parsed, domains = ["bio_signal", "environment"]): void {
  const fates = ["header", "blank", "rejected", "out_of_bounds", "no_known_key", "pending", "accepted"];
  const sum = fates.reduce((total, fate) => total + metrics[fate]!, 0);
  if (sum !== metrics.lines) {
    throw new Error(`${metrics.lines} lines, but ${sum} accounted for: ${JSON.stringify(metrics)}`);
  }
  for (const domain of domains) {
    const rows = metrics[`rows:${domain}`]!;
    const written = Object.entries(files).filter(([name]) => name.includes(`__${domain}__`));
    if (rows !== written.reduce((total, [, { rows }]) => total + rows.length, 0)) throw new Error(`rows of ${domain}`);
    if (rows + metrics[`without:${domain}`]! !== metrics.accepted) throw new Error(`accepted lines of ${domain}`);
  }
  const values = rejects.filter(({ column }) => column !== undefined).length;
  if (values !== metrics.value_rejects || rejects.length - values !== metrics.rejected) throw new Error("rejects");
}
