/** Runs the refusal matrix: `deno task test:hostile`. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ATTACKS, MATRIX } from "./attacks.ts";
import { type Outcome, runAttack } from "./run_attack.ts";

/** Attacks run side by side, since most of their time is waiting for processes to start. */
const LANES = 3;

const started = new Map<string, PromiseWithResolvers<Outcome>>();
let lanes: Promise<unknown> | undefined;

function startAll(): void {
  for (const [{ name }, origin] of MATRIX) {
    const outcome = Promise.withResolvers<Outcome>();
    outcome.promise.catch(() => {}); // Told by its own test.
    started.set(`${name} ${origin}`, outcome);
  }
  const queue = MATRIX.values();
  const lane = async () => {
    for (const [attack, origin] of queue) {
      const { resolve, reject } = started.get(`${attack.name} ${origin}`)!;
      await runAttack(attack, { origin }).then(resolve, reject);
    }
  };
  lanes = Promise.all(Array.from({ length: LANES }, lane));
}

for (const [attack, origin] of MATRIX) {
  Deno.test({
    name: `${attack.name} is contained when it comes from ${origin}`,
    // The attacks behind it run already.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      if (!lanes) startAll();
      const { exit, said, won, leaked, left } = await started.get(`${attack.name} ${origin}`)!.promise;
      assertEquals(won, []);
      const early = exit === 2 && attack.atStart;
      assertMatch(said, early || attack.seen);
      if (!early) assertEquals(exit, attack.exit ?? 1);
      assert(!leaked, "the secret is out");
      assertEquals(left, []);
    },
  });
}

Deno.test("every folder of an attack stands in the matrix", () => {
  const folders = [...Deno.readDirSync(new URL("./", import.meta.url))].filter(({ isDirectory }) => isDirectory);
  assertEquals(ATTACKS.map(({ name }) => name).sort(), folders.map(({ name }) => name).sort());
});
