/** Bad input, one row each: what the user did, what myx says, how it ends, and that the rest of the data is there. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { makeProject, type TestProject } from "../project.ts";

const GOOD = "2026-01-20T00:00:00Z;m0:1;outdoor_temp:8.5\n2026-01-20T00:00:01Z;m0:2;outdoor_temp:8.5\n";
const PARSE = { treatment: "parse", input: "00_raw", output: "10_parsed" };
const FLOW = { name: "f", dataset: "d", steps: [PARSE] };
const RUN = "export function run() {}\n";
const JSON_OF = (more: Record<string, unknown> = {}) => ({
  name: "t",
  version: "1.0.0",
  description: "A treatment of the tests",
  input: { format: "parquet" },
  output: { format: "parquet" },
  partition: ["source", "domain", "day"],
  ...more,
});
const WITH_T = { ...FLOW, steps: [PARSE, { treatment: "t", input: "10_parsed", output: "20_t" }] };
const utf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : part));

interface Case {
  /** Files of the project over the default flow and one good raw file. */
  readonly files: Readonly<Record<string, unknown>>;
  /** Raw files that are not there. */
  readonly without?: readonly string[];
  readonly exit: 0 | 1 | 2;
  /** What standard error says. */
  readonly says?: RegExp;
  /** Counters that `--json` shows for the raw file `bad.csv`. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Whether the good raw file was processed all the same. */
  readonly rest?: boolean;
  readonly args?: readonly string[];
}

const raw = (content: string | Uint8Array) => ({ "datasets/d/00_raw/bad.csv": content });

