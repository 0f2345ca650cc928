import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { originOf } from "myx";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("originOf() draws a number once, and again where a full disk has left none", () => {
  const state = makeTempDir();
  const origin = originOf("/lab/datasets/mussels/40_aggregated", state);
  assertMatch(origin, /^[0-9a-f-]{36} mussels$/);
  assertEquals(originOf("/lab/datasets/mussels/00_raw/", state), origin);
  Deno.writeTextFileSync(`${state}/origin`, "");
  const drawn = originOf("/lab/datasets/mussels/00_raw", state);
  assertMatch(drawn, /^[0-9a-f-]{36} mussels$/);
  assertNotEquals(drawn, origin);
  assertEquals(originOf("/lab/datasets/mussels/00_raw", state), drawn);
});

Deno.test("originOf() draws one number for two processes that find none", async () => {
  const dir = makeTempDir();
  const states = Array.from({ length: 60 }, (_, i) => `${dir}/${i}`);
  for (const state of states) Deno.mkdirSync(state);
  const at = Date.now() + 1500;
  const code = `import { originOf } from "${import.meta.resolve("../../../core/postgres/origin.ts")}";
    const states = ${JSON.stringify(states)};
    console.log(states.map((state, i) => {
      while (Date.now() < ${at} + 10 * i) { /* at the same moment as the other */ }
      return originOf("/lab/mussels/40_aggregated", state);
    }).join());`;
  const draw = () => new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "piped" }).output();
  const [one, other] = (await Promise.all([draw(), draw()])).map(({ stdout }) => new TextDecoder().decode(stdout));
  assertMatch(one!, /mussels/);
  assertEquals(one, other);
});
