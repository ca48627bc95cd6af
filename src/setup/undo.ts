import { rm, writeFile } from 'node:fs/promises';
import { type HostExec, succeeded } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { failureLine } from '../node/index.ts';
import { isAsWritten, isFreeOfOurs, type MachineChange, readChanges, saveChanges } from './changes.ts';
import { probeEngine } from './engine/engine.ts';
import { reloadConfiguration } from './engine/fix-privileged.ts';
import { runtimeName } from './engine/runtime-wrapper.ts';
import { removeKwok } from './hollow/kwok.ts';
import { lockSetup } from './lock.ts';

/** Containers that need our runtime, running or not: without it nobody could start or end them. Or why that is not known. */
const usersOfRuntime = async (host: HostExec): Promise<{ users: readonly string[] } | { unknown: string }> => {
  const listed = await host({ argv: ['docker', 'ps', '--all', '--quiet'], timeoutMs: 20_000 });
  // Without a docker program nothing here starts a container.
  if (listed.ended === 'notStarted') return { users: [] };
  if (!succeeded(listed)) return { unknown: failureLine(listed) };
  const ids = listed.stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return { users: [] };
  const format = '{{.Name}} {{.HostConfig.Runtime}}';
  const asked = await host({ argv: ['docker', 'inspect', '--format', format, ...ids], timeoutMs: 20_000 });
  if (!succeeded(asked)) return { unknown: failureLine(asked) };
  const users = asked.stdout.split('\n').filter((line) => line.endsWith(` ${runtimeName}`));
  return { users: users.map((line) => line.slice(1).split(' ')[0] ?? '') };
};

type FileChange = MachineChange & { readonly kind: 'file' };

/** Text about what was done, or of why the file was left. */
type Restored = { readonly isBack: boolean; readonly text: string };

const restore = async (change: FileChange): Promise<Restored> => {
  try {
    if (await isFreeOfOurs(change, runtimeName))
      return { isBack: true, text: `${change.path}: nothing of ours is in it` };
    if (!(await isAsWritten(change)))
      return { isBack: false, text: `${change.path} left: it is not what set-up wrote` };
    // Of an earlier set-up, with what somebody added since; or one whose list of changes is elsewhere.
    if (change.before?.includes(runtimeName) === true)
      return { isBack: false, text: `${change.path} left: it named ${runtimeName} before set-up wrote it, too` };
  } catch (thrown) {
    return { isBack: false, text: `${change.path} left: it cannot be read: ${messageOf(thrown)}` };
  }
  if (change.before === null) await rm(change.path);
  else await writeFile(change.path, change.before);
  return {
    isBack: true,
    text: change.before === null ? `${change.path} removed` : `${change.path} as it was before`,
  };
};

/**
 * Takes back what set-up wrote on this machine: the engine's configuration, the runtime before runc, kwok. Packages stay,
 * for others may use them by now, and are named with the command that removes them.
 * @param print takes one line for each thing
 * @throws SkipbeatError SETUP_IN_USE (exit 75) while containers need the runtime, SETUP_NOT_UNDONE (75)
 */
export const undoSetup = async (host: HostExec, print: (line: string) => void): Promise<void> => {
  const release = await lockSetup();
  try {
    const kwokGone = await removeKwok();
    if (kwokGone !== null) print(kwokGone);
    const changes = await readChanges();
    if (changes.length === 0 && kwokGone === null) print('Set-up has written down no change of this machine.');
    const files = changes.filter((change) => change.kind === 'file');
    const found = files.length === 0 ? { users: [] } : await usersOfRuntime(host);
    // Not refused: an engine that our configuration keeps from starting would never be rid of it.
    if ('unknown' in found) {
      print(`whether containers need ${runtimeName} is not known, for the engine does not answer: ${found.unknown}`);
      print(`one that does starts again after:  ${skipbeat('setup')}`);
    } else if (found.users.length > 0) {
      throw new SkipbeatError(
        'SETUP_IN_USE',
        `Expected no container with the runtime ${runtimeName}, found ${found.users.join(', ')}.`,
        {
          exitCode: exitCodes.environment,
          next: `remove those containers, then ${skipbeat('setup --undo')}`,
        },
      );
    }
    const left: FileChange[] = [];
    // The configuration first, which names the runtime: the later a change, the earlier it goes. What was made before one
    // that is left stays with it: without the runtime that a configuration names, the engine starts no container.
    for (const change of [...files].reverse()) {
      const { isBack, text } =
        left.length === 0
          ? await restore(change)
          : { isBack: false, text: `${change.path} left: what was left above may need it` };
      if (!isBack) left.unshift(change);
      print(text);
    }
    if (files.length > left.length && (await probeEngine({ host })).engine !== null) {
      const reloaded = await reloadConfiguration(host);
      if (!succeeded(reloaded)) print(`the engine did not reread its configuration: ${failureLine(reloaded)}`);
    }
    const packages = changes.flatMap((change) => (change.kind === 'packages' ? change.packages : []));
    if (packages.length > 0) print(`packages stay; nobody else needs them?  apt-get remove ${packages.join(' ')}`);
    await saveChanges(left);
    if (left.length > 0) {
      throw new SkipbeatError(
        'SETUP_NOT_UNDONE',
        `${left.at(-1)?.path}: expected what set-up wrote or what was there before without ${runtimeName}, found another text or none that can be read.`,
        {
          exitCode: exitCodes.environment,
          next: `take ${runtimeName} out of it, or delete it, then ${skipbeat('setup --undo')}`,
        },
      );
    }
  } finally {
    await release();
  }
};
