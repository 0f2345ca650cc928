import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PROGRAM } from "../../../core/cli/command_line.ts";
import { formatSummary } from "../../../core/cli/summary.ts";
import type { FlowReport, StepReport } from "../../../core/engine/report.ts";

function step(name: string, output: string, more: Partial<StepReport> = {}): StepReport {
  return {
    name,
    treatment: name,
    input: "00_raw",
    output,
    status: "success",
    duration_ms: 1234,
    partitions: { total: 4, computed: 3, fresh: 1, failed: 0, blocked: 0 },
    files: { written: 3, total: 4 },
    rows_in: 172_900,
    rows_out: 172_800,
    rejects: 0,
    metrics: {},
    errors: [],
    warnings: [],
    ...more,
  };
}

function report(steps: StepReport[], more: Partial<FlowReport> = {}): FlowReport {
  return {
    run_id: "r1",
    flow: "daily",
    dataset: "lab",
    root: "/p/datasets/lab",
    status: "success",
    exit_code: 0,
    duration_ms: 65_000,
    steps,
    ...more,
  };
}

const RAW = { lines: 172_912, header: 0, blank: 2, rejected: 3, out_of_bounds: 0, no_known_key: 6, pending: 1 };

Deno.test("formatSummary() tells what each step did, where lines went, where results lie and what to try next", () => {
  const text = formatSummary(
    report([
      step("parse", "10_parsed", {
        rejects: 8,
        metrics: { "unknown_key:batt_mv": 6, "unknown_key:x": 1200, "reject:stamp is no time": 3, "reject:odd": 3 },
        raw_files: [{ file: "a.csv", ...RAW, accepted: 172_900, value_rejects: 5 }],
      }),
      step("clean", "20_clean", {
        duration_ms: 850,
        metrics: { nulled_spike: 20, nulled_out_of_range: 1000, duplicates: 9 },
        warnings: ["a value is odd", "a value is odd"],
      }),
      step("resample", "25_resampled", { metrics: { filled: 77 } }),
    ]),
    { base: "/p", flow: { flow: "daily", dataset: "" }, parquet: "25_resampled" },
  );
  assertEquals(
    text,
    `daily on dataset lab: done in 1 min 5 s

step      files     rows  rejects  nulled  filled  computed  fresh    time
parse         3  172,800        8       0       0         3      1   1.2 s
clean         3  172,800        0   1,020       0         3      1  850 ms
resample      3  172,800        0       0      77         3      1   1.2 s

Raw lines: 172,912 lines in 1 file = 172,900 accepted + 2 blank + 3 rejected + 6 without a known key + 1 pending
  5 values in accepted lines rejected, null in the output
  A pending line has no line end yet: it is read once it is complete, or its file is an hour old

Rejected in parse, kept in 10_parsed/_rejects:
  3 x odd
  3 x stamp is no time

Keys of no domain, left out: x (1,200), batt_mv (6)
  To keep them, name them in the param "domains" of parse, with all the others

Warnings:
  clean: a value is odd (2 times)

Results:
  datasets/lab/10_parsed     4 files
  datasets/lab/20_clean      4 files
  datasets/lab/25_resampled  4 files

Next:
  see what there is and what is stale  ${PROGRAM} status daily
  compute only what is new             ${PROGRAM} flow daily --last
  open a Parquet file                  python -c "import glob, pandas; print(pandas.read_parquet(min(glob.glob('datasets/lab/25_resampled/*.parquet'))))"`,
  );
});

Deno.test("formatSummary() advises to open no folder that holds no file", () => {
  const files = { total: 0 } as StepReport["files"];
  const text = formatSummary(report([step("mine", "21_mine", { files })]), { base: "/p", parquet: "21_mine" });
  assert(!text.includes("Parquet"), text);
});

