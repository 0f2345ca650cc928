import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { selectSteps, type StepChoice } from "../../../core/cli/select_steps.ts";
import { UsageError } from "../../../core/contract/errors.ts";

const NAMES = ["parse", "clean", "resample", "aggregate"];

Deno.test("selectSteps() picks single steps, ranges and, unasked, all", () => {
  const cases: [StepChoice, string][] = [
    [{}, "parse clean resample aggregate"],
    [{ step: "clean" }, "clean"],
    [{ step: "aggregate, parse" }, "parse aggregate"],
    [{ fromStep: "resample" }, "resample aggregate"],
    [{ toStep: "clean" }, "parse clean"],
    [{ fromStep: "clean", toStep: "clean" }, "clean"],
  ];
  for (const [choice, want] of cases) assertEquals(selectSteps(NAMES, choice).join(" "), want);
});

Deno.test("selectSteps() refuses unknown names, empty ranges and both ways at once", () => {
  const cases: [StepChoice, string][] = [
    [{ step: "claen" }, 'did you mean "clean"?'],
    [{ step: "" }, 'Cannot select step ""'],
    [{ fromStep: "clean", toStep: "parse" }, '"parse" comes before "clean"'],
    [{ step: "clean", toStep: "parse" }, "together"],
  ];
  for (const [choice, message] of cases) {
    assertStringIncludes(assertThrows(() => selectSteps(NAMES, choice), UsageError).message, message);
  }
});
