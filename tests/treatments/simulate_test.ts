import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { dayOf } from "myx";
import { type Outcome, runTreatment } from "../harness.ts";
import { linesOf, readLine } from "./simulated.ts";

const DEMO = await runTreatment("simulate", {});
const SMALL = { devices: 1, days: 2, rate_hz: 0.05, rotate_s: 3600 };

Deno.test.afterAll(() => Deno.removeSync(DEMO.dir, { recursive: true }));

async function hashesOf(outcome: Outcome): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of outcome.names) {
    const bytes = Deno.readFileSync(`${outcome.dir}/${name}`);
    hashes[name] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  return hashes;
}

Deno.test("simulate() writes one file per device and day", () => {
  assertEquals(DEMO.names, [
    "EXP_pil-90_2026-01-20.csv",
    "EXP_pil-90_2026-01-21.csv",
    "EXP_pil-91_2026-01-20.csv",
    "EXP_pil-91_2026-01-21.csv",
  ]);
  for (const name of DEMO.names) {
    const lines = linesOf(DEMO, name);
    // At 1 Hz, less the gaps.
    assert(lines.length > 70_000 && lines.length < 88_000, `${name} has ${lines.length} lines`);
    assert(readLine(lines[0]!), "the first line of a file is whole");
  }
});

Deno.test("simulate() writes the same bytes for the same seed, others for another", async () => {
  const hashes = await hashesOf(await runTreatment("simulate", {}, SMALL));
  assertEquals(await hashesOf(await runTreatment("simulate", {}, SMALL)), hashes);
  const others = Object.values(await hashesOf(await runTreatment("simulate", {}, { ...SMALL, seed: 2 })));
  const large = Object.values(await hashesOf(await runTreatment("simulate", {}, { ...SMALL, seed: 2 ** 32 + 1 })));
  assertEquals(new Set([...Object.values(hashes), ...others, ...large]).size, 6);
  // Pinned, because every machine and every engine must make these very bytes.
  assertEquals(hashes, {
    "EXP_pil-90_2026-01-20.csv": "08bc9edbbaa4b24212df8094bdec82b6dfb2fb7f63212b7c4a4a8bbe29af6e9c",
    "EXP_pil-90_2026-01-21.csv": "dd0d94d04f47df6a590e05b4c751e52403132b695f3d7d8e77b25f7dfcb286ce",
  });
});

Deno.test("simulate() does not let a device depend on the others, nor a day on later ones", async () => {
  const alone = await runTreatment("simulate", {}, SMALL);
  const [first] = alone.names;
  const more = await runTreatment("simulate", {}, { ...SMALL, devices: 2, days: 3 });
  assertEquals(more.names.length, 6);
  assertEquals(more.text(first!), alone.text(first!));
  assertNotEquals(more.text("EXP_pil-91_2026-01-20.csv"), alone.text(first!));
});

Deno.test("simulate() runs files past midnight by rotate_s and ends with the last day", async () => {
  const daysOf = (outcome: Outcome, name: string) => {
    const stamps = linesOf(outcome, name).map((line) => readLine(line)?.ts).filter((ts) => ts !== undefined);
    return [...new Set(stamps.map(dayOf))];
  };
  assertEquals(daysOf(DEMO, "EXP_pil-90_2026-01-20.csv"), ["2026-01-20", "2026-01-21"]);
  assertEquals(daysOf(DEMO, "EXP_pil-90_2026-01-21.csv"), ["2026-01-21"]);
  const cut = await runTreatment("simulate", {}, { ...SMALL, rotate_s: 0 });
  assertEquals(cut.names.map((name) => daysOf(cut, name)), [["2026-01-20"], ["2026-01-21"]]);
});