Deno.test("formatSummary() prints commands that find the flow again, and that interactive shells take as they are", () => {
  const failed = { status: "error", exit_code: 1 } as const;
  const text = formatSummary(report([step("to_postgres", "50_postgres", { metrics: { rows_loaded: 3 } })], failed), {
    base: "/p",
    flow: { flow: "../daily.json", dataset: " --dataset lab" },
    project: " --project 'my lab'",
    parquet: "40_aggregated",
  });
  const next = text.slice(text.indexOf("Next:"));
  assertStringIncludes(next, " status ../daily.json --dataset lab --project 'my lab'\n");
  assertStringIncludes(next, " logs --errors --project 'my lab'\n");
  assertStringIncludes(next, ` sql lab --flow ../daily.json --project 'my lab' "select target, `);
  // There a "!" brings back an old command, in double quotes, too; and "$" and "`" are read.
  assertEquals(/[!$`]/.exec(next), null);
});

Deno.test("formatSummary() counts no lines of files whose treatment counts none", () => {
  const own = step("own", "11_own", { raw_files: [{ file: "a.parquet", rows: 3 }, { file: "b.parquet" }] });
  const parse = step("parse", "10_parsed", { raw_files: [{ file: "a.csv", lines: 2, accepted: 2 }] });
  assertEquals(/Raw lines: .*/.exec(formatSummary(report([own]), { base: "/p" })), null);
  assertStringIncludes(
    formatSummary(report([parse, own]), { base: "/p" }),
    "Raw lines: 2 lines in 1 file = 2 accepted\n",
  );
});

Deno.test("formatSummary() says of which step the domains are that a key is missing in", () => {
  const live = step("raw_to_postgres", "55_live", { metrics: { "unknown_key:batt_mv": 6 } });
  const text = formatSummary(report([live]), { base: "/p" });
  assertStringIncludes(
    text,
    'batt_mv (6)\n  To keep them, name them in the param "domains" of raw_to_postgres, with all',
  );
});

Deno.test("formatSummary() says that nothing was to do, without a table", () => {
  const fresh = step("parse", "10_parsed", {
    status: "skip",
    partitions: { total: 4, computed: 0, fresh: 4, failed: 0, blocked: 0 },
    files: { written: 0, total: 4 },
  });
  const text = formatSummary(report([fresh], { status: "up-to-date" }), { base: "/p" });
  assertStringIncludes(text, "daily on dataset lab: already up-to-date\n");
  assert(!text.includes("computed"));
});

Deno.test("formatSummary() lists what failed with what to do, and counts what it does not list", () => {
  const errors = Array.from(
    { length: 14 },
    (_, i) => ({ partition: `p${i}`, message: `it broke in ${i}\nhard`, fix: "Mend it" }),
  );
  const failed = step("clean", "20_clean", {
    status: "error",
    partitions: { total: 20, computed: 6, fresh: 0, failed: 14, blocked: 0 },
    errors,
    warnings: Array.from({ length: 12 }, (_, i) => `warning ${i}`),
  });
  const text = formatSummary(report([failed], { status: "error", exit_code: 1 }), { base: "/p", parquet: "20_clean" });
  assertStringIncludes(text, "failed in clean after 1 min 5 s; files of failed partitions are as before");
  assertStringIncludes(text, "fresh  failed  blocked");
  assertStringIncludes(text, "  clean p0: it broke in 0\n    hard\n    Mend it\n  clean p1");
  assertStringIncludes(text, `and 4 more (${PROGRAM} logs --errors)`);
  assertStringIncludes(text, "and 2 more (see --json)");
  assert(!text.includes("clean p10:"));
});

Deno.test("formatSummary() names the step that failed, not those that wait for it", () => {
  const parse = step("parse", "10_parsed", { status: "error", errors: [{ partition: "a.csv", message: "it broke" }] });
  const blocked = { total: 1, computed: 0, fresh: 0, failed: 0, blocked: 1 };
  const clean = step("clean", "20_clean", { status: "error", partitions: blocked });
  const text = formatSummary(report([parse, clean], { status: "error", exit_code: 1 }), { base: "/p" });
  assertStringIncludes(text, "daily on dataset lab: failed in parse after");
});

Deno.test("formatSummary() tells what an interrupted run did not come to", () => {
  const cut = step("clean", "20_clean", {
    status: "error",
    partitions: { total: 12, computed: 1, fresh: 2, failed: 0, blocked: 0, left: 9 },
  });
  const text = formatSummary(report([cut], { status: "interrupted", exit_code: 130 }), { base: "/p" });
  assertStringIncludes(text, "computed  fresh  not come to");
  assert(/^clean .* 1 +2 +9 /m.test(text), text);
});

Deno.test("formatSummary() says what several partitions have in common once", () => {
  const failed = step("clean", "20_clean", {
    status: "error",
    errors: ["a", "b", "c"].map((partition) => ({ partition, message: "it broke", fix: "Mend it" })),
    warnings: ["a: odd: very", "b: odd: very", "b: even", "no partition here", '"x" is kept: why', '"y" is kept: why'],
  });
  const text = formatSummary(report([failed], { status: "error", exit_code: 1 }), { base: "/p" });
  assertStringIncludes(text, "Errors:\n  clean, 3 partitions: it broke\n    Mend it\n\n");
  assertStringIncludes(
    text,
    "Warnings:\n  clean, 2 partitions: odd: very\n  clean: b: even\n  clean: no partition here\n" +
      '  clean: "x" is kept: why\n  clean: "y" is kept: why\n\n',
  );
});

Deno.test("formatSummary() of a single treatment names no flow to go on with", () => {
  const text = formatSummary(report([step("clean", "out")], { flow: "clean", root: "/elsewhere/x" }), {
    base: "/p/q/r/s",
  });
  assert(!text.includes("myx"), text);
  assertStringIncludes(text, "/elsewhere/x/out  4 files");
});
