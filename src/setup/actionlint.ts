import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../common/paths.ts';
import { goEnvironment, requireGo } from './build/go.ts';
import { type ActOptions, attempt, shell } from './shell.ts';

/** The checker of .github/workflows. @see https://github.com/rhysd/actionlint/releases */
export const actionlint = {
  module: 'github.com/rhysd/actionlint/cmd/actionlint',
  version: 'v1.7.12',
  goVersion: '1.25',
} as const;

/** Where `npm run setup -- --tests` puts it; the version is in its name. */
export const actionlintPath = (): string => join(cacheDir(), 'bin', `actionlint-${actionlint.version}`);

const isThere = (): Promise<boolean> =>
  access(actionlintPath()).then(
    () => true,
    () => false,
  );

/** In words, what the step would do. Changes nothing. */
export const actionlintPlan = async (): Promise<{ readonly act: boolean; readonly text: string }> =>
  (await isThere())
    ? { act: false, text: `${actionlint.version} at ${actionlintPath()}` }
    : { act: true, text: `compile ${actionlint.module}@${actionlint.version} with Go` };

/**
 * Compiles actionlint from its Go module, unless it is there.
 * @returns what was found or done, in words
 * @throws SkipbeatError GO_MISSING, GO_TOO_OLD, SETUP_STEP_FAILED (exit 75)
 */
export const ensureActionlint = async (options: ActOptions): Promise<string> => {
  const plan = await actionlintPlan();
  if (!plan.act) return plan.text;
  await requireGo(actionlint.goVersion, options);
  const target = join(cacheDir(), 'bin');
  await mkdir(target, { recursive: true });
  const env = { ...goEnvironment(), GOBIN: target };
  const sh = shell({ timeoutMs: 600_000, signal: options.signal, env });
  await attempt('Compiling actionlint', sh`go install ${`${actionlint.module}@${actionlint.version}`}`, options.signal);
  await rename(join(target, 'actionlint'), actionlintPath());
  return `${actionlint.version} compiled to ${actionlintPath()}`;
};
