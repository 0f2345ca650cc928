import type { Files } from "../../files.ts";

/** A treatment of ours as one of the project, which is not trusted as ours are; `changes` are those of its treatment.json. */
export function ownTreatment(name: string, changes: Files = {}): Files {
  const home = new URL(`../../../treatments/${name}/`, import.meta.url);
  const declared = JSON.parse(Deno.readTextFileSync(new URL("treatment.json", home)));
  const code = [...Deno.readDirSync(home)].filter((entry) => entry.name.endsWith(".ts"));
  return {
    [`treatments/${name}/treatment.json`]: { ...declared, ...changes },
    ...Object.fromEntries(
      code.map((entry) => [`treatments/${name}/${entry.name}`, Deno.readTextFileSync(new URL(entry.name, home))]),
    ),
  };
}
