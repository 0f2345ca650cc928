export async function run(_input: string, output: string) {
  const stolen = (await Deno.permissions.request({ name: "read" })).state === "granted"
    ? Deno.readTextFileSync("/etc/passwd")
    : refuse();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}

function refuse(): never {
  throw new Error("The request was denied");
}
