import { compareNames, parseRawName, type Substitution } from "../data/naming.ts";

/** Of each source, which names stand behind it before sanitising, each with the first raw file that has it. */
type Sources = ReadonlyMap<string, ReadonlyMap<string, string>>;

// The folder is listed once per process and not once per file: a folder may hold 40,000 files.
const known = new Map<string, Sources>();

/**
 * The source of a raw file.
 *
 * @throws {TypeError} If the name is only a date, or another file's source becomes equal to it by sanitising.
 */
export function sourceOf(inputDir: string, name: string, substitutions: readonly Substitution[]): string {
  const { source, unsanitised } = parseRawName(name, substitutions);
  const key = JSON.stringify([inputDir, substitutions]);
  let sources = known.get(key);
  if (!sources) known.set(key, sources = listSources(inputDir, substitutions));
  for (const [other, file] of sources.get(source) ?? []) {
    if (other === unsanitised) continue;
    throw new TypeError(
      `Cannot parse "${name}": its source "${unsanitised}" and the source "${other}" of "${file}" would both be called ` +
        `"${source}"; rename one of the files, or make the sources equal with file_name_substitute if they are one`,
    );
  }
  return source;
}

function listSources(inputDir: string, substitutions: readonly Substitution[]): Sources {
  const names = [...Deno.readDirSync(inputDir)].map(({ name }) => name);
  const sources = new Map<string, Map<string, string>>();
  for (const name of names.filter((name) => /^[^.].*\.csv(\.gz)?$/i.test(name)).sort(compareNames)) {
    const raw = readable(name, substitutions);
    if (!raw) continue;
    const files = sources.get(raw.source) ?? new Map<string, string>();
    if (!files.has(raw.unsanitised)) files.set(raw.unsanitised, name);
    sources.set(raw.source, files);
  }
  return sources;
}

/** A name that cannot be read fails the call on its own file, not those on its neighbours. */
function readable(name: string, substitutions: readonly Substitution[]): ReturnType<typeof parseRawName> | undefined {
  try {
    return parseRawName(name, substitutions);
  } catch {
    return undefined;
  }
}
