/** A group of keys with one type. */
export interface Domain {
  /** Stands in file names. */
  readonly name: string;
  /** How its values are written. */
  readonly dtype: "int" | "float";
  /** Keys made of this text and digits belong to the domain. */
  readonly prefix: string | undefined;
  /** Keys that belong to it whatever their form. */
  readonly columns: readonly string[];
}

/** A param that cannot be used. */
function wrong(path: string, value: unknown, expected: string): TypeError {
  return new TypeError(`Cannot use domains.${path} ${JSON.stringify(value)}: expected ${expected}`);
}

/**
 * Reads the param `domains`.
 *
 * @throws {TypeError} If a name would not survive in a file name, a type is unknown, or a key belongs to two domains.
 */
export function readDomains(param: Readonly<Record<string, unknown>>, timeColumn: string): readonly Domain[] {
  const domains: Domain[] = [];
  for (const [name, given] of Object.entries(param)) {
    if (given === null) continue;
    if (!/^[\p{L}\p{N}.-][\p{L}\p{N}._-]*$/u.test(name) || name.includes("__")) {
      throw new TypeError(
        `Cannot use domain name "${name}": it stands in file names; use letters, digits and single "_", not at the start`,
      );
    }
    if (typeof given !== "object" || Array.isArray(given)) throw wrong(name, given, "an object with prefix or columns");
    const { dtype, prefix, columns = [], ...rest } = given as Record<string, unknown>;
    if (dtype !== "int" && dtype !== "float") throw wrong(`${name}.dtype`, dtype, `"int" or "float"`);
    if (prefix !== undefined && (typeof prefix !== "string" || prefix === "")) {
      throw wrong(`${name}.prefix`, prefix, "the text in front of the digits");
    }
    if (!Array.isArray(columns) || !columns.every((column) => typeof column === "string" && column !== "")) {
      throw wrong(`${name}.columns`, columns, "a list of keys");
    }
    const other = Object.keys(rest)[0];
    if (other !== undefined) throw wrong(name, other, `only "prefix", "columns" and "dtype"`);
    if (prefix === undefined && columns.length === 0) throw wrong(name, given, "a prefix or columns");
    const domain: Domain = { name, dtype, prefix, columns: [...new Set<string>(columns)] };
    if (hasKey(domain, timeColumn)) {
      const place = columns.includes(timeColumn) ? "columns" : "prefix";
      throw wrong(`${name}.${place}`, timeColumn, "no key named as the time column");
    }
    domains.push(domain);
  }
  if (domains.length === 0) throw new TypeError(`Cannot parse without domains: name at least one in "domains"`);
  refuseOverlaps(domains);
  return domains;
}

/** Whether a key belongs to a domain. */
export function hasKey({ prefix, columns }: Domain, key: string): boolean {
  return columns.includes(key) || (prefix !== undefined && key.startsWith(prefix) && isDigits(key, prefix.length));
}

function isDigits(key: string, from: number): boolean {
  for (let i = from; i < key.length; i++) if (key[i]! < "0" || key[i]! > "9") return false;
  return key.length > from;
}

function refuseOverlaps(domains: readonly Domain[]): void {
  for (const a of domains) {
    // The longer of two prefixes that differ by digits has keys of both: m1 + 0 is m + 10.
    for (const key of [...a.columns, ...(a.prefix === undefined ? [] : [`${a.prefix}0`])]) {
      const b = domains.find((domain) => domain !== a && hasKey(domain, key));
      if (!b) continue;
      throw new TypeError(
        `Cannot parse key "${key}": it belongs to the domains "${a.name}" and "${b.name}"; let one of them have it`,
      );
    }
  }
}
