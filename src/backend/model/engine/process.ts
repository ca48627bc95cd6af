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
  /** Since when it is frozen; how it was the last time where it is not. */
  frozenUs: number;
  /** Which one it is: what was frozen is gone once another has taken its place. */
  generation: number;
  /** Since when it is there. */
  startedUs: number;
  /** null: nothing, as of most. */
  held: Held[] | null;
};

export const createProcess = (): Process => ({
  frozen: false,
  freezes: 0,
  frozenUs: 0,
  generation: 0,
  startedUs: 0,
  held: null,
});

/** @returns which one was frozen, for its thaw */
export const freeze = (process: Process, nowUs: number): number => {
  if (!process.frozen) process.frozenUs = nowUs;
  process.freezes += 1;
  process.frozen = true;
  return process.generation;
};

/** Keeps something for the moment when the frozen process goes on. */
export const hold = <T>(process: Process, action: (arg: T) => void, arg: T): void => {
  process.held ??= [];
  process.held.push({ action: action as Held['action'], arg });
};

/** @returns whether the process goes on, which it does not while another has it frozen, nor where another is in its place */
export const thaw = (process: Process, clock: Clock, generation: number = process.generation): boolean => {
  if (generation !== process.generation || process.freezes === 0) return false;
  process.freezes -= 1;
  if (process.freezes > 0) return false;
  process.frozen = false;
  const { held } = process;
  process.held = null;
  for (const { action, arg } of held ?? []) clock.at(clock.now(), action, arg);
  return true;
};

/** Another process takes its place: not frozen, and nothing comes back to the old one but what only it waits for. */
export const replace = (process: Process, clock: Clock): void => {
  process.generation += 1;
  process.startedUs = clock.now();
  process.freezes = 1;
  thaw(process, clock);
};
