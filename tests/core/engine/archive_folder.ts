/** Folders that tests archive, restore by the real tar and look into. */
import { assert } from "@std/assert";
import { type Archive, writeArchive } from "../../../core/engine/archive.ts";
import type { Held } from "../../../core/engine/archive_check.ts";
import { listEntries } from "../../../core/engine/archive_entries.ts";
import { hashFile } from "../../../core/engine/hash.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** What a test puts into a folder: text is a file, `{link}` a symbolic link, `null` an empty folder. */
export type Tree = Readonly<Record<string, string | Uint8Array<ArrayBuffer> | { readonly link: string } | null>>;

export function plant(root: string, tree: Tree): void {
  for (const [path, what] of Object.entries(tree)) {
    const full = `${root}/${path}`;
    Deno.mkdirSync(what === null ? full : full.replace(/\/[^/]*$/, ""), { recursive: true });
    if (typeof what === "string") Deno.writeTextFileSync(full, what);
    else if (what instanceof Uint8Array) Deno.writeFileSync(full, what);
    else if (what) Deno.symlinkSync(what.link, full);
  }
}

export function scratch(tree: Tree = {}): string {
  const dir = makeTempDir("myx-archive-");
  Deno.mkdirSync(`${dir}/demo`);
  plant(`${dir}/demo`, tree);
  return dir;
}

export const archive = async (dir: string, file = "a.tar.gz"): Promise<Archive> =>
  await writeArchive(`${dir}/demo`, "demo", await listEntries(`${dir}/demo`), `${dir}/${file}`);

/** Bytes that do not compress. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** Restores by the real tar. */
export function untar(file: string, into: string): void {
  Deno.mkdirSync(into, { recursive: true });
  const { success, stderr } = new Deno.Command("tar", { args: ["xzf", file, "-C", into] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

/** All that `find` and reading tell of a folder. */
export function look(root: string): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (path: string) => {
    for (const { name } of Deno.readDirSync(`${root}/${path}`)) {
      const at = `${path}/${name}`;
      const stat = Deno.lstatSync(root + at);
      const mode = (stat.mode! & 0o777).toString(8);
      const seconds = Math.floor(stat.mtime!.getTime() / 1000);
      if (stat.isSymlink) seen[at] = `-> ${Deno.readLinkSync(root + at)}`;
      else if (stat.isFile) seen[at] = `${mode} ${seconds} ${hashFile(root + at, stat.size)}`;
      else {
        seen[at] = mode;
        walk(at);
      }
    }
  };
  walk("");
  return seen;
}

export async function heldIn(root: string): Promise<Map<string, Held>> {
  return new Map(
    (await listEntries(root)).map((entry) => [
      entry.path,
      { ...entry, sha256: () => hashFile(`${root}/${entry.path}`, entry.size) },
    ]),
  );
}
