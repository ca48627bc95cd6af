import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/common/command.ts';
import { faultKind } from '../../../src/fault/index.ts';
import type { NodeCommand } from '../../../src/node/index.ts';
import { siteOf } from '../site.ts';

/** An engine with one node: its status, boot and restart policy, and what logind says, are files. It logs what it is asked to do. */
const engine = `#!/bin/sh
cd "$(dirname "$0")" || exit
case "$1 $*" in
  inspect*Status}}\\ *) printf '%s\\n' "$(cat status)" ;;
  inspect*StartedAt*) printf '%s\\n' "$(cat boot)" ;;
  exec*get-property*) cat logind; cat next > logind; [ -s logind ] ;;
  exec*PowerOff*) echo 'asked' >> log ;;
  exec*) echo 'locked out' >> log ;;
  kill*) echo killed >> log; echo exited > status ;;
  wait*) ;;
  update*) echo "update $3" >> log ;;
  start*)
    echo start >> log
    [ "$(cat status)" = running ] || { echo running > status; echo later > boot; } ;;
  *) exit 64 ;;
esac
`;

/** Ten seconds go by each time that it is asked. */
const clock = `#!/bin/sh
cd "$(dirname "$0")" || exit
now=$(($(cat now) + 10))
echo "$now" > now
echo "$now"
`;

const boot = '2026-11-28T08:00:00.1Z';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-engine-'));
  for (const [name, text] of [
    ['docker', engine],
    ['date', clock],
    ['sleep', '#!/bin/sh\n'],
  ] as const) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(folder, 'now'), '0');
});
afterEach(() => rm(folder, { recursive: true }));

const commands = async (): Promise<{ readonly apply: NodeCommand | null; readonly undo: NodeCommand }> => {
  const answer = (stdout: string): CommandResult => ({
    ...{ node: 'x', command: 'sh', ended: 'exited', exitCode: 0, stdout, stderr: '', durationMs: 1 },
  });
  const site = {
    ...siteOf(['control-plane', 'control-plane'], ['worker', 'worker']),
    exec: ({ on }: NodeCommand) => Promise.resolve(answer(on === 'host' ? `running on-failure:1 ${boot}` : 'b false')),
  };
  const planned = { id: 'a', kind: 'node-shutdown', targets: ['worker'], occurrences: [] };
  const { nodes } = await faultKind('node-shutdown').prepare(planned as never, site, new AbortController().signal);
  const [first] = nodes;
  if (first === undefined) throw new Error('expected one part');
  return first;
};

/** What the undo has the engine do to a node in that state. @param next what logind says from the second question on */
const done = async (status: string, since: string, logind: string, next: string = logind): Promise<string> =>
  logOf((await commands()).undo, { status, boot: since, logind, next });

/** What a command has the engine do to a node in that state. */
const logOf = async (command: NodeCommand | null, state: Readonly<Record<string, string>>): Promise<string> => {
  for (const [name, text] of Object.entries({ ...state, log: '' })) await writeFile(join(folder, name), text);
  const [file = '', ...args] = command?.argv ?? [];
  await promisify(execFile)(file, args, { env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` } });
  return (await readFile(join(folder, 'log'), 'utf8')).trim().replaceAll('\n', ', ');
};

const back = 'update on-failure:1, start';

test('a node is asked with no restart policy, in the boot that its undo knows, and in no other', async () => {
  const { apply } = await commands();
  const state = { status: 'running', logind: '', next: '' };
  expect(await logOf(apply, { ...state, boot })).toBe('update no, asked');
  const found = await logOf(apply, { ...state, boot: 'later' }).catch((thrown: { stderr: string }) => thrown.stderr);
  expect(found).toBe(`expected skipbeat-x-worker as switched on at ${boot}, found at later\n`);
});

describe('the undo of a shutdown', () => {
  test('leaves a node alone that was not asked, once what would ask it is locked out', async () => {
    expect(await done('running', boot, 'b false')).toBe(`locked out, ${back}`);
    expect(await done('running', boot, '', 'b false')).toBe(`locked out, ${back}`);
  });

  test('switches one off and on that is on its way, or answers nobody any more in the boot in which it was asked', async () => {
    expect(await done('running', boot, 'b true')).toBe(`locked out, killed, ${back}`);
    expect(await done('running', boot, '')).toBe(`locked out, killed, ${back}`);
  });

  test('starts one that is off, and lets one boot that was started again meanwhile', async () => {
    expect(await done('exited', boot, '')).toBe(back);
    expect(await done('running', '2026-11-28T09:00:00Z', '')).toBe(back);
  });
});
