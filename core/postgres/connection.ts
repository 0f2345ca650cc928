/** Where tables go: a PostgreSQL server, or the one that runs inside the process that uses it. */

/** Whether a connection is encrypted, and what is checked of the server, as libpq names it. */
export const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;

/** One of {@linkcode SSL_MODES}. */
export type SslMode = typeof SSL_MODES[number];

/** The `host` that means the database in {@linkcode Connection.state}. */
export const EMBEDDED = "embedded";

/** What reaches a database. */
export interface Connection {
  /** Name or address of a server; a folder (beginning with `/`) that holds its unix socket; or {@linkcode EMBEDDED}. */
  readonly host: string;
  /** Port of the server; for a unix socket part of its name. */
  readonly port: number;
  /** Name of the database; the embedded one has its own. */
  readonly dbname: string;
  /** Who connects; the embedded one knows only its owner. */
  readonly user: string;
  /** Sent when the server asks for it. */
  readonly password?: string;
  /** Whether the connection is encrypted, and what is checked of the server; nothing for unix sockets. */
  readonly sslmode: SslMode;
  /** PEM text of the certificates that may have signed the server's; by default those of well-known authorities. */
  readonly ca?: string;
  /** Folder of the embedded database; made where it does not exist. One process at a time may have it open. */
  readonly state?: string;
}

/** The rows of a query, and the names of their columns even where there are no rows. */
export interface Rows<Row> extends Array<Row> {
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
}

/** What a query says of a column. */
export interface TextColumn {
  /** Its name; others may have the same. */
  readonly name: string;
  /** The number of its type, as `pg_type.oid` has it. */
  readonly type: number;
}

/** The rows of a query as PostgreSQL writes them, by position. */
export interface Texts {
  /** What stands in each row, in order; known even where there are no rows. */
  readonly columns: readonly TextColumn[];
  /** A text or null for each column. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * An open database; one connection, one thing at a time.
 *
 * bigint comes as a number (as a `bigint` above 2^53), numeric, dates and stamps come as text, json as what it says.
 * Errors are {@linkcode DatabaseError}s.
 */
export interface Database {
  /** Whether the database runs in this process. */
  readonly embedded: boolean;
  /**
   * Runs a statement, with `values` (text, numbers, booleans, null) for `$1`, `$2`... Without values it may be several
   * statements; the rows are those of the last. Give json as `$1::text::jsonb`.
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** Runs one statement of somebody else's, whatever its columns are called; the database refuses more than one. */
  single(text: string): Promise<Texts>;
  /** Commits what `body` does, or undoes it and passes the error on. Not to be nested. */
  transaction<T>(body: (db: Database) => Promise<T>): Promise<T>;
  /**
   * Copies rows into `table` (SQL, as `quoteName` writes it), and resolves to how many. The chunks are whole rows as
   * {@linkcode encodeRows} makes them; each is used up before the next is asked for.
   */
  copy(table: string, columns: readonly string[], chunks: Iterable<Uint8Array>): Promise<number>;
  /** Closes it. What is not committed is undone. */
  close(): Promise<void>;
}
