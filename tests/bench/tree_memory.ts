/** Memory of a process and all it has started: the sum of their proportional set sizes (PSS), as `ps` of Linux tells them. */

/** Often, as a short run has its peak at its very end; what is measured is slowed down by it. */
const SAMPLE_MS = 20;

/** Samples until `ended` settles; resolves to the greatest sum met, in bytes, and to 0 where there is no such `ps`. */
export async function peakMemory(root: number, ended: Promise<unknown>): Promise<number> {
  let running = true;
  const end = ended.then(() => running = false, () => running = false);
  let peak = 0;
  while (running) {
    peak = Math.max(peak, await treeMemory(root));
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))]);
  }
  return peak;
}

async function treeMemory(root: number): Promise<number> {
  const children = Map.groupBy(await ps("-eo", "pid=,ppid="), ([, parent]) => parent);
  const tree = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(([child]) => tree(child!))];
  // Of the tree alone: the sizes take long to read.
  const sizes = await ps("-o", "pss=", "-p", tree(root).join(","));
  return sizes.reduce((sum, [pss]) => sum + (pss ?? 0) * 1024, 0);
}

async function ps(...args: string[]): Promise<number[][]> {
  try {
    const { stdout } = await new Deno.Command("ps", { args, stdout: "piped", stderr: "null" }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line);
    return lines.map((line) => line.trim().split(/\s+/).map((word) => Number(word) || 0));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
