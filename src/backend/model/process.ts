import type { Clock } from './clock.ts';

type Held = { readonly action: (arg: unknown) => void; readonly arg: unknown };

/**
 * A process of the cluster. While it is frozen (SIGSTOP) whatever comes due for it is held, and done in the same order
 * the moment it goes on: timers of Go run late, and what its sockets received is still there.
 */
export type Process = {
  frozen: boolean;
  /** How many have frozen it and not yet let it go. */
  freezes: number;
  held: Held[];
};

export const createProcess = (): Process => ({ frozen: false, freezes: 0, held: [] });

export const freeze = (process: Process): void => {
  process.freezes += 1;
  process.frozen = true;
};

/** Keeps something for the moment when the frozen process goes on. */
export const hold = <T>(process: Process, action: (arg: T) => void, arg: T): void => {
  process.held.push({ action: action as Held['action'], arg });
};

/** @returns whether the process goes on, which it does not while another has it frozen */
export const thaw = (process: Process, clock: Clock): boolean => {
  process.freezes -= 1;
  if (process.freezes > 0) return false;
  process.frozen = false;
  for (const { action, arg } of process.held.splice(0)) clock.at(clock.now(), action, arg);
  return true;
};

/** Another process takes its place: not frozen, and nothing comes back to the old one but what it must be told itself. */
export const replace = (process: Process, clock: Clock): void => {
  process.freezes = 1;
  thaw(process, clock);
};
