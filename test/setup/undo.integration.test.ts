import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hostExec } from '../../src/node/index.ts';
import { changesFile, readChanges, writeDown } from '../../src/setup/changes.ts';
import { ownEngine } from '../../src/setup/engine/forget-runtime.ts';
import { runtimeName } from '../../src/setup/engine/runtime-wrapper.ts';
import { kwokPath } from '../../src/setup/hollow/kwok.ts';
import { undoSetup } from '../../src/setup/undo.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-undo-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  vi.stubEnv('SKIPBEAT_CACHE_DIR', join(place, 'cache'));
  // No engine is asked to reread what is none of its files.
  vi.stubEnv('DOCKER_HOST', `unix://${place}/none.sock`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

/** No engine runs on this machine, or one does that does not answer. */
const engineThat = (runs: boolean) => ({
  runs: () => Promise.resolve(runs),
  reload: () => hostExec({ argv: ['false'], timeoutMs: 1000 }),
});

const printed = async (runs = false): Promise<readonly string[]> => {
  const lines: string[] = [];
  await undoSetup(hostExec, (line) => lines.push(line), engineThat(runs));
  return lines;
};

/** What it prints of an engine that does not answer. */
const ofNoEngine = () => [
  `whether containers need skipbeat-runc is not known, for the engine does not answer: docker ps --all --quiet: exit code 1: Cannot connect to the Docker daemon at unix://${place}/none.sock. Is the docker daemon running?`,
  'one that does starts again after:  npm run setup',
];

/** What it prints besides. */
const undone = async (): Promise<readonly string[]> => (await printed()).filter((line) => !ofNoEngine().includes(line));

test.each([
  ['', 'JSON, found Unexpected end of JSON input.'],
  ['null', 'a list of changes, found something else.'],
  ['{}', 'a list of changes, found something else.'],
  ...['[null]', '[{"kind":"file"}]', '[{"kind":"file","path":"/x","before":null}]', '[{"kind":"packages"}]'].map(
    (text) => [text, 'changes of packages or of a file, found that number 1 is neither.'],
  ),
  [
    '[{"kind":"packages","packages":["kwok"]},{"kind":"later","path":"/x"}]',
    'changes of packages or of a file, found that number 2 is neither.',
  ],
])('a list of changes that says %j is taken back by no part, and stays', async (text, expected) => {
  mkdirSync(join(place, 'state'));
  writeFileSync(changesFile(), text);
  await expect(printed()).rejects.toMatchObject({
    code: 'SETUP_CHANGES_UNREADABLE',
    exitCode: 75,
    message: `${changesFile()}: expected ${expected}`,
  });
  expect(readFileSync(changesFile(), 'utf8')).toBe(text);
});

test('a list of changes that is a link which leads nowhere does not say that nothing was changed', async () => {
  mkdirSync(join(place, 'state'));
  symlinkSync(join(place, 'nowhere'), changesFile());
  await expect(printed()).rejects.toMatchObject({ code: 'SETUP_CHANGES_UNREADABLE' });
});

test('where the engine does not say which containers need the runtime, that is said', async () => {
  const path = join(place, 'wrapper');
  await writeDown({ kind: 'file', path, before: null, after: 'ours' });
  writeFileSync(path, 'ours');
  expect(await printed()).toEqual([...ofNoEngine(), `${path} removed`]);
});

test('files are what they were before set-up wrote them, also where it wrote them twice; packages are named', async () => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  writeFileSync(config, 'mine');
  await writeDown({ kind: 'packages', packages: ['docker.io', 'jq'] });
  for (const after of ['first', 'second']) {
    await writeDown({ kind: 'file', path: wrapper, before: after === 'first' ? null : 'first', after });
    await writeDown({ kind: 'file', path: config, before: after === 'first' ? 'mine' : 'first', after });
    for (const path of [wrapper, config]) writeFileSync(path, after);
  }
  expect(await readChanges()).toHaveLength(3);
  expect(await undone()).toEqual([
    `${config} as it was before`,
    `${wrapper} removed`,
    'packages stay; nobody else needs them?  apt-get remove docker.io jq',
  ]);
  expect([readFileSync(config, 'utf8'), existsSync(wrapper), existsSync(changesFile())]).toEqual([
    'mine',
    false,
    false,
  ]);
  expect(await undone()).toEqual(['Set-up has written down no change of this machine.']);
});

