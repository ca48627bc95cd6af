import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Place } from './place.ts';

/** As another repository would name skipbeat. */
export const calledAs = `somebody/skipbeat@${'0'.repeat(40)}`;

const workflow = `name: heartbeats
on: push
jobs:
  heartbeats:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        kubernetes: ['', v1.33]
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - id: skipbeat
        uses: ${calledAs}
        with:
          scenario: heartbeats.yaml
          kubernetes: \${{ matrix.kubernetes }}
          backend: model
      - if: steps.skipbeat.outputs.verdict != 'pass' || steps.skipbeat.outputs.artifact == ''
        run: exit 1
`;

/** Makes a repository with a scenario of its own and a workflow that calls the action, twice at once. @returns its folder */
export const makeCaller = async (place: Place): Promise<string> => {
  const folder = join(place.folder, 'caller');
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  writeFileSync(join(folder, '.github/workflows/heartbeats.yml'), workflow);
  writeFileSync(join(folder, 'heartbeats.yaml'), readFileSync(join(place.clone, 'scenarios/tight-grace.yaml'), 'utf8'));
  const git = (...argv: readonly string[]) => execa('git', ['-C', folder, ...argv]);
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  await git(
    '-c',
    'user.name=caller',
    '-c',
    'user.email=caller@localhost',
    'commit',
    '--quiet',
    '--message',
    'heartbeats',
  );
  return folder;
};
