/** Compares what two contestants wrote, cell by cell, with a reader that shares no code with either. */
import { parquetRead } from "hyparquet";
import { FOLDERS, type Step, STEPS } from "./peers/rules.ts";

/** Greatest difference between two floats that count as equal, relative to the greater... */
const RELATIVE = 1e-9;
/** ...or absolute: what is left of rounding where the true result is 0, such as the deviation of equal values. */
const ABSOLUTE = 1e-12;

export type Cell = bigint | number | null;
/** Cells by column. */
export type Columns = ReadonlyMap<string, readonly Cell[]>;

/** What a comparison found. */
export interface Comparison {
  readonly cells: number;
  readonly different: number;
  /** The first few differences, in words. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** Compares our files of some steps with those of each other folder, by its name. */
export async function compareOutputs(
  ours: string,
  theirs: ReadonlyMap<string, string>,
  steps: readonly Step[] = STEPS,
): Promise<Map<string, Comparison>> {
  const found = new Map([...theirs.keys()].map((name) => [name, { cells: 0, different: 0, examples: [] as string[] }]));
  for (const step of steps) {
    const folder = FOLDERS[step];
    for (const file of parquetNames([ours, ...theirs.values()].map((dir) => `${dir}/${folder}`))) {
      const own = await readColumns(`${ours}/${folder}/${file}`);
      for (const [name, dir] of theirs) {
        const { cells, different, examples } = compareColumns(own, await readColumns(`${dir}/${folder}/${file}`));
        const sum = found.get(name)!;
        sum.cells += cells;
        sum.different += different;
        sum.examples.push(
          ...examples.slice(0, EXAMPLES - sum.examples.length).map((text) => `${folder}/${file}: ${text}`),
        );
      }
    }
  }
  return found;
}

/** Compares two tables; a table, column or row that only one has makes all its cells different. */
export function compareColumns(a: Columns = new Map(), b: Columns = new Map()): Comparison {
  let cells = 0;
  let different = 0;
  const examples: string[] = [];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(name) ?? [], b.get(name) ?? []];
    const length = Math.max(x.length, y.length);
    cells += length;
    for (let i = 0; i < length; i++) {
      if (same(x[i], y[i])) continue;
      different++;
      if (examples.length < EXAMPLES) examples.push(`row ${i}, ${name}: ${x[i]} and ${y[i]}`);
    }
  }
  return { cells, different, examples };
}

function same(a: Cell | undefined, b: Cell | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "number" || typeof b !== "number") return false;
  const difference = Math.abs(a - b);
  return difference <= ABSOLUTE || difference <= RELATIVE * Math.max(Math.abs(a), Math.abs(b));
}

async function readColumns(path: string): Promise<Columns | undefined> {
  const columns = new Map<string, Cell[]>();
  const file = readFile(path);
  if (!file) return undefined;
  await parquetRead({
    file,
    // As they are stored: a Date has no microseconds.
    parsers: { timestampFromMicroseconds: (micros: bigint) => micros as unknown as Date },
    onChunk: ({ columnName, columnData }) => {
      const cells = columnData as ArrayLike<Cell>;
      const column = columns.get(columnName);
      if (column) { for (let i = 0; i < cells.length; i++) column.push(cells[i]!); }
      else columns.set(columnName, Array.from(cells));
    },
  });
  return columns;
}

function readFile(path: string): ArrayBuffer | undefined {
  try {
    return Deno.readFileSync(path).buffer;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parquetNames(folders: readonly string[]): string[] {
  const names = folders.flatMap((folder) => [...Deno.readDirSync(folder)].map(({ name }) => name));
  return [...new Set(names.filter((name) => name.endsWith(".parquet")))].sort();
}
