/** Attacks by what is written and what is left behind. */
import type { Attack } from "./attack.ts";
import { make, plantDays, published } from "./world.ts";

const WRITE = /write access/;
const FULL = /unscoped|read access|write access/;
const SPECIAL = /a folder, a link or a device/;

export const WRITING: readonly Attack[] = [
  { name: "write_outside", guards: ["write"], seen: WRITE },
  { name: "write_dotdot", guards: ["write"], seen: WRITE },
  { name: "overwrite_input", guards: ["write"], seen: WRITE },
  { name: "change_rights", guards: ["handles"], seen: /cannot change the rights/ },
  { name: "change_rights_by_handle", guards: ["handles"], seen: /cannot change the rights/ },
  { name: "change_rights_by_op", guards: ["handles"], seen: /resources/ },
  { name: "delete_input", guards: ["write"], seen: WRITE },
  { name: "overwrite_output", guards: ["write"], seen: WRITE },
  { name: "overwrite_next", guards: ["write"], seen: WRITE },
  { name: "rename_into_place", guards: ["read", "write"], seen: FULL },
  { name: "node_fs_write", guards: ["write"], seen: WRITE },
  { name: "rewrite_code", guards: ["write"], seen: WRITE },
  { name: "write_stray", guards: ["strays"], seen: /beside its output folder/ },
  { name: "write_other_child", guards: ["own-folder"], seen: WRITE },
];

export const LEAVING: readonly Attack[] = [
  { name: "symlink_output", guards: ["read", "write", "regular-files"], seen: FULL },
  { name: "hardlink_output", guards: ["read", "write", "regular-files"], seen: FULL },
  { name: "swap_folder", guards: ["read", "write", "take", "regular-files"], seen: FULL },
  {
    name: "planted_symlink",
    guards: ["regular-files"],
    seen: SPECIAL,
    accomplice: ({ dir }, folder) => Deno.symlinkSync(`${dir}/outside/secret.txt`, `${folder}/won.csv`),
  },
  {
    name: "planted_hardlink",
    guards: ["regular-files"],
    seen: SPECIAL,
    accomplice: ({ dir }, folder) => Deno.linkSync(`${dir}/outside/secret.txt`, `${folder}/won.csv`),
  },
  {
    name: "planted_fifo",
    guards: ["regular-files"],
    seen: SPECIAL,
    accomplice: ({ helpers }, folder) => {
      make("mkfifo", `${folder}/won.csv`);
      // Somebody has to hold its other end, or whoever opens it waits for ever.
      const holder = new Deno.Command("sh", { args: ["-c", 'exec sleep 5 <>"$0"', `${folder}/won.csv`] });
      helpers.push(holder.spawn());
    },
  },
  {
    name: "planted_swap",
    guards: ["take", "regular-files"],
    seen: /in the place of its output folder/,
    accomplice: ({ dir }, folder) => {
      Deno.removeSync(folder);
      Deno.symlinkSync(`${dir}/outside/results`, folder);
    },
  },
  { name: "rejects_of_others", guards: ["rejects"], seen: /not its own/ },
  {
    name: "name_newline",
    guards: ["names"],
    seen: /control characters/,
    won: (world) => world.outputs().some((name) => name.includes("\n")),
  },
  {
    name: "name_escape",
    guards: ["names"],
    seen: /control characters/,
    won: (world) => world.outputs().some((name) => name.includes("\x1b")),
  },
  {
    name: "name_reversed",
    guards: ["names"],
    seen: /control characters/,
    won: (world) => world.outputs().some((name) => name.includes("\u202e")),
  },
  {
    name: "name_hidden",
    guards: ["names"],
    seen: /begins with a dot/,
    won: (world) => world.outputs().includes(".hidden.csv"),
  },
  {
    name: "name_long",
    guards: ["names"],
    seen: /longer than 200 bytes/,
    won: (world) => published(world).some(({ name }) => name.length > 200),
  },
  {
    name: "keep_handle",
    guards: ["copy"],
    seen: /^$/,
    exit: 0,
    plant: plantDays,
    won: ({ project }) => project.read("project/datasets/d/10_out/2026-01-20.csv") !== "honest\n",
  },
  {
    name: "grow_later",
    guards: ["copy", "output"],
    // What grew before it was looked at is refused, what grew after is left out.
    seen: /the truth/,
    plant: plantDays,
    won: (world) => published(world).reduce((sum, { size }) => sum + size, 0) > 10 * 2 ** 20,
  },
];
