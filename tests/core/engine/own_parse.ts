import type { Files } from "../../project.ts";

/** parse as a treatment of the project, whose calls take what `pack` says. */
export function ownParse(pack: boolean | number): Files {
  const home = new URL("../../../treatments/parse/", import.meta.url);
  const declared = JSON.parse(Deno.readTextFileSync(new URL("treatment.json", home)));
  const code = [...Deno.readDirSync(home)].filter(({ name }) => name.endsWith(".ts"));
  return {
    "treatments/parse/treatment.json": { ...declared, pack },
    ...Object.fromEntries(
      code.map(({ name }) => [`treatments/parse/${name}`, Deno.readTextFileSync(new URL(name, home))]),
    ),
  };
}
