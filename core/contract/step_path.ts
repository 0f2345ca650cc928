import { describeValue, problem, type Where } from "./problems.ts";

/**
 * Checks a step's folder. Inside a dataset it must stay inside; a comma would end a path in the list of folders that a
 * treatment's process may read, and `.myx` is where myx keeps its state.
 */
export function checkStepPath(path: string, inDataset: boolean, where: Where): string[] {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const expected = path.includes(",")
    ? "a folder without a comma in its name"
    : path.includes("\0")
    ? "a folder without a NUL character in its name"
    : segments.includes(".myx")
    ? 'another folder than ".myx", where myx keeps its state'
    : segments.length === 0
    ? "a folder of its own"
    : inDataset && (path.startsWith("/") || path.includes("\\") || /^[A-Za-z]:/.test(path))
    ? 'a folder inside the dataset, written with "/", such as "10_parsed"'
    : inDataset && segments.includes("..")
    ? 'a folder inside the dataset, without ".."'
    : undefined;
  return expected === undefined ? [] : [problem(where, describeValue(path), expected)];
}
