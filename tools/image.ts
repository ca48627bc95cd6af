// `npm run image [-- --base IMAGE] [--tag NAME]`: packs, installs the package in a folder of its own, and builds the image of
// the Dockerfile from that folder. Nothing is fetched while the image is built but its base.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { packageVersion } from '../src/common/package.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { base: { type: 'string' }, tag: { type: 'string', default: `skipbeat:${packageVersion()}` } },
});

const context = mkdtempSync(join(tmpdir(), 'skipbeat-image-'));
try {
  const stdio = { stdio: ['ignore', 'inherit', 'inherit'] } as const;
  await execa('npm', ['pack', '--silent', '--pack-destination', context], { cwd: root, ...stdio });
  const archive = readdirSync(context).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(context, 'package.json'), JSON.stringify({ private: true }));
  const quiet = ['--omit=dev', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await execa('npm', ['install', ...quiet, `./${archive}`], { cwd: context, ...stdio });
  const base = values.base === undefined ? [] : ['--build-arg', `BASE=${values.base}`];
  const dockerfile = join(root, 'Dockerfile');
  await execa('docker', ['build', '--tag', values.tag, '--file', dockerfile, ...base, context], stdio);
} finally {
  rmSync(context, { recursive: true, force: true });
}
