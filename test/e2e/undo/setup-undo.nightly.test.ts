import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hostExec } from '../../../src/node/index.ts';
import { writeDown } from '../../../src/setup/changes.ts';
import { runtimeName, withRuntime } from '../../../src/setup/engine/runtime-wrapper.ts';
import { undoSetup } from '../../../src/setup/undo.ts';
import { makePlace, until } from '../support/harness.ts';

const place = makePlace();
const at = (name: string): string => join(place.folder, name);
const [config, wrapper] = [at('daemon.json'), at('runc-capped')];
let daemon: ChildProcess;

/** What the second engine has read. */
const runtimes = async (): Promise<string> =>
  (await execa('docker', ['info', '--format', '{{.DefaultRuntime}} {{range $name, $_ := .Runtimes}}{{$name}} {{end}}']))
    .stdout;

beforeAll(async () => {
  vi.stubEnv('DOCKER_HOST', `unix://${at('docker.sock')}`);
  vi.stubEnv('SKIPBEAT_STATE_DIR', place.state);
  vi.stubEnv('SKIPBEAT_CACHE_DIR', at('cache'));
  const script = '#!/bin/sh\nexec runc "$@"\n';
  const [before, after] = ['{"debug": false}\n', withRuntime('{"debug": false}\n', wrapper)];
  await writeDown({ kind: 'file', path: wrapper, before: null, after: script });
  await writeDown({ kind: 'file', path: config, before, after });
  writeFileSync(wrapper, script);
  chmodSync(wrapper, 0o755);
  writeFileSync(config, after);
  const roots = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('docker.pid')];
  const apart = ['--host', `unix://${at('docker.sock')}`, '--bridge=none', '--iptables=false', '--ip6tables=false'];
  const log = openSync(at('dockerd.log'), 'a');
  // In a network of its own: an engine without a bridge takes docker0 away, which is the first engine's.
  daemon = spawn('unshare', ['--net', 'dockerd', '--config-file', config, ...roots, ...apart], {
    stdio: ['ignore', log, log],
  });
  await until(
    'the engine to answer',
    async () => (await execa('docker', ['version'], { reject: false })).exitCode === 0,
    60_000,
  );
});
afterAll(async () => {
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await ended;
  vi.unstubAllEnvs();
  place.remove();
});

test('an engine that runs has forgotten the runtime before what it was goes, without a restart', async () => {
  expect(await runtimes()).toContain(`${runtimeName} `);
  const lines: string[] = [];
  const reload = () => hostExec({ argv: ['kill', '-HUP', String(daemon.pid)], timeoutMs: 1000 });
  await undoSetup(hostExec, (line) => lines.push(line), { runs: () => Promise.resolve(true), reload });
  expect(lines).toEqual([`${config} as it was before`, `${wrapper} removed`]);
  expect([readFileSync(config, 'utf8'), existsSync(wrapper)]).toEqual(['{"debug": false}\n', false]);
  expect(await runtimes()).toMatch(/^runc (?!.*skipbeat)/);
  expect(daemon.exitCode).toBeNull();
});
