import { type Connection, EMBEDDED, type SslMode } from "./connection.ts";

/** The params by which treatments say where their database is. */
export interface ConnectionParams {
  /** A server, a folder with its socket, or {@linkcode EMBEDDED}. */
  readonly host: string;
  /** Port of the server. */
  readonly port: number;
  /** Database; by default called as the user. */
  readonly dbname?: string | null;
  /** Who connects. */
  readonly user?: string | null;
  /** The password itself. */
  readonly password?: string | null;
  /** Name of the variable that holds it. */
  readonly password_env?: string | null;
  /** Whether to encrypt, and what to check. */
  readonly sslmode: SslMode;
  /** PEM text of the authority that has signed the server's certificate. */
  readonly ssl_ca?: string | null;
}

/**
 * Reads how to connect off the params of a treatment; what they leave open is as libpq has it.
 *
 * @param state Folder of the embedded database, if there is one.
 * @throws {TypeError} If a server is named and no user, or an authority by anything but its certificate.
 */
export function readConnection(params: ConnectionParams, state: string | undefined): Connection {
  const { host, port, sslmode, ssl_ca } = params;
  const embedded = host === EMBEDDED;
  if (!embedded && !params.user) {
    throw new TypeError(`Cannot connect to "${host}": no user is named; set user or the variable PGUSER`);
  }
  if (ssl_ca && !/^-----BEGIN CERTIFICATE-----\s*$/m.test(ssl_ca)) {
    throw new TypeError(
      'Cannot use ssl_ca: expected what stands in the PEM file of an authority, from "-----BEGIN CERTIFICATE-----" on and with ' +
        "its line ends; found something else, such as the file's path",
    );
  }
  const user = embedded ? "postgres" : params.user!;
  const password = params.password ?? variable(params.password_env) ?? variable("PGPASSWORD");
  return {
    // Brackets tell an address of IPv6 from its port; in a param of its own it may stand without.
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    user,
    dbname: embedded ? "postgres" : params.dbname ?? user,
    sslmode,
    ...(password ? { password } : {}),
    ...(ssl_ca ? { ca: ssl_ca } : {}),
    ...(state === undefined ? {} : { state }),
  };
}

/** A variable that was not granted is not set. */
function variable(name: string | null | undefined): string | undefined {
  try {
    return name ? Deno.env.get(name) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
