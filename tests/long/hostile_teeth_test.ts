/**
 * Shows that the refusal matrix has teeth: each attack wins once the guards that its row names are taken away. What would
 * use up the machine is content with little.
 */
import { assert } from "@std/assert";
import { withoutGuards } from "../../core/sandbox/guards.ts";
import { ATTACKS } from "../hostile/attacks.ts";
import { runAttack } from "../hostile/run_attack.ts";

for (const attack of ATTACKS) {
  Deno.test(`${attack.name} wins without ${attack.guards.join(", ")}`, async () => {
    using _ = withoutGuards(attack.guards);
    const { won, said } = await runAttack(attack, { origin: "project", capped: true });
    assert(won.length > 0, `it was stopped all the same: ${said}`);
  });
}