Deno.test("simulate() opens and closes every valve, and temperature follows the day", () => {
  const rows = linesOf(DEMO, "EXP_pil-90_2026-01-21.csv").map(readLine).filter((row) => row !== undefined);
  for (let channel = 0; channel < 12; channel++) {
    const values = rows.map((row) => Number(row.values.get(`m${channel}`) || NaN)).filter((v) => v >= 0 && v <= 800);
    const sorted = values.toSorted((a, b) => a - b);
    const [open, shut] = [sorted[Math.floor(sorted.length * 0.02)]!, sorted[Math.floor(sorted.length * 0.98)]!];
    assert(shut > 1.5 * open, `m${channel} goes from ${open} to ${shut}`);
    const middle = (open + shut) / 2;
    const crossings = values.filter((value, i) => i > 0 && value > middle !== values[i - 1]! > middle).length;
    assert(crossings >= 4 && crossings < 1000, `m${channel} moves ${crossings} times`);
  }
  const mean = (hour: number) => {
    const wanted = rows.filter((row) => Math.floor(row.ts / 3600e6) % 24 === hour);
    const values = wanted.map((row) => Number(row.values.get("outdoor_temp") || NaN)).filter((v) => v > -10 && v < 50);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  assert(mean(14) > mean(4) + 3, `${mean(4)} degrees at night, ${mean(14)} in the afternoon`);
});

Deno.test("simulate() keeps time by a clock that drifts, to the microsecond", async () => {
  const { text, names } = await runTreatment("simulate", {}, { devices: 1, days: 1, faults: {} });
  const stamps = text(names[0]!).trimEnd().split("\n").map((line) => readLine(line)!.ts);
  const steps = stamps.slice(1).map((ts, i) => ts - stamps[i]!);
  assert(
    steps.every((step) => Math.abs(step - 1e6) < 1000),
    "steps are a second, less or more some hundred microseconds",
  );
  assert(new Set(steps).size > 100, "the clock jitters");
  const phase = (ts: number) => ts % 1e6;
  assert(Math.abs(phase(stamps[0]!) - phase(stamps.at(-1)!)) > 10_000, "the phase drifts");
});

Deno.test("simulate() writes nothing but whole lines when no fault is named", async () => {
  const { text, names, metrics } = await runTreatment("simulate", {}, { ...SMALL, channels: 3, faults: {} });
  const lines = names.flatMap((name) => text(name).trimEnd().split("\n"));
  const whole = /^2026-01-2[01]T\d\d:\d\d:\d\d\.\d{6}Z;m0:\d{3};m1:\d{3};m2:\d{3};outdoor_temp:-?\d+\.\d\d$/;
  assertEquals(lines.filter((line) => !whole.test(line)), []);
  assertAlmostEquals(lines.length, 2 * 86_400 / 20, 1);
  assertEquals(Object.entries(metrics).filter(([name, count]) => name !== "lines" && count > 0), []);
});

Deno.test("simulate() takes higher rates, more channels and other names", async () => {
  const params = {
    devices: 1,
    days: 1,
    rate_hz: 10,
    channels: 16,
    device_prefix: "oyster",
    first_device: 7,
    faults: {},
  };
  const outcome = await runTreatment("simulate", {}, { ...params, experience: "LAB_2" });
  assertEquals(outcome.names, ["LAB_2_oyster7_2026-01-20.csv"]);
  const { size } = Deno.statSync(`${outcome.dir}/${outcome.names[0]}`);
  assertAlmostEquals(outcome.metrics["lines"]!, 864_000, 50);
  assert(size / outcome.metrics["lines"]! > 28 + 16 * 7 + 18, `${size} bytes`);
  Deno.removeSync(outcome.dir, { recursive: true });
});

Deno.test("simulate() refuses a start that is no date and names that parse would read otherwise", async () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ start: "2026-02-30" }, 'Cannot start on "2026-02-30": expected a date such as 2026-01-20'],
    [{ start: "20 January" }, 'Cannot start on "20 January": expected a date such as 2026-01-20'],
    [{ start: "2199-12-31" }, 'Cannot simulate 2 days from "2199-12-31"'],
    [{ start: "1969-12-31" }, 'Cannot simulate 2 days from "1969-12-31"'],
    [{ experience: "a/../b" }, 'Cannot name a device "a/../b_pil-90"'],
    [{ experience: "EXP_2025-01-01" }, 'Cannot name a device "EXP_2025-01-01_pil-90"'],
    [{ device_prefix: "pil 1" }, 'Cannot name a device "EXP_pil 190"'],
  ];
  for (const [params, message] of refused) {
    await assertRejects(() => runTreatment("simulate", {}, params), Error, message);
  }
});
