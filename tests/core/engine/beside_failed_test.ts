import { assertEquals } from "@std/assert";
import { besideFailed } from "../../../core/engine/beside_failed.ts";

const dayAt = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const unitsOf = (sources: readonly string[], domains: readonly string[], days: readonly number[]) =>
  sources.flatMap((source) =>
    domains.flatMap((domain) => days.map((day) => ({ partition: { source, domain, day: dayAt(day) } })))
  );

Deno.test("besideFailed() names the nearest days before and after each failed one, of each series that it is of", () => {
  const beside = (failed: Parameters<typeof besideFailed>[1]) =>
    besideFailed(unitsOf(["a", "b"], ["x", "y"], [0, 1, 3, 6]), failed).map(({ partition: { source, domain, day } }) =>
      `${source} ${domain} ${day.slice(-2)}`
    );
  assertEquals(beside([{ source: "a", domain: "x", day: dayAt(1) }]), ["a x 01", "a x 04"]);
  // Two in a row, later ones first, one of them never made here.
  const two = [3, 2].map((day) => ({ source: "a", domain: "y", day: dayAt(day) }));
  assertEquals([...new Set(beside(two))], ["a y 02", "a y 04", "a y 07"]);
  assertEquals(beside([{ source: "b", day: dayAt(0) }]), ["b x 02", "b y 02"]);
  assertEquals(beside([{ domain: "y", day: dayAt(6) }]), ["a y 04", "b y 04"]);
  assertEquals(beside([{ day: dayAt(7) }]).length, 4);
  assertEquals(beside([{}, { source: "a" }, { source: "c", domain: "x", day: dayAt(1) }]), []);
});

Deno.test("besideFailed() takes no time where all days of years have failed", () => {
  const days = Array.from({ length: 3650 }, (_, day) => day);
  const units = unitsOf(["a", "b", "c"], ["w", "x", "y", "z"], days);
  const start = performance.now();
  const beside = besideFailed(units, units.map(({ partition }) => partition));
  assertEquals(new Set(beside).size, units.length);
  // Measured: 30 ms; each failed day by itself takes more than a minute.
  assertEquals(performance.now() - start < 5000, true);
});
