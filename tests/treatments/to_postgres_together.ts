/** Two loads at once, at moments that a seed decides. */
import { assertEquals } from "@std/assert";
import { type Connection, openDatabase } from "myx";
import { faulty } from "./to_postgres_faulty.ts";
import { dayTable, joined, makeWorld } from "./to_postgres_world.ts";

const PARAMS = { table_template: "all_{aggregation}" };
const device = (column: string, name: string) => `${name.split("__")[0]!.slice(4)}__${column}`;

/** Numbers below 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Loads a folder from two runs at once, one of which may see a part of it, from nothing and again after a change; checks
 * that the table then holds what the files say.
 */
export async function runTogether(connection: Connection, seed: number): Promise<void> {
  const random = randomOf(seed + 1);
  using world = makeWorld(connection, `together_${seed}`);
  for (const version of [0, 1, 2]) {
    for (const day of [0, 1]) {
      for (const name of ["a", "b"]) {
        if (version > 0 && random() < 0.4) continue;
        const seconds = [0, 10, 20].filter(() => random() < 0.8);
        const columns = { m0: seconds.map(() => Math.floor(random() * 9)), [`v${version}`]: seconds.map(() => 0.5) };
        world.put(`EXP_${name}__bio__2026-01-${20 + day}__10s.parquet`, dayTable(day, seconds, columns));
      }
    }
    const part = random() < 0.5 ? [{ devices: [random() < 0.5 ? "a" : "b"] }] : [];
    const slow = (to: Connection) =>
      openDatabase(to).then((db) =>
        faulty(
          db,
          (point) =>
            point === "copy" ? undefined : new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 12))),
        )
      );
    await Promise.all([
      world.load(PARAMS, { open: slow }),
      world.load({ ...PARAMS, sources: part }, { open: slow }),
    ]);
    const columns = new Set((await world.rows("ALL_10S")).flatMap((row) => Object.keys(row)));
    const expected = joined(world, world.names(), device).map((row) => ({
      ...Object.fromEntries([...columns].map((column) => [column, null])),
      ...row,
    }));
    assertEquals(await world.rows("ALL_10S"), expected, `seed ${seed}, version ${version}`);
  }
}
