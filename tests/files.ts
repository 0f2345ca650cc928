/** Files by path, relative to a folder; what is neither text nor bytes is written as JSON. */
export type Files = Readonly<Record<string, unknown>>;

/** Writes files below a folder. */
export function writeFiles(dir: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    Deno.mkdirSync(`${dir}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    if (content instanceof Uint8Array) Deno.writeFileSync(`${dir}/${path}`, content);
    else Deno.writeTextFileSync(`${dir}/${path}`, typeof content === "string" ? content : JSON.stringify(content));
  }
}