const CASES: Readonly<Record<string, Case>> = {
  "an empty folder": {
    files: { "datasets/d/00_raw/.keep": "" },
    without: ["EXP_a_2026-01-20.csv"],
    exit: 1,
    says: /has no csv file/,
  },
  "a missing folder": {
    files: { "flows/f.json": { ...FLOW, dataset: "elsewhere" } },
    exit: 2,
    says: /00_raw/,
  },
  "a folder with no CSV": {
    files: { "datasets/d/00_raw/notes.txt": "hello" },
    without: ["EXP_a_2026-01-20.csv"],
    exit: 1,
    says: /has no csv file; it holds "notes\.txt"\n.*names end in \.csv or \.csv\.gz/,
  },
  "a folder with Parquet of other names": {
    files: {
      "datasets/d/00_raw/mussels.parquet": "",
      "flows/f.json": { ...FLOW, steps: [{ ...PARSE, treatment: "clean" }] },
    },
    exit: 1,
    says: /has no parquet file called like <source>__<domain>__<YYYY-MM-DD>\.parquet; it holds ".*mussels\.parquet"/,
  },
  "a folder with its CSV in folders": {
    files: { "datasets/d/00_raw/january/a.csv": GOOD },
    without: ["EXP_a_2026-01-20.csv"],
    exit: 1,
    says: /has no csv file; those in its folder "january" are not read/,
  },
  "an empty file": { files: raw(""), exit: 0, counts: { lines: 0 }, rest: true },
  "a file of blank lines": { files: raw("\n \n\r\n\t\n"), exit: 0, counts: { lines: 4, blank: 4 }, rest: true },
  "UTF-16": { files: raw(utf16("\ufeff" + GOOD)), exit: 1, says: /bad\.csv.*UTF-16/s, rest: true },
  "UTF-16 without a mark": { files: raw(utf16(GOOD)), exit: 1, says: /bad\.csv.*UTF-16/s, rest: true },
  "Latin-1 bytes": {
    files: raw(bytes("2026-01-20T00:00:05Z;m0:1;note:", [0xe9], "\n2026-01-20T00:00:06Z;m0:2\n")),
    exit: 0,
    counts: { lines: 2, rejected: 1, accepted: 1 },
    rest: true,
  },
  "line ends of CR only": { files: raw(GOOD.replaceAll("\n", "\r")), exit: 1, says: /bad\.csv.*CR/s, rest: true },
  "a truncated last line": {
    files: raw("2026-01-20T00:00:05Z;m0:1\n2026-01-20T00:00:06Z;m0"),
    exit: 0,
    counts: { lines: 2, accepted: 1, pending: 1 },
    rest: true,
  },
  "NUL bytes": { files: raw("2026-01-20T00:00:05Z;m0:1\0\0\n\0\0\n"), exit: 0, counts: { accepted: 1 }, rest: true },
  "a line of 10 MB": {
    files: raw(`2026-01-20T00:00:05Z;m0:1;x:${"y".repeat(10e6)}\n2026-01-20T00:00:06Z;m0:2\n`),
    exit: 0,
    counts: { lines: 2 },
    rest: true,
  },
  "a stamp in the year 0001": {
    files: raw("0001-01-20T00:00:05Z;m0:1\n"),
    exit: 0,
    counts: { rejected: 1 },
    rest: true,
  },
  "a stamp in the year 9999": {
    files: raw("9999-01-20T00:00:05Z;m0:1\n"),
    exit: 0,
    counts: { rejected: 1 },
    rest: true,
  },
  "a reject under --strict": {
    files: raw("2026-01-20T00:00:05Z;m0:x\n"),
    args: ["--strict"],
    exit: 1,
    says: /--strict/,
  },
  "a param of the wrong type": {
    files: { "flows/f.json": { ...FLOW, steps: [{ ...PARSE, params: { delimiter: 5 } }] } },
    exit: 2,
    says: /steps\[0\]\.params\.delimiter of .*f\.json.*5.*string/s,
  },
  "an unknown param": {
    files: { "flows/f.json": { ...FLOW, steps: [{ ...PARSE, params: { delimitr: ";" } }] } },
    exit: 2,
    says: /delimitr.*did you mean "delimiter"/s,
  },
  "an unknown param on the command line": { files: {}, args: ["--params", '{"frek":"1s"}'], exit: 2, says: /frek/ },
  "a bound that is no date": { files: {}, args: ["--params", '{"from":"soon"}'], exit: 2, says: /soon/ },
  "an unknown treatment": {
    files: { "flows/f.json": { ...FLOW, steps: [{ ...PARSE, treatment: "pars" }] } },
    exit: 2,
    says: /did you mean "parse"/,
  },
  "a flow that is no JSON": { files: { "flows/f.json": '{"name": "f",\n "steps": [' }, exit: 2, says: /f\.json/ },
  "a flow with a cycle": {
    files: {
      "flows/f.json": {
        ...FLOW,
        steps: [
          { treatment: "clean", input: "10_a", output: "20_b" },
          { treatment: "clean", input: "20_b", output: "10_a", name: "again" },
        ],
      },
    },
    exit: 2,
    says: /cycle/i,
  },
  "two steps that write one folder": {
    files: { "flows/f.json": { ...FLOW, steps: [PARSE, { ...PARSE, name: "again" }] } },
    exit: 2,
    says: /10_parsed/,
  },
  "a treatment without run": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF(),
      "treatments/t/run.ts": "export const walk = 1;\n",
    },
    exit: 1,
    says: /exports no function "run"/,
    rest: true,
  },
  "a treatment that does not compile": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF(),
      "treatments/t/run.ts": "export function run( {\n",
    },
    exit: 1,
    says: /run\.ts/,
    rest: true,
  },
  "a treatment that throws": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF(),
      "treatments/t/run.ts": 'export function run() { throw new Error("the pump is broken"); }\n',
    },
    exit: 1,
    says: /the pump is broken/,
    rest: true,
  },
  "a treatment that never returns": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF({ permissions: { time_s: 1 } }),
      "treatments/t/run.ts": "export function run() { for (;;); }\n",
    },
    exit: 1,
    says: /longer than 1 s/,
    rest: true,
  },
  "a treatment that eats memory": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF({ permissions: { memory_mb: 64 } }),
      "treatments/t/run.ts": "export function run() { const a = []; for (;;) a.push([1.5, 2.5]); }\n",
    },
    exit: 1,
    says: /more memory/,
    rest: true,
  },
  "a treatment that writes no Parquet under its name": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF(),
      "treatments/t/run.ts":
        'export function run(_in, out) { Deno.writeTextFileSync(out + "/a__b__2026-01-20.parquet", "x"); }\n',
    },
    exit: 1,
    says: /no readable Parquet/,
    rest: true,
  },
  "a treatment that another one's permission would help": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF(),
      "treatments/t/run.ts": 'export function run() { Deno.readTextFileSync("/etc/hostname"); }\n',
    },
    exit: 1,
    says: /\/etc\/hostname/,
    rest: true,
  },
  "an unknown key in treatment.json": {
    files: {
      "flows/f.json": WITH_T,
      "treatments/t/treatment.json": JSON_OF({ desciption: "oops" }),
      "treatments/t/run.ts": RUN,
    },
    exit: 2,
    says: /desciption of .*treatment\.json.*did you mean "description"/s,
  },
  "a symbolic link among the raw files": {
    files: {},
    exit: 1,
    says: /symbolic link/,
  },
};