test('a file that somebody changed since is left, named, and still written down', async () => {
  const config = join(place, 'daemon.json');
  await writeDown({ kind: 'packages', packages: ['jq'] });
  await writeDown({ kind: 'file', path: config, before: null, after: 'ours' });
  writeFileSync(config, 'ours and theirs');
  await expect(undone()).rejects.toMatchObject({ code: 'SETUP_NOT_UNDONE', exitCode: 75 });
  expect(readFileSync(config, 'utf8')).toBe('ours and theirs');
  expect((await readChanges()).map(({ kind }) => kind)).toEqual(['packages', 'file']);
  rmSync(config);
  expect(await undone()).toEqual([
    `${config}: nothing of ours is in it`,
    'packages stay; nobody else needs them?  apt-get remove jq',
  ]);
});

test('what a file that is left may name is left, too: an engine whose runtime is gone starts nothing', async () => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  for (const path of [wrapper, config]) {
    await writeDown({ kind: 'file', path, before: null, after: 'ours' });
    writeFileSync(path, 'ours');
  }
  writeFileSync(config, 'ours and theirs');
  await expect(undone()).rejects.toMatchObject({
    code: 'SETUP_NOT_UNDONE',
    message: `${config}: expected what set-up wrote or what was there before without ${runtimeName}, found another text or none that can be read.`,
  });
  expect(readFileSync(wrapper, 'utf8')).toBe('ours');
  expect((await readChanges()).map((change) => change.kind === 'file' && change.path)).toEqual([wrapper, config]);
  rmSync(config);
  expect(await undone()).toEqual([`${config}: nothing of ours is in it`, `${wrapper} removed`]);
  expect(existsSync(changesFile())).toBe(false);
});

test('a change that was written down and never made is no obstacle', async () => {
  const config = join(place, 'daemon.json');
  writeFileSync(config, 'mine');
  await writeDown({ kind: 'file', path: config, before: 'mine', after: 'ours' });
  expect(await undone()).toEqual([`${config}: nothing of ours is in it`]);
  expect(readFileSync(config, 'utf8')).toBe('mine');
});

test('what somebody wrote between two set-ups is what comes back', async () => {
  const config = join(place, 'daemon.json');
  await writeDown({ kind: 'file', path: config, before: 'mine', after: 'ours' });
  await writeDown({ kind: 'file', path: config, before: 'mine, newer', after: 'ours, newer' });
  writeFileSync(config, 'ours, newer');
  expect(await undone()).toEqual([`${config} as it was before`]);
  expect(readFileSync(config, 'utf8')).toBe('mine, newer');
});

test('a configuration out of which somebody took our runtime by hand is theirs', async () => {
  const config = join(place, 'daemon.json');
  await writeDown({ kind: 'file', path: config, before: 'mine', after: `mine, ${runtimeName}` });
  writeFileSync(config, 'mine and more');
  expect(await undone()).toEqual([`${config}: nothing of ours is in it`]);
  expect(readFileSync(config, 'utf8')).toBe('mine and more');
});

test.each([
  ['was found with the runtime in it', 'runs skipbeat-runc', 'runs skipbeat-runc'],
  ['was written over one that named the runtime already', 'theirs, runs skipbeat-runc', 'theirs,  runs skipbeat-runc'],
])('a configuration that %s never loses the runtime', async (_, before, after) => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  await writeDown({ kind: 'file', path: wrapper, before: null, after: 'ours' });
  await writeDown({ kind: 'file', path: config, before, after });
  writeFileSync(wrapper, 'ours');
  writeFileSync(config, after);
  await expect(undone()).rejects.toMatchObject({
    code: 'SETUP_NOT_UNDONE',
    message: `${config}: expected what set-up wrote or what was there before without skipbeat-runc, found another text or none that can be read.`,
  });
  expect([readFileSync(config, 'utf8'), existsSync(wrapper)]).toEqual([after, true]);
  writeFileSync(config, 'theirs');
  expect(await undone()).toEqual([`${config}: nothing of ours is in it`, `${wrapper} removed`]);
  expect([readFileSync(config, 'utf8'), existsSync(wrapper), existsSync(changesFile())]).toEqual([
    'theirs',
    false,
    false,
  ]);
});

