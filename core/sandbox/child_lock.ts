import type { NpmPins } from "../contract/lock_file.ts";

const OWN = new URL("../../deno.lock", import.meta.url);

/**
 * Writes the lock file of a child whose treatment imports packages: those of myx and, frozen with them, those that
 * `myx.lock` pins. Made anew for every run, so that a later version of myx needs no other `myx.lock`.
 */
export function writeChildLock(path: string, npm: NpmPins): void {
  const own = JSON.parse(Deno.readTextFileSync(OWN));
  const lock = {
    ...own,
    specifiers: { ...npm.specifiers, ...own.specifiers },
    npm: { ...npm.packages, ...expandDependencies(own.npm ?? {}) },
  };
  Deno.writeTextFileSync(path, JSON.stringify(lock));
}

type Packages = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Deno leaves a dependency's version out where a lock has only one: beside other packages that would be ambiguous. */
export function expandDependencies(packages: Packages): Record<string, Record<string, unknown>> {
  const ids = new Map(Object.keys(packages).map((id) => [id.replace(/(?<=.)@.*/s, ""), id]));
  const expand = (value: unknown) =>
    Array.isArray(value) ? value.map((name: string) => /.@/.test(name) ? name : ids.get(name) ?? name) : value;
  const lists = ["dependencies", "optionalDependencies", "optionalPeers"];
  return Object.fromEntries(
    Object.entries(packages).map(([id, entry]) => [
      id,
      Object.fromEntries(
        Object.entries(entry).map(([key, value]) => [key, lists.includes(key) ? expand(value) : value]),
      ),
    ]),
  );
}
