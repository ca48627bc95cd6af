import { access } from 'node:fs/promises';
import { exitCodes, SkipbeatError } from '../../src/common/errors.ts';
import { skipbeat } from '../../src/common/invocation.ts';
import { installPackages } from '../../src/setup/engine/install-engine.ts';
import { type ActOptions, shell } from '../../src/setup/shell.ts';

/** A Debian package, and a file of it by which it is seen to be installed. */
export type TestTool = { readonly package: string; readonly file: string; readonly usedFor: string };

/** What the tests need beside what runs need; nothing in src/ uses any of it. */
export const testTools: readonly TestTool[] = [
  { package: 'chromium', file: '/usr/bin/chromium', usedFor: 'the tests of report.html and the pictures in README' },
  {
    package: 'fonts-dejavu-core',
    file: '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf',
    usedFor: 'the same, letters of a known width',
  },
];

export type TestToolsProbe = { readonly missing: readonly TestTool[]; readonly canInstall: boolean };

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** What is missing here, and whether setup may install it: as root on Debian and Ubuntu. Changes nothing. */
export const probeTestTools = async (signal: AbortSignal, tools = testTools): Promise<TestToolsProbe> => {
  const there = await Promise.all(tools.map(({ file }) => isThere(file)));
  const apt = await shell({ timeoutMs: 10_000, signal })`command -v apt-get`.nothrow();
  return {
    missing: tools.filter((_, index) => there[index] !== true),
    canInstall: apt.exitCode === 0 && process.getuid?.() === 0,
  };
};

const names = (tools: readonly TestTool[]): string => tools.map((tool) => tool.package).join(' ');

/** Pure: in words, what the step would do. */
export const testToolsPlan = ({ missing, canInstall }: TestToolsProbe): { act: boolean; text: string } => {
  if (missing.length === 0) return { act: false, text: `${names(testTools)} installed` };
  return { act: true, text: canInstall ? `install ${names(missing)} with apt-get` : `stop: ${refusal(missing)}` };
};

const refusal = (missing: readonly TestTool[]): string =>
  `setup installs what tests need on Debian and Ubuntu only, as root; not found: ${missing
    .map((tool) => `${tool.file} (${tool.usedFor})`)
    .join(', ')}`;

/**
 * Installs what is missing of the test tools.
 * @returns what was found or done, in words
 * @throws SkipbeatError TEST_TOOLS_MISSING (exit 75) where a person must act
 */
export const ensureTestTools = async (options: ActOptions): Promise<string> => {
  const probe = await probeTestTools(options.signal);
  const { missing, canInstall } = probe;
  if (missing.length === 0) return testToolsPlan(probe).text;
  if (!canInstall) {
    throw new SkipbeatError('TEST_TOOLS_MISSING', `${refusal(missing)}.`, {
      exitCode: exitCodes.environment,
      next: `install these packages (named as in Debian): ${names(missing)}; then ${skipbeat('setup --tests')}`,
    });
  }
  await installPackages(names(missing).split(' '), options);
  return `${names(missing)} installed by apt-get`;
};
