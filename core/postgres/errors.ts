import { type Connection, EMBEDDED, type SslMode } from "./connection.ts";

/** The modes in which nothing is sent to a server that does not encrypt. */
const ENCRYPTED: readonly SslMode[] = ["require", "verify-ca", "verify-full"];

/** What a database refused, and why, said for people; never with a password. */
export class DatabaseError extends Error {
  /** Tells it from other errors where classes do not reach. */
  override readonly name: string = "DatabaseError";
  /** The SQLSTATE of the server, or the code of what failed in between. */
  readonly code: string;
  /** Whether the connection is gone. */
  readonly lost: boolean;

  /** An error with the words of `message`, caused by the driver's. */
  constructor(message: string, options: { code: string; lost: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.lost = options.lost;
  }
}

/** What there is to know of a driver's error. */
interface Facts {
  readonly code?: string;
  /** Only what the server itself says has one. */
  readonly severity?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly errors?: readonly unknown[];
}

/** Which database, as people name it. */
function describeConnection({ host, port, dbname, user, state }: Connection): string {
  if (host === EMBEDDED) return `the embedded database in "${state}"`;
  const address = host.includes(":") ? `[${host}]` : host;
  const where = host.startsWith("/") ? `the socket "${host}/.s.PGSQL.${port}"` : `"${address}:${port}"`;
  return `database "${dbname}" on ${where} as "${user}"`;
}

/**
 * What failed and what to do about it. Only codes and the server's own words are used: a driver's error also carries the
 * statement and its values. `opening`: the connection was never open.
 */
export function explainError(
  error: unknown,
  connection: Connection,
  { lost = false, opening = false } = {},
): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = "", severity, message, detail, hint } = factsOf(error);
  const where = describeConnection(connection);
  const said = [message, detail, hint].filter(Boolean).join("; ").replace(/\s+/g, " ");
  const make = (text: string, gone = lost) => new DatabaseError(text, { code, lost: gone, cause: error });
  const known = KNOWN.find(({ codes, text }) => codes?.some((known) => code.startsWith(known)) || text?.test(message));
  if (known) return make(known.say(where, said), lost || known.lost === true);
  if (opening && severity === undefined) {
    const { sslmode } = connection;
    const encrypts = ENCRYPTED.includes(sslmode) ? `, and that it encrypts, as sslmode "${sslmode}" asks for` : "";
    return make(`Cannot connect to ${where}: ${said}; check that it is PostgreSQL that listens there${encrypts}`);
  }
  if (opening) return make(`Cannot connect to ${where}: ${said} (${code})`);
  if (lost) return make(`Lost the connection to ${where}: ${said}; what was not committed is undone: run again`);
  return make(`Cannot use ${where}: ${said}${code ? ` (${code})` : ""}`);
}

function factsOf(error: unknown): Facts {
  const facts = (typeof error === "object" && error !== null ? error : { message: String(error) }) as Facts;
  // Where a name has several addresses, the one error holds one for each.
  const [first] = facts.errors ?? [];
  return first && !facts.message ? factsOf(first) : facts;
}

interface Known {
  readonly codes?: readonly string[];
  readonly text?: RegExp;
  readonly lost?: boolean;
  say(where: string, said: string): string;
}

const KNOWN: readonly Known[] = [
  {
    codes: ["ECONNREFUSED", "ENOENT"],
    lost: true,
    say: (where, said) =>
      `Cannot connect to ${where}: nobody listens there (${said}); start the server, or set host and port`,
  },
  {
    codes: ["ENOTFOUND", "EAI_AGAIN"],
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: no such host (${said}); set host`,
  },
  {
    codes: ["CONNECT_TIMEOUT", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: no answer (${said}); check host, port and the firewall between`,
  },
  {
    // The name of the file is the same in every language.
    text: /pg_hba\.conf/,
    lost: true,
    say: (where, said) =>
      `Cannot connect to ${where}: the server refused (${said}); check user and dbname, and whether sslmode encrypts as it ` +
      "asks for, or let its owner add the user and this machine to that file",
  },
  {
    codes: ["28P01", "28000"],
    lost: true,
    say: (where, said) =>
      `Cannot connect to ${where}: the server refused (${said}); check user, and the password in the variable that ` +
      "password_env names",
  },
  {
    codes: ["3D000"],
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: ${said}; create it with createdb, or set dbname`,
  },
  {
    codes: ["53300"],
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: it has no connection left (${said}); run again later`,
  },
  {
    codes: ["57P03"],
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: it is starting or stopping (${said}); run again in a moment`,
  },
  {
    codes: ["42501"],
    say: (where, said) => `Cannot write to ${where}: ${said}; ask its owner to grant the user what it needs`,
  },
  {
    codes: ["53100", "53400"],
    say: (where, said) => `Cannot write to ${where}: its disk is full (${said}); make room and run again`,
  },
  {
    codes: ["57014"],
    say: (where, said) =>
      `Cannot finish a statement in ${where}: ${said}; run again, and where its time limit is too short, let the user ` +
      "have a longer one: alter role ... set statement_timeout",
  },
  {
    codes: ["55P03"],
    say: (where, said) =>
      `Cannot lock a table in ${where}: ${said}; another session holds it: run again once that has ended, or let the user ` +
      "wait longer: alter role ... set lock_timeout",
  },
  {
    codes: ["23"],
    say: (where, said) =>
      `Cannot write to ${where}: ${said}; somebody has given the table a rule that the rows break: drop or change that ` +
      "rule, or load into another table",
  },
  {
    // Its code is that of all that PostgreSQL does not support.
    text: /^cannot alter type of a column/,
    say: (where, said) =>
      `Cannot widen a column in ${where}: ${said}; whole numbers have become fractions: drop what depends on the column, run ` +
      "again, and make it anew",
  },
  {
    codes: ["25006"],
    say: (where, said) => `Cannot write to ${where}: ${said}; it is a replica or read-only: connect to the primary`,
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    lost: true,
    say: (where, said) =>
      `Cannot connect to ${where}: its certificate is made out to another name (${said}); set host to a name that stands in ` +
      'it, or take sslmode "verify-ca" to check its authority alone',
  },
  {
    // Of one that has expired nothing is said but that it cannot be verified.
    text: /certificate|UnknownIssuer|self.signed|NotValidForName|Hostname mismatch|altname/i,
    lost: true,
    say: (where, said) =>
      `Cannot connect to ${where}: its certificate is not accepted (${said}); give its authority in ssl_ca, see whether it ` +
      'has expired, or take sslmode "require" to encrypt without checking',
  },
  {
    text: /Requires .* access to/,
    lost: true,
    say: (where, said) => `Cannot connect to ${where}: this process may not (${said})`,
  },
];
