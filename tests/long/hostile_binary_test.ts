/** The refusal matrix once more: against the Workers that run built-in treatments in the compiled binary. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { actStandalone } from "../../core/standalone/self.ts";
import { SELF } from "../core/standalone/as_run.ts";
import { ATTACKS } from "../hostile/attacks.ts";
import { runAttack } from "../hostile/run_attack.ts";

/** No attack on what is built in: package managers link what they install. */
const INSTALLED = ["follow_hardlink_code"];
/** There is no PATH in that environment, which is found out first. */
const NO_PATH: Readonly<Record<string, RegExp>> = { spawn: /no path to search/, daemon: /no path to search/ };

for (const attack of ATTACKS.filter(({ name }) => !INSTALLED.includes(name))) {
  Deno.test(`${attack.name} is contained in the binary`, async () => {
    using _ = actStandalone(SELF);
    const { exit, said, won, leaked, left } = await runAttack(attack, { origin: "built-in" });
    assertEquals(won, []);
    const early = exit === 2 && attack.atStart;
    assertMatch(said, NO_PATH[attack.name] ?? (early || attack.seen));
    if (!early) assertEquals(exit, attack.exit ?? 1);
    assert(!leaked, "the secret is out");
    assertEquals(left, []);
  });
}
