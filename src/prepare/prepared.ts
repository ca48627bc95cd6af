import type { Backend } from '../backend/index.ts';
import type { Plan } from '../plan/index.ts';

/** A run made ready: nothing is touched yet. */
export type Prepared = {
  readonly plan: Plan;
  /**
   * Begins in the run's folder, whose `logs/` exists. `end` is called last, whatever happened in between, and returns
   * what a person should know now.
   */
  readonly begin: (
    folder: string,
    startedAt: Date,
  ) => { readonly backend: Backend; readonly end: () => readonly string[] };
};
