/** A real sshd on loopback, with a host key and a user key of its own; nothing of the machine's own ssh is touched. */
import { execute } from "./servers.ts";

const SSHD = "/usr/sbin/sshd";

/** The server. */
export interface SshServer extends AsyncDisposable {
  /** `user@127.0.0.1:port`. */
  readonly host: string;
  /** A folder to put before the PATH: its `ssh` looks for keys in the test's files instead of the user's. */
  readonly bin: string;
  /** Makes the client know this host key: by default that of the server. */
  readonly know: (key?: string) => void;
  /** Puts another host key in the place of the server's. */
  readonly makeKey: () => Promise<string>;
}

/** Why there can be no server here, or nothing. */
export function whyNoSshd(): string | undefined {
  for (const program of [SSHD, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]) {
    try {
      Deno.statSync(program);
    } catch {
      return `there is no ${program}; install the Debian package openssh-server`;
    }
  }
}

/** Starts it with all its files below `dir`. */
export async function serveSsh(dir: string): Promise<SshServer> {
  Deno.mkdirSync(`${dir}/bin`, { recursive: true });
  const makeKey = async (name: string) => {
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${dir}/${name}`]);
    return Deno.readTextFileSync(`${dir}/${name}.pub`).trim();
  };
  const [hostKey, userKey] = [await makeKey("host_key"), await makeKey("user_key")];
  Deno.writeTextFileSync(`${dir}/authorized_keys`, `${userKey}\n`);
  const port = freePort();
  Deno.writeTextFileSync(
    `${dir}/sshd_config`,
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${dir}/host_key`,
      `AuthorizedKeysFile ${dir}/authorized_keys`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  );
  const write = (name: string, lines: readonly string[], mode?: number) =>
    Deno.writeTextFileSync(`${dir}/${name}`, `${lines.join("\n")}\n`, mode === undefined ? {} : { mode });
  write("known_hosts", []);
  write("ssh_config", [
    "Host *",
    `  IdentityFile ${dir}/user_key`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${dir}/known_hosts`,
    "  GlobalKnownHostsFile /dev/null",
  ]);
  write("bin/ssh", ["#!/bin/sh", `exec /usr/bin/ssh -F ${dir}/ssh_config "$@"`], 0o755);
  const user = await execute("id", ["-un"]);
  // As root it wants the empty folder that its service would make.
  if (user === "root") Deno.mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const server = new Deno.Command(SSHD, {
    args: ["-D", "-e", "-f", `${dir}/sshd_config`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilListening(port);
  let running = true;
  return {
    host: `${user}@127.0.0.1:${port}`,
    bin: `${dir}/bin`,
    know: (key = hostKey) => write("known_hosts", [`[127.0.0.1]:${port} ${key.split(" ").slice(0, 2).join(" ")}`]),
    makeKey: () => makeKey("other_key"),
    async [Symbol.asyncDispose]() {
      if (running) server.kill("SIGTERM");
      running = false;
      await server.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (attempt === 100) throw new Error("sshd does not answer", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
