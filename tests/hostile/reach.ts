/** Attacks that reach for what was not granted. */
import { readLock } from "../../core/contract/lock_file.ts";
import { writeLock } from "../../core/remote/write_lock.ts";
import type { Attack } from "./attack.ts";
import { make, SECRET, type World } from "./world.ts";

/** Deno wants them all for what lies in /proc. */
const ALL = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;
const READ = /read access/;
const NET = /net access/;
const RUN = /run access/;
const LINK = /symbolic link/;
const CHANGED = /is not pinned by myx\.lock|is a link or a device/;

const input = ({ dir }: World, step = "00_raw") => {
  Deno.mkdirSync(`${dir}/project/datasets/d/${step}/sub`, { recursive: true });
  return `${dir}/project/datasets/d/${step}`;
};
export const READING: readonly Attack[] = [
  { name: "read_passwd", guards: ["read"], seen: READ },
  { name: "read_sibling_dataset", guards: ["read"], seen: READ },
  { name: "read_ledger", guards: ["read"], seen: READ },
  {
    name: "read_lock",
    guards: ["read"],
    seen: READ,
    plant: ({ project }) => writeLock(project.dir, readLock(project.dir)),
  },
  { name: "read_other_code", guards: ["read"], seen: READ },
  { name: "read_dotdot", guards: ["read"], seen: READ },
  { name: "read_proc_self", guards: ALL, seen: /access/ },
  { name: "read_proc_environ", guards: ALL, seen: /access/ },
  { name: "read_proc_fd", guards: ALL, seen: /access/ },
  { name: "read_own_output", guards: ["read"], seen: READ },
  { name: "list_parent", guards: ["read"], seen: READ },
  { name: "node_fs_read", guards: ["read"], seen: READ },
  { name: "node_sqlite", guards: ["read", "write"], seen: READ },
  { name: "node_require", guards: ["read"], seen: READ },
  { name: "fetch_file", guards: ["read"], seen: READ },
  { name: "ask_permission", guards: ["read"], seen: /request was denied/ },
  { name: "import_text_static", guards: ["read"], seen: READ, atStart: /expected "myx", a relative path/ },
  { name: "import_text", guards: ["read"], seen: READ },
  { name: "import_json", guards: ["read"], seen: READ },
  { name: "import_code", guards: ["read"], seen: READ },
  { name: "import_data", guards: ["read"], seen: READ },
  { name: "import_engine", guards: ["read"], seen: READ },
  {
    name: "source_line",
    guards: ["claims"],
    seen: /Error: mapped/,
    won: (_, report) => JSON.stringify(report).includes(SECRET),
  },
  { name: "own_heap", guards: ["debugger"], seen: /cannot look into its own memory/ },
  { name: "own_debugger", guards: ["debugger"], seen: /before initialization/ },
];

export const LINKED: readonly Attack[] = [
  {
    name: "follow_symlink_input",
    guards: ["links"],
    seen: LINK,
    plant: (world) => Deno.symlinkSync(`${world.dir}/outside/secret.txt`, `${input(world)}/sub/link.txt`),
  },
  {
    name: "follow_hidden_symlink_input",
    guards: ["links"],
    seen: LINK,
    plant: (world) => Deno.symlinkSync(`${world.dir}/outside/secret.txt`, `${input(world)}/.link`),
  },
  {
    name: "follow_folder_symlink_input",
    guards: ["links"],
    seen: LINK,
    plant: (world) => Deno.symlinkSync(`${world.dir}/outside`, `${input(world)}/sub/folder`),
  },
  {
    name: "follow_hardlink_input",
    guards: ["links"],
    seen: /hard link/,
    input: "05_copied",
    plant: (world) => Deno.linkSync(`${world.dir}/outside/secret.txt`, `${input(world, "05_copied")}/sub/hard.txt`),
  },
  {
    name: "read_fifo_input",
    guards: ["links"],
    seen: /not a regular file/,
    plant: (world) => {
      const pipe = `${input(world)}/sub/pipe`;
      make("mkfifo", pipe);
      world.helpers.push(new Deno.Command("sh", { args: ["-c", 'echo stolen > "$0"', pipe] }).spawn());
    },
  },
  {
    name: "follow_symlink_code",
    guards: ["links"],
    atStart: CHANGED,
    seen: /is a link or a device/,
    plant: (world) => Deno.symlinkSync(`${world.dir}/outside/secret.txt`, `${world.code}/link.txt`),
  },
  {
    name: "follow_hardlink_code",
    guards: ["links"],
    atStart: CHANGED,
    seen: /hard link/,
    plant: (world) => Deno.linkSync(`${world.dir}/outside/secret.txt`, `${world.code}/hard.txt`),
  },
];

export const SENDING: readonly Attack[] = [
  { name: "import_https", guards: ["import", "cached-only"], seen: /import|cache/i },
  { name: "import_npm", guards: ["cached-only", "env"], seen: /npm|cache/i },
  { name: "fetch_out", guards: ["net"], seen: NET },
  { name: "tcp_out", guards: ["net"], seen: NET },
  { name: "unix_out", guards: ["net", "read", "write"], seen: /access/ },
  { name: "websocket_out", guards: ["net"], seen: NET },
  { name: "listen", guards: ["net"], seen: NET },
  { name: "dns_out", guards: ["net"], seen: /EPERM/ },
  { name: "listen_unbound", guards: ["handles"], seen: /cannot listen/ },
  { name: "listen_connected", guards: ["handles"], seen: /cannot listen/ },
  { name: "node_net", guards: ["net"], seen: /net access|EPERM|ECONN/ },
];

export const SYSTEM: readonly Attack[] = [
  { name: "read_env", guards: ["env"], seen: /no such variable/ },
  { name: "node_env", guards: ["env"], seen: /no such variable/ },
  { name: "hostname", guards: ["sys"], seen: /sys access/ },
  { name: "node_os", guards: ["sys"], seen: /sys access/ },
  { name: "inspector", guards: ["debugger", "sys", "net"], seen: /cannot open a debugger/ },
  { name: "inspector_lookup", guards: ["debugger"], seen: /cannot open a debugger/ },
  { name: "spawn", guards: ["run"], seen: RUN },
  { name: "node_spawn", guards: ["run"], seen: /Command failed: id/ },
  { name: "daemon", guards: ["run"], seen: RUN },
  { name: "kill_parent", guards: ["run"], seen: RUN },
  { name: "ffi", guards: ["ffi"], seen: /ffi access/ },
  { name: "worker", guards: ["workers"], seen: /Worker/ },
  { name: "node_worker", guards: ["workers"], seen: /cannot start workers/ },
  { name: "require_worker", guards: ["workers"], seen: /cannot start workers/ },
  { name: "caches", guards: ["storage"], seen: /caches/ },
  { name: "caches_by_class", guards: ["storage"], seen: /CacheStorage/ },
  { name: "local_storage", guards: ["storage"], seen: /localStorage/ },
  { name: "graphics", guards: ["graphics"], seen: /requestAdapter/ },
  { name: "take_handle", guards: ["handles"], seen: /cannot take over/ },
];
