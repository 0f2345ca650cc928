export async function run(_input: string, output: string, _params: unknown, context: { partition: { day: string } }) {
  if (context.partition.day === "2026-01-20") {
    const open = (name: string) => Deno.openSync(`${output}/${name}.csv`, { write: true, create: true });
    const files = Array.from({ length: 100 }, (_, i) => open(`${i}`));
    for (const file of files) file.writeSync(new TextEncoder().encode("honest\n"));
    const timer = setInterval(() => {
      try {
        open("0").close();
      } catch {
        // The folder is gone: all was looked at.
        for (const file of files) file.truncateSync(2 ** 20);
        clearInterval(timer);
      }
    }, 1);
  } else {
    await new Promise((resolve) => setTimeout(resolve, 700));
    throw new Error("the truth");
  }
}
