/**
 * A run of a flow that kills itself: `killed_run.ts PROJECT FLOW POINT [OPTIONS]`. Dies by SIGKILL at its POINT-th fault
 * point; with 0 it runs to its end. OPTIONS is the JSON of FlowOptions with `params`. Tells each point on standard output
 * before it comes to it, then its exit code.
 */
import { findFlow, openProject } from "../../core/contract/project.ts";
import { resolveFlow } from "../../core/contract/resolve.ts";
import { onFaultPoint } from "../../core/engine/fault_point.ts";
import { runFlow } from "../../core/engine/flow.ts";

const [dir = ".", name = "f", fatal = "0", text = "{}"] = Deno.args;
const { params, ...options } = JSON.parse(text);
const encoder = new TextEncoder();
let seen = 0;
onFaultPoint((point) => {
  Deno.stdout.writeSync(encoder.encode(`${point}\n`));
  if (++seen === Number(fatal)) Deno.kill(Deno.pid, "SIGKILL");
});
const project = openProject(dir);
const flow = resolveFlow(project, findFlow(project, name), { params: params ?? {}, now: Temporal.Now.instant() });
const report = await runFlow(flow, options);
Deno.stdout.writeSync(encoder.encode(`exit ${report.exit_code}\n`));
for (const { errors } of report.steps) for (const { message } of errors) console.error(message);
Deno.exit(report.exit_code);
