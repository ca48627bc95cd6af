import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostExec } from '../../../src/node/host-exec.ts';
import { wrapperScript } from '../../../src/setup/engine/runtime-wrapper.ts';

const all = ['CAP_CHOWN', 'CAP_SYS_RESOURCE', 'CAP_SYS_ADMIN'];
const capabilities = { bounding: all, effective: all, permitted: all };

describe('the runtime that stands before runc', () => {
  let folder: string;
  let wrapper: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "skipbeat wrapper's-"));
    wrapper = join(folder, 'runc-capped');
    const runc = join(folder, 'the real runc');
    await writeFile(runc, '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n');
    await writeFile(wrapper, wrapperScript(['CAP_SYS_RESOURCE'], runc));
    await Promise.all([runc, wrapper].map((file) => chmod(file, 0o755)));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => hostExec({ argv: [wrapper, ...args], timeoutMs: 10_000 });
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));

  test("drops what the machine lacks from a bundle's config.json and hands everything on", async () => {
    const config = { process: { args: ['CAP_SYS_RESOURCE'], capabilities }, root: { path: 'rootfs' } };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const result = await run('--root', '/run/x', 'create', '--bundle', folder, 'an id');
    expect(result.stdout.split('\n')).toEqual(['--root', '/run/x', 'create', '--bundle', folder, 'an id']);
    expect(result.exitCode).toBe(7);
    const kept = ['CAP_CHOWN', 'CAP_SYS_ADMIN'];
    const expected = { bounding: kept, effective: kept, permitted: kept };
    expect(await read('config.json')).toEqual({ ...config, process: { ...config.process, capabilities: expected } });
  });

  test('drops it from the process file of an exec', async () => {
    await writeFile(join(folder, 'process.json'), JSON.stringify({ capabilities: { bounding: all } }));
    const result = await run('exec', '--process', join(folder, 'process.json'), 'an id');
    expect(result.exitCode).toBe(7);
    expect(await read('process.json')).toEqual({ capabilities: { bounding: ['CAP_CHOWN', 'CAP_SYS_ADMIN'] } });
  });

  test('leaves alone a call that names no file, and files without capabilities', async () => {
    await writeFile(join(folder, 'config.json'), '{"process":{"args":["true"]}}');
    expect((await run('state', 'an id')).stdout).toBe('state\nan id');
    expect((await run('create', '--bundle', folder, 'an id')).exitCode).toBe(7);
    expect(await read('config.json')).toEqual({ process: { args: ['true'] } });
  });

  test('fails, and does not start the container, where the file is no JSON', async () => {
    await writeFile(join(folder, 'config.json'), 'no JSON');
    const result = await run('create', '--bundle', folder, 'an id');
    expect(result.exitCode).not.toBe(7);
    expect(result.stdout).toBe('');
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('no JSON');
  });
});
