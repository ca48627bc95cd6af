import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../src/common/host/paths.ts';
import { goEnvironment, requireGo } from '../../src/setup/node-image/go.ts';
import { type ActOptions, attempt, shell } from '../../src/setup/shell.ts';

/** A program that is compiled from its Go module. */
export type GoTool = {
  readonly name: 'actionlint' | 'act';
  readonly module: string;
  readonly version: string;
  /** The least Go that compiles it. */
  readonly goVersion: string;
};

/** The checker of .github/workflows. @see https://github.com/rhysd/actionlint/releases */
export const actionlint: GoTool = {
  name: 'actionlint',
  module: 'github.com/rhysd/actionlint/cmd/actionlint',
  version: 'v1.7.12',
  goVersion: '1.25',
};

/** Runs workflows on this machine itself. @see https://github.com/nektos/act/releases */
export const act: GoTool = { name: 'act', module: 'github.com/nektos/act', version: 'v0.2.89', goVersion: '1.25' };

/** Where `npm run setup -- --tests` puts it; the version is in its name. */
export const goToolPath = ({ name, version }: GoTool): string => join(cacheDir(), 'bin', `${name}-${version}`);

const isThere = (tool: GoTool): Promise<boolean> =>
  access(goToolPath(tool)).then(
    () => true,
    () => false,
  );

/** In words, what the step would do. Changes nothing. */
export const goToolPlan = async (tool: GoTool): Promise<{ readonly act: boolean; readonly text: string }> =>
  (await isThere(tool))
    ? { act: false, text: `${tool.version} at ${goToolPath(tool)}` }
    : { act: true, text: `compile ${tool.module}@${tool.version} with Go` };

/**
 * Compiles a tool from its Go module, unless it is there.
 * @returns what was found or done, in words
 * @throws SkipbeatError GO_MISSING, GO_TOO_OLD, SETUP_STEP_FAILED (exit 75)
 */
export const ensureGoTool = async (tool: GoTool, options: ActOptions): Promise<string> => {
  const plan = await goToolPlan(tool);
  if (!plan.act) return plan.text;
  await requireGo(tool.goVersion, options);
  const target = join(cacheDir(), 'bin');
  await mkdir(target, { recursive: true });
  const env = { ...goEnvironment(), GOBIN: target };
  const sh = shell({ timeoutMs: 900_000, signal: options.signal, env });
  await attempt(`Compiling ${tool.name}`, sh`go install ${`${tool.module}@${tool.version}`}`, options.signal);
  await rename(join(target, tool.name), goToolPath(tool));
  return `${tool.version} compiled to ${goToolPath(tool)}`;
};
