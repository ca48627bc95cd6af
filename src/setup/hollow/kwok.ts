import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { cacheDir } from '../../common/host/paths.ts';
import { processText } from '../../common/host/process.ts';
import { runnersOf } from '../../common/host/programs.ts';
import { skipbeat } from '../../common/invocation.ts';
import { findJournals } from '../../journal/index.ts';
import { type EnvironmentCheck, notReady, ready } from '../check.ts';
import { type ProbeOptions, probeWith } from '../engine/context.ts';
import { type GoProgram, installGoProgram } from '../programs/go-program.ts';
import type { ActOptions } from '../shell.ts';

/**
 * What keeps the heartbeats of hollow nodes.
 * @see https://github.com/kubernetes-sigs/kwok/releases; no checksum of its files is known here yet
 */
export const kwok: GoProgram = {
  name: 'kwok',
  version: 'v0.8.0',
  module: 'sigs.k8s.io/kwok/cmd/kwok',
  go: '1.26',
  urlPrefix: 'https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwok-',
  checksums: {},
};

/** Where set-up puts it; the version is in its name. */
export const kwokPath = (): string => join(cacheDir(), 'bin', `kwok-${kwok.version}`);

/** The command that gets it. */
export const kwokSetup = (): string => skipbeat('setup --hollow');

/** A program as it answers to --version; `version` null: not as kwok does. */
export type KwokProbe = { readonly path: string; readonly version: string | null; readonly answer: string } | null;

/** What lies at its place. null: nothing. */
export const probeKwok = async (options: ProbeOptions = {}): Promise<KwokProbe> => {
  const path = kwokPath();
  if (!existsSync(path)) return null;
  const result = await probeWith(options)([path, '--version'], 10_000);
  const answer = (result.stdout || result.stderr).trim().split('\n')[0] ?? '';
  const version = succeeded(result) ? (/^kwok version (v\d\S*)/.exec(answer)?.[1] ?? null) : null;
  return { path, version, answer };
};

/** Pure. */
export const judgeKwok = (probe: KwokProbe, path: string): EnvironmentCheck => {
  if (probe === null)
    return notReady('kwok', 'missing', `expected kwok ${kwok.version} at ${path}, found none`, kwokSetup());
  if (probe.version === kwok.version) return ready('kwok', `${probe.version} at ${probe.path}`);
  const found = probe.version ?? (probe.answer === '' ? 'a file that does not answer' : probe.answer);
  return notReady('kwok', 'broken', `expected kwok ${kwok.version} at ${path}, found ${found}`, kwokSetup(), found);
};

/**
 * Gets kwok, unless it is there; one of another version is replaced.
 * @returns what was found or done, in words
 * @throws SkipbeatError GO_MISSING, GO_TOO_OLD, SETUP_STEP_FAILED, KWOK_UNUSABLE (exit 75)
 */
export const ensureKwok = async (options: ActOptions): Promise<string> => {
  const before = judgeKwok(await probeKwok(options), kwokPath());
  if (before.state === 'ready') return before.found ?? '';
  const done = await installGoProgram(kwok, kwokPath(), options);
  requireUsable(judgeKwok(await probeKwok(options), kwokPath()));
  return done;
};

const requireUsable = ({ state, problem, fix }: EnvironmentCheck): void => {
  if (state === 'ready') return;
  throw new SkipbeatError('KWOK_UNUSABLE', `Hollow nodes need kwok: ${problem}.`, {
    exitCode: exitCodes.environment,
    next: fix ?? kwokSetup(),
  });
};

/**
 * Where the kwok that hollow nodes need is.
 * @throws SkipbeatError KWOK_UNUSABLE (exit 75) where it is missing or of another version
 */
export const requireKwok = async (options: ProbeOptions = {}): Promise<string> => {
  requireUsable(judgeKwok(await probeKwok(options), kwokPath()));
  return kwokPath();
};

/** Who keeps hollow nodes, though no kwok of theirs may run just now; null: no run of this state folder, as far as can be known. */
const keeperOfHollow = (): string | null => {
  const { journals } = findJournals();
  const keeper = journals.find(({ life, entries }) => life !== 'dead' && entries.some(({ kind }) => kind === 'hollow'));
  if (keeper === undefined) return null;
  const { life, owner } = keeper;
  const unseen = life === 'unknown' ? ', whose end cannot be seen from here' : '';
  return `that run ${owner.run} has hollow nodes (${processText(owner.process)}${unseen})`;
};

/**
 * Whoever runs it needs it to go on, and so does a run of which a fault has just ended kwok: it starts it anew.
 * @throws SkipbeatError SETUP_IN_USE (exit 75)
 */
export const assertKwokUnused = (): void => {
  if (!existsSync(kwokPath())) return;
  const found = runnersOf(kwokPath()) ?? keeperOfHollow();
  if (found === null) return;
  throw new SkipbeatError('SETUP_IN_USE', `Expected nobody to run ${kwokPath()}, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `wait until that run has ended; of one that was killed  ${skipbeat('cleanup')}  ends them; then ${skipbeat('setup --undo')}`,
  });
};

/** Takes back what `ensureKwok` did. @returns in words; null where there was nothing */
export const removeKwok = async (): Promise<string | null> => {
  if (!existsSync(kwokPath())) return null;
  await rm(kwokPath());
  return `${kwokPath()} removed`;
};
