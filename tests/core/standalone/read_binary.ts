/** Reads what `deno compile` writes behind the runtime: JSON of what it runs under, and JSON of the files it holds. */

/** A compiled binary. */
export interface Binary {
  /** Embedded files, by path. */
  readonly files: ReadonlyMap<string, { readonly size: number; readonly transpiled: boolean }>;
  readonly metadata: {
    readonly argv: readonly string[];
    readonly code_cache_key: number | null;
    readonly entrypoint_key: string;
    readonly log_level: string | null;
    /** Without those that are not set. */
    readonly permissions: Readonly<Record<string, unknown>>;
    readonly v8_flags: readonly string[];
    readonly unstable_config: { readonly features: readonly string[] };
    readonly workspace_resolver: { readonly import_map: { readonly json: string } };
  };
}

type Entry =
  | { readonly Dir: { readonly n: string; readonly e: readonly Entry[] } }
  | { readonly File: { readonly n: string; readonly o: readonly [number, number]; readonly m?: unknown } };

/** Where the two stand; both are the first of their kind in the file. */
const METADATA = '{"argv":[';
const TREE = '[{"Dir":{"n":".deno_compile_node_modules"';

/** Reads the binary at `path`. */
export function readBinary(path: string): Binary {
  const bytes = Deno.readFileSync(path);
  const metadata = readJson(bytes, METADATA) as Binary["metadata"];
  const set = Object.entries(metadata.permissions).filter(([, value]) => value !== null);
  const files = new Map<string, { size: number; transpiled: boolean }>();
  const visit = (entries: readonly Entry[], folder: string) => {
    for (const entry of entries) {
      if ("Dir" in entry) visit(entry.Dir.e, `${folder}${entry.Dir.n}/`);
      else if ("File" in entry) {
        const { n, o, m } = entry.File;
        files.set(folder + n, { size: o[1], transpiled: m !== undefined });
      }
    }
  };
  visit(readJson(bytes, TREE) as Entry[], "");
  return { files, metadata: { ...metadata, permissions: Object.fromEntries(set) } };
}

/** The JSON value that begins with `start`, and ends where its brackets do. */
function readJson(bytes: Uint8Array, start: string): unknown {
  const from = find(bytes, new TextEncoder().encode(start));
  let depth = 0;
  let quoted = false;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === 0x22) quoted = !quoted;
    else if (byte === 0x5c && quoted) at++;
    else if (quoted) continue;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
      return JSON.parse(new TextDecoder().decode(bytes.subarray(from, at + 1)));
    }
  }
  throw new Error(`No end of ${start}`);
}

function find(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  throw new Error(`Found no ${new TextDecoder().decode(wanted)}`);
}
