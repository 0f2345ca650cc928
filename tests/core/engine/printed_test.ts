import { assertEquals } from "@std/assert";
import type { FlowEvent } from "../../../core/engine/report.ts";
import { makeProject, treatmentWith } from "../../project.ts";

const CODE = `
export function run(input, output, { password }, { files: [{ name }] }) {
  if (name < "c") console.log("reads %s", name, "\\x1b[31m");
  if (name === "a.csv") console.error("login as\\n" + password + "\\nand");
  if (name === "b.csv") Deno.stderr.writeSync(new TextEncoder().encode("no line end"));
  if (name === "b.csv") throw new Error("broken");
  if (name === "c.csv") console.log("x".repeat(20_000) + "\\nlast");
}
`;

Deno.test("--debug shows what a treatment prints, in whole lines without secrets; nothing else does", async () => {
  const raw = (name: string) => [`datasets/d/00_raw/${name}.csv`, "x\n"];
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [{ treatment: "t", name: "step", input: "00_raw", output: "10", params: { password: "line 1\nline 2" } }],
    },
    ...treatmentWith("t", CODE, { partition: ["file"], params: { password: { type: "string", secret: true } } }),
    ...Object.fromEntries(["a", "b", "c"].map(raw)),
  });
  const told = async (debug: boolean) => {
    const notices: string[] = [];
    const onEvent = (event: FlowEvent) => void (event.type === "notice" && notices.push(event.message));
    await project.run("f", { jobs: 1, debug, onEvent });
    return notices;
  };
  const shown = (line: string) => `step prints: ${line}`;
  const lines = await told(true);
  // Of a flood the end is kept.
  const flood = lines.filter((line) => /^step prints: x+(\.\.\.)?$/.test(line));
  assertEquals(flood.length, 1);
  assertEquals(lines.filter((line) => !flood.includes(line)), [
    shown("reads a.csv \u{fffd}[31m"),
    shown("login as"),
    shown("***"),
    shown("and"),
    shown("reads b.csv \u{fffd}[31m"),
    shown("last"),
  ]);
  assertEquals(await told(false), []);
});
