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
