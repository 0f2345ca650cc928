/** A child that was started before anybody knew what exactly it may touch. */
export interface Guess {
  /** What is to be equal for it to be the one that is wanted. */
  readonly words: string;
  readonly folder: string;
  readonly process: Deno.ChildProcess;
}

let guess: Guess | undefined;

/** Keeps a child for `launch` to take. */
export function putGuess(made: Guess): void {
  guess = made;
}

/** The folder of the children that one was started for on a guess, if it lies in `parent`: the first of them has "0" in it. */
export function guessedFolder(parent: string): string | undefined {
  return guess?.folder.startsWith(`${parent}/`) ? guess.folder : undefined;
}

/** The child that was started on a guess, if by these very words; if not, it ends. */
export function takeGuess(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess | undefined {
  if (!guess) return undefined;
  const { words: guessed, process } = guess;
  guess = undefined;
  if (guessed === JSON.stringify([words, env])) return process;
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  return undefined;
}
