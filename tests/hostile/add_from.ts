/** A git repository and an https server that hold all attacks, and adding one of them as a user would. */
import { readLock } from "../../core/contract/lock_file.ts";
import { findTreatment, type Project } from "../../core/contract/project.ts";

import { parseRemoteUrl } from "../../core/contract/remote_url.ts";
import { fetchCandidate } from "../../core/remote/candidate.ts";
import { writeLock } from "../../core/remote/write_lock.ts";
import { makeTempDir } from "../temp_dir.ts";

const HERE = new URL("./", import.meta.url);

let repository: string | undefined;
let site: string | undefined;

/** Adds an attack to the project and returns the folder of its code in the cache. */
export async function addFrom(origin: "git" | "https", name: string, project: Project): Promise<string> {
  const url = origin === "git"
    ? `git+file://${repository ??= makeRepository()}@main#${name}`
    : `${site ??= startServer()}/${name}/`;
  using candidate = await fetchCandidate(project, parseRemoteUrl(url), readLock(project.dir));
  candidate.keep();
  writeLock(project.dir, candidate.lock);
  return findTreatment(project, name).dir;
}

function makeRepository(): string {
  const dir = makeTempDir("myx-test-git-");
  for (const { name, isDirectory } of Deno.readDirSync(HERE)) {
    if (!isDirectory) continue;
    Deno.mkdirSync(`${dir}/${name}`);
    for (const file of ["treatment.json", "run.ts"]) {
      Deno.copyFileSync(new URL(`${name}/${file}`, HERE), `${dir}/${name}/${file}`);
    }
  }
  const git = (...args: string[]) =>
    run("git", "-C", dir, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args);
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "Attacks");
  return dir;
}

/** Serves the attacks with a certificate that only this process trusts. */
function startServer(): string {
  const dir = makeTempDir("myx-test-tls-");
  const days = ["-days", "2"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const extensions = `${dir}/extensions`;
  Deno.writeTextFileSync(extensions, "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
  const at = (name: string) => `${dir}/${name}`;
  run(
    "openssl",
    "req",
    "-x509",
    ...key,
    ...days,
    "-subj",
    "/CN=myx test CA",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca"),
  );
  run("openssl", "req", ...key, "-subj", "/CN=127.0.0.1", "-keyout", at("key"), "-out", at("request"));
  const signed = ["-CA", at("ca"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", extensions];
  run("openssl", "x509", "-req", "-in", at("request"), ...signed, ...days, "-out", at("certificate"));
  const [ca, cert, secret] = ["ca", "certificate", "key"].map((name) => Deno.readTextFileSync(at(name)));
  Deno.removeSync(dir, { recursive: true });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: cert!, key: secret!, onListen: () => {} },
    async ({ url }) => {
      const [, name, file] = /^\/([a-z_]+)\/(run\.ts|treatment\.json)$/.exec(new URL(url).pathname) ?? [];
      if (!file) return new Response("Not here", { status: 404 });
      return new Response(await Deno.readTextFile(new URL(`${name}/${file}`, HERE)));
    },
  );
  server.unref();
  const client = Deno.createHttpClient({ caCerts: [ca!] });
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => fetch(input, { ...init, client });
  return `https://127.0.0.1:${server.addr.port}`;
}

function run(program: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args, stdout: "null" }).outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
