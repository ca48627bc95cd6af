import { rm } from 'node:fs/promises';
import { type CommandResult, type HostExec, succeeded } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { readText, replaceText } from '../common/host/text-file.ts';
import { skipbeat } from '../common/invocation.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { failureLine } from '../node/index.ts';
import { isAsWritten, isFreeOfOurs, type MachineChange, readChanges, saveChanges } from './changes.ts';
import { backupEnding } from './engine/fix-privileged.ts';
import {
  awaitForgotten,
  forgetRuntime,
  isForgetting,
  type LocalEngine,
  ownEngine,
  whyNeeded,
} from './engine/forget-runtime.ts';
import { runtimeName } from './engine/runtime-wrapper.ts';
import { assertKwokUnused, removeKwok } from './hollow/kwok.ts';
import { lockSetup, setupLockLost } from './lock.ts';

type Users =
  | { readonly users: readonly string[] }
  | { readonly unknown: string }
  /** The engine answers, and does not tell about what it lists. */
  | { readonly silent: string };

/** Of the containers of an engine that is busy some go while they are asked about. */
const askUsersMs = 10_000;

/** Containers that need our runtime, running or not: without it nobody could start or end them. Or why that is not known. */
const usersOfRuntime = (host: HostExec): Promise<Users> => {
  let hasListed = false;
  const probe = async (signal: AbortSignal): Promise<PollResult<Users>> => {
    const listed = await host({ argv: ['docker', 'ps', '--all', '--quiet'], timeoutMs: 20_000 }, signal);
    // Without a docker program nothing here starts a container.
    if (listed.ended === 'notStarted') return { found: { users: [] } };
    // One that listed before answers; this list was cut off by the end of the wait.
    if (!succeeded(listed) && hasListed && signal.aborted) return { seen: failureLine(listed) };
    if (!succeeded(listed)) return { found: { unknown: failureLine(listed) } };
    hasListed = true;
    const ids = listed.stdout.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return { found: { users: [] } };
    const format = '{{.Name}} {{.HostConfig.Runtime}}';
    const asked = await host({ argv: ['docker', 'inspect', '--format', format, ...ids], timeoutMs: 20_000 }, signal);
    if (!succeeded(asked)) return { seen: failureLine(asked) };
    const users = asked.stdout.split('\n').filter((line) => line.endsWith(` ${runtimeName}`));
    return { found: { users: users.map((line) => line.slice(1).split(' ')[0] ?? '') } };
  };
  const limits = { timeoutMs: askUsersMs, everyMs: 200, signal: new AbortController().signal };
  return waitUntil('the engine to tell about every container that it lists', probe, limits).catch((thrown: unknown) => {
    if (!(thrown instanceof SkipbeatError) || thrown.code !== 'WAIT_TIMED_OUT') throw thrown;
    return { silent: 'the engine lists containers of which it does not tell which runtime they have' };
  });
};

type FileChange = MachineChange & { readonly kind: 'file' };

/** Text about what was done, or of why the file was left. */
type Restored = { readonly isBack: boolean; readonly text: string };

const restore = async (change: FileChange, engine: LocalEngine): Promise<Restored> => {
  try {
    const isHalfWay = await isForgetting(change);
    if (!isHalfWay && (await isFreeOfOurs(change, runtimeName)))
      return { isBack: true, text: `${change.path}: nothing of ours is in it` };
    if (!isHalfWay && !(await isAsWritten(change)))
      return { isBack: false, text: `${change.path} left: it is not what set-up wrote` };
    // Of an earlier set-up, with what somebody added since; or one whose list of changes is elsewhere.
    if (change.before?.includes(runtimeName) === true)
      return { isBack: false, text: `${change.path} left: it named ${runtimeName} before set-up wrote it, too` };
  } catch (thrown) {
    return { isBack: false, text: `${change.path} left: it cannot be read: ${messageOf(thrown)}` };
  }
  if (namesRuntime(change)) await forgetRuntime(engine, change);
  if (change.before === null) await rm(change.path);
  else replaceText(change.path, change.before);
  return {
    isBack: true,
    text: change.before === null ? `${change.path} removed` : `${change.path} as it was before`,
  };
};

/** A copy of what was there before, which no engine reads. */
const isBackup = ({ path }: FileChange): boolean => path.endsWith(backupEnding);
const namesRuntime = (change: FileChange): boolean => change.after.includes(runtimeName) && !isBackup(change);

/**
 * A backup that somebody wrote into is theirs; put back, it asks for the runtime only where it names it. One that cannot be read
 * is no such: `restore`, which comes next, says so and leaves it.
 */
const leaveBackup = async (change: FileChange): Promise<Restored | null> => {
  const text = isBackup(change) ? await readText(change.path).catch(() => null) : null;
  if (text === null || text === change.after || text.includes(runtimeName)) return null;
  return { isBack: true, text: `${change.path} left: somebody changed it, and no engine reads it; delete it yourself` };
};