test('while an engine runs that does not say what it has read, what its configuration named stays', async () => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  await writeDown({ kind: 'file', path: wrapper, before: null, after: 'ours' });
  await writeDown({ kind: 'file', path: config, before: 'mine', after: 'runs skipbeat-runc' });
  writeFileSync(wrapper, 'ours');
  writeFileSync(config, 'runs skipbeat-runc');
  await expect(printed(true)).rejects.toMatchObject({
    code: 'SETUP_NOT_UNDONE',
    message: `${wrapper}: expected that no engine needs it, found that an engine runs and does not answer: docker info --format '{{json .}}': exit code 1: Cannot connect to the Docker daemon at unix://${place}/none.sock. Is the docker daemon running?`,
  });
  expect([readFileSync(config, 'utf8'), existsSync(wrapper)]).toEqual(['mine', true]);
  expect(await undone()).toEqual([`${wrapper} removed`]);
  expect(existsSync(changesFile())).toBe(false);
});

test('a set-up that was cut off before it wrote the configuration anew does not lose what the old one names', async () => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  await writeDown({ kind: 'file', path: config, before: 'mine', after: 'runs skipbeat-runc' });
  await writeDown({ kind: 'file', path: wrapper, before: null, after: 'ours' });
  writeFileSync(wrapper, 'ours');
  writeFileSync(config, 'theirs, runs skipbeat-runc');
  await expect(undone()).rejects.toMatchObject({ code: 'SETUP_NOT_UNDONE' });
  expect(existsSync(wrapper)).toBe(true);
});

test.each([
  ['stays, is theirs, and keeps nothing else', 'mine, with a note', false],
  ['that names the runtime keeps it', 'runs skipbeat-runc', true],
])('a backup that somebody changed %s', async (_, text, keeps) => {
  const [config, wrapper] = [join(place, 'daemon.json'), join(place, 'wrapper')];
  const backup = `${config}.before-skipbeat`;
  await writeDown({ kind: 'file', path: wrapper, before: null, after: 'ours' });
  await writeDown({ kind: 'file', path: backup, before: null, after: 'mine' });
  await writeDown({ kind: 'file', path: config, before: 'mine', after: 'runs skipbeat-runc' });
  writeFileSync(wrapper, 'ours');
  writeFileSync(backup, text);
  writeFileSync(config, 'runs skipbeat-runc');
  if (keeps) await expect(undone()).rejects.toMatchObject({ code: 'SETUP_NOT_UNDONE' });
  else {
    expect(await undone()).toEqual([
      `${config} as it was before`,
      `${backup} left: somebody changed it, and no engine reads it; delete it yourself`,
      `${wrapper} removed`,
    ]);
  }
  expect([readFileSync(config, 'utf8'), readFileSync(backup, 'utf8'), existsSync(wrapper)]).toEqual([
    'mine',
    text,
    keeps,
  ]);
});

test('the engine that is asked is this machine’s own, whichever DOCKER_HOST names', async () => {
  const argv = ['sh', '-c', 'printf %s "$DOCKER_HOST"'] as const;
  const { stdout } = await ownEngine(hostExec).host({ argv, timeoutMs: 5000 });
  expect(stdout).toBe('unix:///var/run/docker.sock');
});

/**
 * What set-up wrote, on a machine with an engine.
 * @param after of the configuration, as it is written down @param text what stands there now
 */
const withEngine = async (script: string, after: string, text: string) => {
  const [config, wrapper, bin] = [join(place, 'daemon.json'), join(place, 'wrapper'), join(place, 'bin')];
  await writeDown({ kind: 'file', path: wrapper, before: null, after: 'ours' });
  await writeDown({ kind: 'file', path: config, before: 'mine', after });
  writeFileSync(wrapper, 'ours');
  writeFileSync(config, text);
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  return { config, wrapper, bin };
};

