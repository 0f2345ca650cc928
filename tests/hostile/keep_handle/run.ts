export async function run(_input: string, output: string, _params: unknown, context: { partition: { day: string } }) {
  const { day } = context.partition;
  const file = Deno.openSync(`${output}/${day}.csv`, { write: true, create: true });
  file.writeSync(new TextEncoder().encode("honest\n"));
  const later = () => {
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode("forged\n"));
  };
  if (day === "2026-01-20") setInterval(later, 300);
  else await new Promise((resolve) => setTimeout(resolve, 700));
}