/** What a program said may end as a sentence does. */
const asSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** Why what the configuration named has to stay; null: nothing needs it. */
const whyKept = async (engine: LocalEngine): Promise<string | null> => {
  const why = await whyNeeded(engine);
  if (why !== null) return why;
  // None was made since by a configuration that named it: the engine has forgotten it by now.
  const found = await usersOfRuntime(engine.host);
  if ('silent' in found) return found.silent;
  if ('unknown' in found && (await engine.runs())) return `it is not known what was made with it: ${found.unknown}`;
  return 'users' in found && found.users.length > 0 ? `${found.users.join(', ')} was made with it meanwhile` : null;
};

/** How a command ended, and what it said, without the script that it was. */
const endingOf = ({ ended, exitCode, stderr }: CommandResult): string => {
  const said = stderr.trim().split('\n')[0] ?? '';
  return `${ended === 'exited' ? `exit code ${exitCode}` : ended}${said === '' ? '' : `: ${said}`}`;
};

/**
 * Takes back files. What names the runtime first, whatever was written last, and nothing else before the engine is known
 * to have forgotten it: an engine whose runtime is gone starts no container.
 */
const restoreAll = async (
  files: readonly FileChange[],
  engine: LocalEngine,
  lost: AbortSignal,
  print: (line: string) => void,
): Promise<{ readonly left: readonly FileChange[]; readonly why: string | null }> => {
  const left: FileChange[] = [];
  const latestFirst = [...files].reverse();
  const [configurations, others] = [latestFirst.filter(namesRuntime), latestFirst.filter((one) => !namesRuntime(one))];
  const restoreOne = async (change: FileChange): Promise<void> => {
    if (lost.aborted) throw setupLockLost(lost);
    const { isBack, text } =
      left.length === 0
        ? ((await leaveBackup(change)) ?? (await restore(change, engine)))
        : { isBack: false, text: `${change.path} left: what was left above may need it` };
    if (!isBack) left.unshift(change);
    print(text);
  };
  for (const change of configurations) await restoreOne(change);
  // Also where another undo was ended between what it wrote and its reload: then the text names our runtime no more.
  if (left.length === 0 && files.length > 0 && (await engine.runs())) {
    const reloaded = await engine.reload();
    if (succeeded(reloaded)) await awaitForgotten(engine);
    else print(`the engine did not reread its configuration: ${endingOf(reloaded)}`);
  }
  const why = left.length === 0 && others.length > 0 ? await whyKept(engine) : null;
  for (const change of others) {
    if (why === null) await restoreOne(change);
    else {
      left.unshift(change);
      print(`${change.path} left: ${why}`);
    }
  }
  return { left, why };
};

/**
 * Takes back what set-up wrote on this machine: the engine's configuration, the runtime before runc, kwok. Packages stay,
 * for others may use them by now, and are named with the command that removes them.
 * @param print takes one line for each thing
 * @param local the engine of this machine
 * @throws SkipbeatError SETUP_CHANGES_UNREADABLE (exit 75), SETUP_IN_USE (75) while containers need the runtime or kwok runs, SETUP_NOT_UNDONE (75)
 */
export const undoSetup = async (
  host: HostExec,
  print: (line: string) => void,
  local?: Omit<LocalEngine, 'host'>,
): Promise<void> => {
  const engine = local === undefined ? ownEngine(host) : { host, ...local };
  const { release, lost } = await lockSetup();
  try {
    const changes = await readChanges();
    assertKwokUnused();
    const files = changes.filter((change) => change.kind === 'file');
    const found = files.length === 0 ? { users: [] } : await usersOfRuntime(engine.host);
    if ('silent' in found) {
      throw new SkipbeatError(
        'SETUP_NOT_UNDONE',
        `Expected to find no container with ${runtimeName}, found that ${found.silent}.`,
        {
          exitCode: exitCodes.environment,
          next: `remove those that  docker inspect  fails for, then ${skipbeat('setup --undo')}`,
        },
      );
    }
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
    const kwokGone = await removeKwok();
    if (kwokGone !== null) print(kwokGone);
    if (changes.length === 0 && kwokGone === null) print('Set-up has written down no change of this machine.');
    const { left, why } = await restoreAll(files, engine, lost, print);
    const packages = changes.filter((change) => change.kind === 'packages');
    const names = packages.flatMap((change) => change.packages);
    if (names.length > 0) print(`packages stay; nobody else needs them?  apt-get remove ${names.join(' ')}`);
    if (lost.aborted) throw setupLockLost(lost);
    // Named again by the undo that ends what this one leaves.
    await saveChanges(left.length === 0 ? [] : [...packages, ...left]);
    if (left.length > 0) {
      throw new SkipbeatError(
        'SETUP_NOT_UNDONE',
        why === null
          ? `${left.at(-1)?.path}: expected what set-up wrote or what was there before without ${runtimeName}, found another text or none that can be read.`
          : `${left.at(-1)?.path}: expected that no engine needs it, found that ${asSentence(why)}`,
        {
          exitCode: exitCodes.environment,
          next:
            why === null
              ? `take ${runtimeName} out of it, or delete it, then ${skipbeat('setup --undo')}`
              : `restart the engine, or end it, then ${skipbeat('setup --undo')}`,
        },
      );
    }
  } finally {
    await release();
  }
};
