/** A flow of two steps on the raw files of one device, and how to make and count its rows. */
import { readParquet } from "myx";
import { kvLines, type TestProject } from "../../project.ts";

export const PARSE = { treatment: "parse", input: "00_raw", output: "10_parsed" };
export const CLEAN = { treatment: "clean", input: "10_parsed", output: "20_clean" };
export const FLOW = { name: "f", dataset: "d", steps: [PARSE, CLEAN] };
export const RAW = "datasets/d/00_raw";
export const PARSED = "datasets/d/10_parsed";
export const CLEANED = "datasets/d/20_clean";
export const DAY_20: string = `${PARSED}/EXP_a__bio_signal__2026-01-20.parquet`;

/** `count` rows, one a minute, from `start` seconds on. */
export function rows(start: number, count: number): string {
  return kvLines(Array.from({ length: count }, (_, i) => [start + 60 * i, { m0: 100 + i }]));
}

/** How many rows a Parquet file has. */
export function rowsOf(project: TestProject, path: string): number {
  return readParquet(`${project.dir}/${path}`).ts.length;
}
