/** The refusal matrix: every attack, and where it is run from. */
import type { Attack } from "./attack.ts";
import { LEAVING, WRITING } from "./leave.ts";
import { LINKED, READING, SENDING, SYSTEM } from "./reach.ts";
import { LYING, SPENDING } from "./spend.ts";
import type { Origin } from "./world.ts";

/** All attacks. */
export const ATTACKS: readonly Attack[] = [
  ...READING,
  ...LINKED,
  ...SENDING,
  ...SYSTEM,
  ...WRITING,
  ...LEAVING,
  ...LYING,
  ...SPENDING,
];

/** The origin that every attack is run from. */
const MAIN_ORIGIN: Origin = "git";

/** One of each kind, run from the other origins, too. */
const SAMPLE = [
  "read_passwd",
  "read_other_code",
  "import_text_static",
  "follow_symlink_code",
  "fetch_out",
  "read_env",
  "spawn",
  "caches",
  "write_outside",
  "name_escape",
  "many_files",
];

/** Every attack with each origin that it is run from. */
export const MATRIX: readonly (readonly [Attack, Origin])[] = ATTACKS.flatMap((attack) => {
  const origins: Origin[] = [MAIN_ORIGIN];
  if (SAMPLE.includes(attack.name)) origins.push("built-in", "path", "https");
  return origins.map((origin) => [attack, origin] as const);
});
