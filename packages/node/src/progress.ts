/** How long work tells how far it is; whoever starts it decides what becomes of that. */
export interface ProgressReporter {
  /**
   * @param label what is being done, for a person: "signing linux-64"
   * @param total how many steps there are, in any unit; left out where nobody knows
   */
  start(label: string, total?: number): ProgressTask;
}

export interface ProgressTask {
  /** So many more steps are done. */
  advance(steps: number): void;
  /** The work ended, well or not. May be called more than once. */
  done(): void;
}

/** For callers who show nothing. */
export const NO_PROGRESS: ProgressReporter = {
  start: () => ({ advance() {}, done() {} }),
};
