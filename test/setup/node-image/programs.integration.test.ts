import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtPrograms } from '../../../src/setup/node-image/programs.ts';

let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'skipbeat-programs-'));
  await mkdir(join(workspace, 'programs'));
});

afterEach(() => rm(workspace, { recursive: true }));

describe('programs of a build that was cut short', () => {
  test('are not gone on from while they are not all built', async () => {
    await writeFile(join(workspace, 'programs', 'kubelet'), 'half');
    expect(await builtPrograms(workspace, 'abc')).toBeNull();
  });

  test('are gone on from by the recipe that built them, and by no other', async () => {
    const programs = { directory: join(workspace, 'programs'), images: {}, agnhostImage: 'agnhost:2.25' };
    await writeFile(join(workspace, 'programs', 'built.json'), JSON.stringify({ ...programs, recipe: 'abc' }));
    expect(await builtPrograms(workspace, 'abc')).toMatchObject(programs);
    expect(await builtPrograms(workspace, 'def')).toBeNull();
  });
});
