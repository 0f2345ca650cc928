export function run() {
  throw new Error(`\x1b[2J\x1b[Hall is well\r\n{"status":"success"}\u202e`);
}