for (const [what, row] of Object.entries(CASES)) {
  Deno.test(`flow handles ${what}`, async () => {
    using project = makeProject({
      "flows/f.json": FLOW,
      "datasets/d/00_raw/EXP_a_2026-01-20.csv": GOOD,
      "datasets/d/10_parsed/EARLIER__bio_signal__2025-01-01.parquet": "published long ago",
      ...row.files,
    });
    for (const name of row.without ?? []) project.remove(`datasets/d/00_raw/${name}`);
    if (what.startsWith("a symbolic link")) {
      Deno.symlinkSync("/etc/passwd", `${project.dir}/datasets/d/00_raw/link.csv`);
    }
    const { code, stderr, report } = await runMyx(project, ["flow", "f", "--json", ...row.args ?? []]);
    assertEquals(code, row.exit, stderr);
    if (row.says) assertMatch(stderr, row.says);
    assert(!/\n\s+at \S+ \(/.test(stderr), `a stack trace is shown:\n${stderr}`);
    if (row.counts) {
      const counts = report.steps[0].raw_files.find(({ file }: { file: string }) => file === "bad.csv");
      for (const [name, value] of Object.entries(row.counts)) assertEquals(counts[name] ?? 0, value, name);
    }
    if (row.rest) assert(project.list("datasets/d/10_parsed").includes("EXP_a__bio_signal__2026-01-20.parquet"));
    assertEquals(project.read("datasets/d/10_parsed/EARLIER__bio_signal__2025-01-01.parquet"), "published long ago");
  });
}

const NAMES: Readonly<Record<string, string | null>> = {
  "EXP pil 90_2026-01-20.csv": "EXP_pil_90",
  'EXP\'"x"_2026-01-20.csv': "EXP_x_",
  "..hidden_2026-01-20.csv": null,
  "EXP..a_2026-01-20.csv": "EXP..a",
  "EXP%2Fa_2026-01-20.csv": "EXP_2Fa",
  "Étang_é_2026-01-20.csv": "Étang_é",
  "牡蛎_2026-01-20.csv": "牡蛎",
  "2026-01-20_EXP_a.csv": "EXP_a",
};

for (const [name, source] of Object.entries(NAMES)) {
  Deno.test(`flow makes a safe source of ${name}`, async () => {
    using project = makeProject({ "flows/f.json": FLOW, [`datasets/d/00_raw/${name}`]: GOOD });
    const { code, stderr } = await runMyx(project, ["flow", "f"]);
    assertEquals(code, source === null ? 1 : 0, stderr);
    const expected = source === null
      ? []
      : ["bio_signal", "environment"].map((d) => `${source}__${d}__2026-01-20.parquet`);
    assertEquals(project.list("datasets/d/10_parsed"), expected);
  });
}

Deno.test("flow refuses two sources that become one by sanitising", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    "datasets/d/00_raw/EXP a_2026-01-20.csv": GOOD,
    "datasets/d/00_raw/EXP_a_2026-01-20.csv": GOOD,
  });
  const { code, stderr } = await runMyx(project, ["flow", "f"]);
  assertEquals(code, 1);
  assertMatch(stderr, /EXP a_2026-01-20\.csv/);
});

Deno.test("flow refuses a name that is only a date, and reads those beside it", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    "datasets/d/00_raw/2026-01-20.csv": GOOD,
    "datasets/d/00_raw/EXP_a.csv": GOOD,
  });
  const { code, stderr } = await runMyx(project, ["flow", "f"]);
  assertEquals(code, 1);
  assertMatch(stderr, /only a date/);
  assert(project.list("datasets/d/10_parsed").includes("EXP_a__bio_signal__2026-01-20.parquet"));
});

/** Runs the real command line in a process of its own, with the grants of the project's tasks. */
async function runMyx(project: TestProject, args: readonly string[]) {
  const home = fromFileUrl(new URL("../../", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${home},${project.dir}`,
      `--allow-write=${project.dir}`,
      "--allow-run=deno",
      "--allow-env",
      "--allow-sys=hostname",
      `${home}main.ts`,
      ...args,
      "--project",
      project.dir,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  return {
    code,
    stderr: new TextDecoder().decode(stderr),
    report: text.startsWith("{") ? JSON.parse(text) : undefined,
  };
}