/** An engine that has our runtime in no configuration any more; a container that goes while it is asked about is listed once. */
const busyEngine = `#!/bin/sh
case "$1 $2" in
  'info --format') printf '{"ServerVersion":"20.10.24","DefaultRuntime":"runc","Runtimes":{},"Name":"%s","KernelVersion":"%s"}' "$(uname -n)" "$(uname -r)" ;;
  'ps --all') echo one; [ -e "$0.asked" ] || echo gone ;;
  'inspect --format')
    [ -e "$0.asked" ] && echo '/theirs skipbeat-runc' && exit 0
    touch "$0.asked"
    echo 'Error: No such object: gone' >&2
    exit 1 ;;
esac
`;

test('a container that goes while the engine is asked does not hide one that needs the runtime', async () => {
  const { config, wrapper } = await withEngine(busyEngine, 'runs skipbeat-runc', 'runs skipbeat-runc');
  mkdirSync(dirname(kwokPath()), { recursive: true });
  writeFileSync(kwokPath(), '');
  await expect(printed(true)).rejects.toMatchObject({
    code: 'SETUP_IN_USE',
    message: 'Expected no container with the runtime skipbeat-runc, found theirs.',
  });
  // Where it is refused nothing is taken back.
  expect([readFileSync(config, 'utf8'), ...[wrapper, kwokPath()].map((file) => existsSync(file))]).toEqual([
    ...['runs skipbeat-runc', true, true],
  ]);
});

/** An engine that has our runtime until it rereads its configuration. */
const staleEngine = `#!/bin/sh
[ "$1" = info ] || exit 0
[ -e "$0.reread" ] && runtimes='{}' || runtimes='{"skipbeat-runc":{}}'
printf '{"ServerVersion":"20.10.24","Runtimes":%s,"Name":"%s","KernelVersion":"%s"}' "$runtimes" "$(uname -n)" "$(uname -r)"
`;

const written = '{"default-runtime":"skipbeat-runc","runtimes":{"skipbeat-runc":{}}}';
const halfWay = `${JSON.stringify({ 'default-runtime': 'runc', runtimes: {} }, null, 2)}\n`;

test.each([
  ['nothing', written, written],
  ['the text that has the engine forget the runtime', written, halfWay],
  ['that text, and had written it down, as an earlier version did', halfWay, halfWay],
])('an undo that was killed when it had written %s is finished by the next', async (_, after, text) => {
  const { config, wrapper, bin } = await withEngine(staleEngine, after, text);
  const reload = () => hostExec({ argv: ['touch', join(bin, 'docker.reread')], timeoutMs: 5000 });
  const lines: string[] = [];
  await undoSetup(hostExec, (line) => lines.push(line), { runs: () => Promise.resolve(true), reload });
  expect(lines).toEqual([`${config} as it was before`, `${wrapper} removed`]);
  expect([readFileSync(config, 'utf8'), existsSync(wrapper), existsSync(changesFile())]).toEqual([
    'mine',
    false,
    false,
  ]);
});

/** An engine that lists a container and does not tell about it. */
const silentEngine = `#!/bin/sh
case "$1 $2" in
  'info --format') printf '{"ServerVersion":"20.10.24","Runtimes":{},"Name":"%s","KernelVersion":"%s"}' "$(uname -n)" "$(uname -r)" ;;
  'ps --all') echo one ;;
  *) echo 'Error: it cannot be read' >&2; exit 1 ;;
esac
`;

test('where the engine does not tell about a container that it lists, nothing is undone, and why is said', async () => {
  const { config, wrapper } = await withEngine(silentEngine, written, written);
  await expect(printed(true)).rejects.toMatchObject({
    code: 'SETUP_NOT_UNDONE',
    exitCode: 75,
    message:
      'Expected to find no container with skipbeat-runc, found that the engine lists containers of which it does not tell which runtime they have.',
  });
  expect([readFileSync(config, 'utf8'), existsSync(wrapper)]).toEqual([written, true]);
  expect(await readChanges()).toHaveLength(2);
});

