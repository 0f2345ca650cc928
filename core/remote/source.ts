/** A repository at one commit, or a web site: where files are read from, by paths from its root. */
export interface Source extends AsyncDisposable {
  /** What the URL's branch or tag stands for; absent for https. */
  readonly commit?: string;
  /** What was left out, for people. */
  readonly notes: readonly string[];
  /** The regular files below a folder; `undefined` where a source cannot list. */
  list(folder: string): readonly string[] | undefined;
  /**
   * The bytes of files, in the order of `paths`; `undefined` for one that does not exist.
   *
   * @throws {UsageError} If one is too big, no regular file, or redirected elsewhere.
   */
  read(paths: readonly string[]): Promise<(Uint8Array | undefined)[]>;
}
