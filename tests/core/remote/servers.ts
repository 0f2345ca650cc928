/**
 * Real servers on loopback: https with a certificate made on the spot, and git's own http-backend behind it. They need
 * `git` and `openssl` (Debian packages of these names); without them the tests fail and say so.
 */
import { makeTempDir } from "../../temp_dir.ts";

/** A web server whose answers a test decides. */
export interface Server extends AsyncDisposable {
  /** `127.0.0.1:<port>` or `localhost:<port>`. */
  readonly host: string;
  /** The certificate authority that clients have to trust. */
  readonly ca: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** Runs a program to its end and returns what it printed; fails loudly if it is not installed. */
export async function execute(command: string, args: readonly string[], cwd?: string, stdin?: string): Promise<string> {
  let process: Deno.ChildProcess;
  try {
    process = new Deno.Command(command, {
      args: [...args],
      ...(cwd === undefined ? {} : { cwd }),
      env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new Error(`THESE TESTS NEED "${command}": install the Debian packages git and openssl`, { cause });
  }
  const writer = process.stdin.getWriter();
  if (stdin !== undefined) await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout).trim();
}

let certificate: Promise<{ readonly ca: string; readonly key: string; readonly cert: string }> | undefined;

/** An authority of our own and a certificate for loopback that it signed. */
function makeCertificate() {
  return certificate ??= (async () => {
    const dir = makeTempDir("myx-test-tls-");
    const ssl = (...args: string[]) => execute("openssl", args, dir);
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    await ssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=myx test");
    await ssl("req", ...ec, "-keyout", "key.pem", "-out", "cert.csr", "-subj", "/CN=localhost");
    Deno.writeTextFileSync(`${dir}/ext`, "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    const sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext"];
    await ssl("x509", "-req", "-in", "cert.csr", "-out", "cert.pem", ...sign);
    const read = (name: string) => Deno.readTextFileSync(`${dir}/${name}`);
    return { ca: `${dir}/ca.pem`, key: read("key.pem"), cert: read("cert.pem") };
  })();
}

/** Starts an https server. */
export async function serveHttps(
  answer: (request: Request, path: string) => Response | Promise<Response>,
): Promise<Server> {
  const { ca, key, cert } = await makeCertificate();
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, key, cert, onListen() {} }, (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
    asked.push(path);
    return answer(request, path);
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    ca,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Starts a server that answers each request with this text, whatever that is, and hangs up. */
export async function serveText(text: string): Promise<Server> {
  const { ca, key, cert } = await makeCertificate();
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, key, cert });
  const serving = (async () => {
    for await (using connection of listener) {
      try {
        await connection.read(new Uint8Array(4096));
        await connection.write(new TextEncoder().encode(text));
      } catch {
        // The client has gone.
      }
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    ca,
    asked: [],
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** Serves texts by path; a function answers by itself. */
export function serveFiles(files: Readonly<Record<string, string | (() => Response)>>): Promise<Server> {
  return serveHttps((_, path) => {
    const content = Object.hasOwn(files, path) ? files[path]! : undefined;
    if (content === undefined) return new Response("no such file", { status: 404 });
    return typeof content === "string" ? new Response(content) : content();
  });
}

/** Serves the git repositories below `root` with git's http-backend. */
export function serveGit(root: string): Promise<Server> {
  return serveHttps(async (request, path) => {
    const { searchParams } = new URL(request.url);
    const env: Record<string, string> = {
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      PATH_INFO: `/${path}`,
      QUERY_STRING: `${searchParams}`,
      REQUEST_METHOD: request.method,
      REMOTE_ADDR: "127.0.0.1",
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: request.headers.get("git-protocol") ?? "",
    };
    const cgi = new Deno.Command("git", {
      args: ["http-backend"],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    })
      .spawn();
    const body = new Uint8Array(await request.arrayBuffer());
    const writer = cgi.stdin.getWriter();
    await writer.write(body);
    await writer.close();
    return await readCgi(cgi);
  });
}

/** Header lines, an empty line, then the body, which is passed on as it comes. */
async function readCgi(cgi: Deno.ChildProcess): Promise<Response> {
  const reader = cgi.stdout.getReader();
  let head = new Uint8Array(0);
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    head = Uint8Array.from([...head, ...value]);
    if (new TextDecoder("latin1").decode(head).includes("\r\n\r\n")) break;
  }
  const text = new TextDecoder("latin1").decode(head);
  const end = text.indexOf("\r\n\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of text.slice(0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === "status") status = Number.parseInt(value);
    else if (name) headers.set(name, value);
  }
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(head.slice(end + 4)),
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await reader.cancel();
    },
  });
  cgi.status.catch(() => {});
  return new Response(body, { status, headers });
}