test('nor where the wait for that ends while the containers are listed once more', async () => {
  const slowAgain = `'ps --all') echo one; [ ! -e "$0.listed" ] || exec sleep 30; touch "$0.listed" ;;`;
  const { config, wrapper } = await withEngine(
    silentEngine.replace("'ps --all') echo one ;;", slowAgain),
    written,
    written,
  );
  await expect(printed(true)).rejects.toMatchObject({
    code: 'SETUP_NOT_UNDONE',
    message:
      'Expected to find no container with skipbeat-runc, found that the engine lists containers of which it does not tell which runtime they have.',
  });
  expect([readFileSync(config, 'utf8'), existsSync(wrapper)]).toEqual([written, true]);
});

test('a dockerd that is a zombie runs no more', async () => {
  const module = JSON.stringify(fileURLToPath(new URL('../../src/setup/engine/forget-runtime.ts', import.meta.url)));
  const program = `
    import { dockerdRuns } from ${module};
    import { spawn } from 'node:child_process';
    import { readFileSync } from 'node:fs';
    const [, sleep] = process.argv;
    const seen = [];
    // The shell becomes a sleep that reaps nobody.
    const parent = spawn('sh', ['-c', '"$0" 60 & echo $!; exec sleep 60', sleep], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const stat = () => readFileSync('/proc/' + pid + '/stat', 'utf8');
    while (!stat().includes('(dockerd)')) await new Promise(setImmediate);
    seen.push(await dockerdRuns());
    while (readFileSync('/proc/' + parent.pid + '/comm', 'utf8') !== 'sleep\\n') await new Promise(setImmediate);
    process.kill(pid, 'SIGKILL');
    while (!stat().includes(') Z ')) await new Promise(setImmediate);
    seen.push(await dockerdRuns());
    parent.kill('SIGKILL');
    process.stdout.write(seen.join(' '));
  `;
  const dockerd = join(place, 'dockerd');
  copyFileSync(realpathSync('/bin/sleep'), dockerd);
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program, dockerd];
  const own = ['--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout } = await execa('unshare', [...own, ...node], { cwd: '/' });
  expect(stdout).toBe('true false');
});

test('where the engine does not reread its configuration, that is said without the script that asked it to', async () => {
  await withEngine(silentEngine.replace('echo one', ':'), written, written);
  const lines: string[] = [];
  const reload = () =>
    hostExec({
      argv: ['sh', '-c', 'pid=$(cat /none.pid) && kill -HUP "$pid"; echo gone >&2; exit 3'],
      timeoutMs: 5000,
    });
  await undoSetup(hostExec, (line) => lines.push(line), { runs: () => Promise.resolve(true), reload });
  const [line = ''] = lines.filter((one) => one.includes('reread'));
  expect(line).toBe(
    'the engine did not reread its configuration: exit code 3: cat: /none.pid: No such file or directory',
  );
});

test('an engine in a container, or one that is rootless, reads no file that set-up wrote', async () => {
  const module = JSON.stringify(fileURLToPath(new URL('../../src/setup/engine/forget-runtime.ts', import.meta.url)));
  const program = `
    import { dockerdRuns } from ${module};
    import { spawn } from 'node:child_process';
    import { readFileSync } from 'node:fs';
    const [, dockerd] = process.argv;
    const exec = ['sh', '-c', 'mount -t tmpfs none /etc/docker && exec "$0" 60', dockerd];
    const seen = [];
    for (const argv of [[dockerd, '60'], ['unshare', '--user', dockerd, '60'], ['unshare', '--mount', ...exec]]) {
      const child = spawn(argv[0], argv.slice(1), { stdio: 'inherit' });
      const name = () => readFileSync('/proc/' + child.pid + '/comm', 'utf8');
      while (name() !== 'dockerd\\n') await new Promise(setImmediate);
      seen.push(await dockerdRuns());
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    process.stdout.write(seen.join(' '));
  `;
  const dockerd = join(place, 'dockerd');
  copyFileSync(realpathSync('/bin/sleep'), dockerd);
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program, dockerd];
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // The machine's own /etc stays as it is, whether it has such a folder or not.
  const mounted = 'mount -t tmpfs none /etc && mkdir /etc/docker && exec "$@"';
  const { stdout } = await execa('unshare', [...own, 'sh', '-c', mounted, 'sh', ...node], { cwd: '/' });
  expect(stdout).toBe('true false false');
});
