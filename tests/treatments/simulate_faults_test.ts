import { assert, assertEquals } from "@std/assert";
import { runTreatment } from "../harness.ts";
import { linesOf, readLine } from "./simulated.ts";

const DEMO = await runTreatment("simulate", {});
const SMALL = { devices: 1, days: 2, rate_hz: 0.05, rotate_s: 3600 };

Deno.test.afterAll(() => Deno.removeSync(DEMO.dir, { recursive: true }));

Deno.test("simulate() reports exactly the faults that stand in its files", () => {
  const found = { lines: 0, broken: 0, repeated: 0, missing: 0, unknown: 0, bad: 0, outside: 0 };
  for (const name of DEMO.names) {
    let last = -Infinity;
    for (const line of linesOf(DEMO, name)) {
      found.lines++;
      const read = readLine(line);
      if (!read) {
        found.broken++;
        continue;
      }
      const { ts, values } = read;
      assert(ts >= last, `stamps ascend in ${name}`);
      if (ts === last) {
        found.repeated++;
        continue;
      }
      last = ts;
      if (values.has("batt_mv")) found.unknown++;
      values.delete("batt_mv");
      if (values.size !== 13) found.missing++;
      for (const [key, value] of values) {
        const [low, high] = key === "outdoor_temp" ? [-10, 50] : [0, 800];
        if (value === "" || value === "err") found.bad++;
        else if (Number(value) < low || Number(value) > high) found.outside++;
      }
    }
  }
  const { metrics } = DEMO;
  assertEquals(found, {
    lines: metrics["lines"],
    broken: metrics["fault:broken_lines"],
    repeated: metrics["fault:duplicates"],
    missing: metrics["fault:missing_keys"],
    unknown: metrics["fault:unknown_keys"],
    bad: metrics["fault:bad_values"],
    outside: metrics["fault:out_of_range"],
  });
});

Deno.test("simulate() makes every fault about as often as its rate says", () => {
  const lines = 4 * 86_400;
  const expected = {
    gaps: 0.5 * 96,
    long_gaps: 4,
    spikes: 1e-4 * 13 * lines,
    out_of_range: 2e-5 * 13 * lines,
    duplicates: 5e-4 * lines,
    broken_lines: 1e-4 * lines,
    missing_keys: 2e-4 * lines,
    unknown_keys: 1e-4 * lines,
    bad_values: 1e-4 * lines,
  };
  for (const [fault, mean] of Object.entries(expected)) {
    // Five standard deviations of a Poisson count; the seed is fixed, so this never fails by chance.
    const count = DEMO.metrics[`fault:${fault}`]!;
    assert(count > 0 && Math.abs(count - mean) < 5 * Math.sqrt(mean), `${fault}: ${count}, expected about ${mean}`);
  }
});

Deno.test("simulate() writes what parse accepts, line for line, but for the broken ones", async () => {
  const [name] = DEMO.names;
  const lines = linesOf(DEMO, name!);
  const { metrics } = await runTreatment("parse", { [name!]: Deno.readFileSync(`${DEMO.dir}/${name}`) });
  const broken = lines.filter((line) => !readLine(line)).length;
  assert(broken > 0);
  assertEquals(metrics["lines"], lines.length);
  assertEquals(metrics["rejected"], broken);
  assertEquals(metrics["accepted"], lines.length - broken);
  assertEquals(metrics["value_rejects"], lines.filter((line) => readLine(line) && line.includes(":err")).length);
  assertEquals(metrics["unknown_key:batt_mv"], lines.filter((line) => line.includes("batt_mv")).length);
});

Deno.test("simulate() breaks lines in every way it knows", () => {
  const broken = DEMO.names.flatMap((name) => linesOf(DEMO, name).filter((line) => !readLine(line)));
  const ways = {
    "cut short": (line: string) => /^2026[\d\-T:]{1,12}$/.test(line),
    "no such day": (line: string) => line.startsWith("2026-00-00T"),
    "no UTF-8": (line: string) => line.includes("\xff"),
    "message": (line: string) => line.startsWith("logger"),
  };
  for (const [way, test] of Object.entries(ways)) assert(broken.some(test), `no line is broken by "${way}"`);
  assert(broken.every((line) => Object.values(ways).some((test) => test(line))), "no line is broken otherwise");
});

Deno.test("simulate() makes gaps that show as missing seconds, and duplicates of both kinds", () => {
  let [short, long, same, conflicting] = [0, 0, 0, 0];
  for (const device of ["pil-90", "pil-91"]) {
    const lines = DEMO.names.filter((name) => name.includes(device)).flatMap((name) => linesOf(DEMO, name));
    let last: { ts: number; line: string } | undefined;
    for (const line of lines) {
      const ts = readLine(line)?.ts;
      if (ts === undefined) continue;
      const hole = last ? ts - last.ts : 1e6;
      if (hole === 0 && last!.line === line) same++;
      else if (hole === 0) conflicting++;
      else if (hole > 58e6) long++;
      else if (hole > 2.5e6) short++;
      last = { ts, line };
    }
  }
  assertEquals(same + conflicting, DEMO.metrics["fault:duplicates"]);
  assert(conflicting > 0 && same > conflicting, `${same} equal, ${conflicting} conflicting duplicates`);
  assertEquals(long, DEMO.metrics["fault:long_gaps"]);
  assert(short > 5, `${short} gaps of some seconds`);
});

Deno.test("simulate() makes spikes that a running median sees, and movements that it leaves alone", () => {
  let seen = 0;
  for (const name of DEMO.names) {
    const rows = linesOf(DEMO, name).map(readLine).filter((row) => row !== undefined);
    for (const key of ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11"]) {
      const values = rows.map((row) => Number(row.values.get(key) || NaN)).filter((value) =>
        value >= 0 && value <= 800
      );
      for (let i = 5; i + 5 <= values.length; i++) {
        // Far from a neighbour first: sorting a million windows would take longer than all other tests.
        if (!(Math.abs(values[i]! - values[i - 1]!) > 60 || Math.abs(values[i]! - values[i - 3]!) > 60)) continue;
        const sorted = values.slice(i - 5, i + 5).sort((a, b) => a - b);
        if (Math.abs(values[i]! - (sorted[4]! + sorted[5]!) / 2) > 100) seen++;
      }
    }
  }
  const made = DEMO.metrics["fault:spikes"]! * 12 / 13;
  assert(Math.abs(seen - made) < 0.1 * made, `${seen} spikes seen, about ${made} made`);
});

Deno.test("simulate() can break every line but the first of a file", async () => {
  const outcome = await runTreatment("simulate", {}, { ...SMALL, faults: { broken_lines: 1 } });
  for (const name of outcome.names) {
    const [first, ...others] = linesOf(outcome, name).map(readLine);
    assert(first);
    assertEquals(others.filter((line) => line !== undefined), []);
  }
});
