import { assertEquals, assertRejects } from "@std/assert";
import type { Treatment } from "../../../core/contract/treatment.ts";
import { MyxError } from "../../../core/contract/errors.ts";
import { collectStaged, type StagedFile } from "../../../core/engine/collect.ts";
import { withCutListing } from "../../cut_listing.ts";
import { makeTempDir } from "../../temp_dir.ts";

const treatment = {
  name: "t",
  partition: ["file"],
  output: { format: "csv" },
  permissions: {},
} as unknown as Treatment;
const whole = { ...treatment, partition: [] } as unknown as Treatment;

/** What is collected of a folder with files of these paths, after `more` was done to it. */
async function collect(paths: readonly string[], from = treatment, more: (folder: string) => void = () => {}) {
  const folder = makeTempDir();
  for (const path of paths) {
    Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${folder}/${path}`, "");
  }
  more(folder);
  const { files, rejects } = await collectStaged(folder, from, ["mine.jsonl"]);
  const short = ({ path }: StagedFile) => path.slice(folder.length + 1);
  return {
    files: Object.fromEntries([...files].map(([name, parts]) => [name, parts.map(short)])),
    rejects: Object.fromEntries([...rejects].map(([name, file]) => [name, short(file)])),
  };
}

Deno.test("collectStaged() lists the parts of one name in the order of the calls' files", async () => {
  const paths = ["run-10/a.csv", "run-9/a.csv", "run-9/b.csv", "_rejects/mine.jsonl", "c.csv"];
  assertEquals(await collect(paths), {
    files: { "c.csv": ["c.csv"], "a.csv": ["run-9/a.csv", "run-10/a.csv"], "b.csv": ["run-9/b.csv"] },
    rejects: { "mine.jsonl": "_rejects/mine.jsonl" },
  });
});

Deno.test("collectStaged() refuses all but regular files of the format, with names that nobody trips over, and too much of them", async () => {
  const link = (path: string) => (folder: string) => Deno.symlinkSync("/etc/passwd", `${folder}/${path}`);
  const hardLink = (path: string) => (folder: string) => Deno.linkSync(`${folder}/a.csv`, `${folder}/${path}`);
  for (
    const [told, paths, from, more] of [
      ["no csv file", ["a.txt"]],
      ["output.format is none", ["a.csv"], { ...treatment, output: { format: "none" } } as unknown as Treatment],
      ["begins with a dot", [".a.csv"]],
      ["has control characters", ["a\n.csv"]],
      ["has control characters", ["a\ufffd.csv"]],
      ["has a path in it", ["a\\b.csv"]],
      ["is longer than 200 bytes", [`${"é".repeat(98)}a.csv`]],
      ["a folder, a link or a device", ["run-1/folder.csv/a.csv"]],
      ["a folder, a link or a device", ["a.csv/b.csv"]],
      ["run-1", ["run-1/a.csv"], whole],
      ["run-1x", ["run-1x/a.csv"]],
      ["rerun-1", ["rerun-1/a.csv"]],
      ["a folder, a link or a device", ["a.csv"], treatment, link("b.csv")],
      ["a folder, a link or a device", ["a.csv"], treatment, hardLink("b.csv")],
      ["is no folder", ["a.csv"], treatment, link("run-1")],
      ["is no folder", ["a.csv", "_rejects"]],
      ['rejects as "other.jsonl", which is not its own', ["_rejects/other.jsonl"]],
      ["a folder, a link or a device", ["_rejects/a"], treatment, (folder) => {
        Deno.removeSync(`${folder}/_rejects/a`);
        link("_rejects/mine.jsonl")(folder);
      }],
    ] as [string, string[], Treatment?, ((folder: string) => void)?][]
  ) {
    await assertRejects(() => collect(paths, from, more), MyxError, told);
  }
  const little = { ...treatment, permissions: { output_mb: 1 } } as unknown as Treatment;
  const grow = (folder: string) => Deno.truncateSync(`${folder}/_rejects/mine.jsonl`, 2 ** 20 + 1);
  await assertRejects(() => collect(["a.csv", "_rejects/mine.jsonl"], little, grow), Error, "more than 1 MB");
  const longest = `${"é".repeat(98)}.csv`;
  assertEquals(Object.keys((await collect([longest])).files), [longest]);
});

Deno.test("collectStaged() fails where the disk lists only part of what a call wrote: the rest would count as never written", async () => {
  for (const cut of ["", "/_rejects", "/run-1"]) {
    const paths = ["a.csv", "b.csv", "_rejects/mine.jsonl", "run-1/c.csv"];
    const isCut = (folder: string) => new RegExp(`/myx-test-[^/]*${cut}$`).test(folder);
    await assertRejects(
      () => withCutListing(isCut, () => collect(paths)),
      MyxError,
      `${cut}": Input/output error (os error 5)`,
    );
  }
});
