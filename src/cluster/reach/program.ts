import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { isDeepStrictEqual, stripVTControlCharacters } from 'node:util';
import { errnoOf } from '../../common/errors.ts';
import { commandEnd } from '../../common/host/command-end.ts';
import { firstMs } from './credentials.ts';
import type { KubeProgram } from './kubeconfig.ts';
import { type Brought, maxPrinted, readAnswer } from './program-answer.ts';
import { type Credentials, invalidCredentials, type Source } from './source.ts';

/** Where a person may be: on whose terminal a program asks to log in. */
export type Terminal = {
  /** The standard input is one. */
  readonly isInput: boolean;
  /** The error output is one. */
  readonly isOutput: boolean;
  /** To the error output. */
  readonly write: (text: string) => void;
};

export const ownTerminal = (): Terminal => ({
  isInput: isatty(0),
  isOutput: isatty(2),
  write: (text) => {
    process.stderr.write(text);
  },
});

/** @see client-go pkg/apis/clientauthentication/v1/types.go, Cluster */
export type ProgramCluster = {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly 'disable-compression'?: boolean;
  readonly config: unknown;
};

/** The versions that there still are. @see client-go plugin/pkg/client/auth/exec/exec.go, apiVersions */
const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/**
 * What kubectl refuses of such an entry before it runs anything.
 * @see client-go tools/clientcmd/validation.go, validateAuthInfo; exec.go, newAuthenticator
 */
export const programProblem = (program: KubeProgram): string | null => {
  if (program.command === '') return 'exec without a command';
  if (!versions.includes(program.apiVersion)) return `exec with an apiVersion that is none of ${versions.join(', ')}`;
  if (program.env.some(({ name }) => name === '')) return 'exec with a variable that has no name';
  return modeOf(program) === null ? 'exec without an interactiveMode of Never, IfAvailable or Always' : null;
};

type Mode = 'Never' | 'IfAvailable' | 'Always';

/** @see client-go tools/clientcmd/api/v1/defaults.go, SetDefaults_ExecConfig */
const modeOf = ({ apiVersion, interactiveMode: mode }: KubeProgram): Mode | null => {
  if (mode === '') return apiVersion.endsWith('/v1beta1') ? 'IfAvailable' : null;
  return mode === 'Never' || mode === 'IfAvailable' || mode === 'Always' ? mode : null;
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return false;
    throw thrown;
  }
};

/**
 * By the PATH of this process, whatever that of the program is to be; null: it is not there, or lies where only a relative
 * PATH leads. @see Go's os/exec, LookPath
 */
const find = (command: string): string | null => {
  if (command.includes('/')) return isExecutable(command) ? command : null;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const file = folders.map((folder) => join(folder === '' ? '.' : folder, command)).find(isExecutable);
  return file !== undefined && isAbsolute(file) ? file : null;
};

/** A login takes some lines; what has more than this on its error output has gone astray. */
const maxShown = 16_384;

/** Without what could change the terminal, or write over what stands there. */
const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\r\n?/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '');

/**
 * What a program says on its error output: to a person at a terminal as it comes, for it may ask to log in; elsewhere once it
 * has failed. It is kept in no error, for errors get into files.
 */
const createSaying = (terminal: Terminal) => {
  let left = maxShown;
  let kept = '';
  const show = (text: string): void => {
    if (left <= 0) return;
    const some = text.slice(0, left);
    left -= some.length;
    const end = left > 0 ? '' : '\n… and more, which is not shown\n';
    if (terminal.isOutput) terminal.write(`${some}${end}`);
    else kept += `${some}${end}`;
  };
  return {
    take: (text: string) => show(plain(text)),
    failed: () => {
      if (kept !== '') terminal.write(kept.endsWith('\n') ? kept : `${kept}\n`);
    },
  };
};

const closed = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });

/** What a pipe still holds comes at once. */
const lastOutputMs = 1000;

type ProgramOptions = {
  readonly cluster: ProgramCluster;
  readonly terminal?: Terminal;
  /** After so long it is ended, for all that follows waits for it: else as long as a person has to log in. */
  readonly limitMs?: number;
};

/**
 * A program that brings credentials, run as kubectl runs it: again when they have run out, and after an answer 401.
 * @param cluster what it is to know of the cluster, where the kubeconfig says so
 * @see client-go plugin/pkg/client/auth/exec/exec.go
 */
export const programSource = (
  context: string,
  program: KubeProgram,
  { cluster, terminal = ownTerminal(), limitMs = firstMs }: ProgramOptions,
): Source => {
  const invalid = (found: string, next?: string) => invalidCredentials(context, found, next);
  const mode = modeOf(program);
  const byHand = `run ${program.command} by hand, at a terminal`;

  const run = (file: string, isInteractive: boolean): Promise<string> => {
    const info = {
      kind: 'ExecCredential',
      apiVersion: program.apiVersion,
      spec: { ...(program.provideClusterInfo ? { cluster } : {}), interactive: isInteractive },
    };
    const env = {
      ...process.env,
      ...Object.fromEntries(program.env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    };
    commandEnd.throwIfAborted();
    const saying = createSaying(terminal);
    const child = spawn(file, program.args, {
      ...{ argv0: program.command, env },
      stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let isTooMuch = false;
    child.stderr.setEncoding('utf8').on('data', saying.take);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = (how: string, cause?: unknown): void => {
      saying.failed();
      reject(
        new Error(
          `that ${program.command}, which brings the credentials, ${how}`,
          cause === undefined ? {} : { cause },
        ),
      );
    };
    /** It is sent SIGTERM, and what becomes of it then is not waited for. */
    const leave = (): void => {
      child.kill();
      child.unref();
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    };
    const late = setTimeout(() => {
      leave();
      fail(`has not ended within ${limitMs / 1000} s`);
    }, limitMs);
    const onEnd = (): void => {
      leave();
      reject(commandEnd.reason);
    };
    commandEnd.addEventListener('abort', onEnd);
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
      if (printed.length <= maxPrinted || isTooMuch) return;
      isTooMuch = true;
      leave();
      resolve(printed);
    });
    child.once('error', (thrown) => fail('does not start', thrown));
    child.once('exit', async (code, signal) => {
      await closed(child.stdout);
      if (code === 0) {
        resolve(printed);
        return;
      }
      // What it said last is read, but nothing that it has started is waited for.
      await Promise.race([closed(child.stderr), delay(lastOutputMs)]);
      fail(code === null ? `was ended by ${signal}` : `failed with exit code ${code}`);
    });
    return promise.finally(() => {
      clearTimeout(late);
      commandEnd.removeEventListener('abort', onEnd);
      // What it has started may go on with its error output, as with kubectl, and keeps nobody here.
      if (child.stderr instanceof Socket) child.stderr.unref();
    });
  };

  const bring = async (): Promise<Brought> => {
    if (mode === 'Always' && !terminal.isInput) {
      throw invalid(
        `that ${program.command}, which brings them, needs a terminal, and the standard input is none`,
        byHand,
      );
    }
    const file = find(program.command);
    if (file === null) {
      const hint = plain(program.installHint).trim().slice(0, maxShown);
      const next = hint === '' ? `install ${program.command}, or name its path in the kubeconfig` : hint;
      throw invalid(`no program ${program.command}, which is to bring them`, next);
    }
    const answer = readAnswer(await run(file, mode !== 'Never' && terminal.isInput), program);
    if (typeof answer === 'string') throw invalid(answer, byHand);
    return answer;
  };

  let known: Brought | null = null;
  const current = async (): Promise<Credentials> => {
    if (known === null || (known.endMs !== null && Date.now() > known.endMs)) {
      known = null;
      known = await bring();
    }
    return known.credentials;
  };
  return {
    current,
    renew: async (refused) => {
      // Another answer 401 has had them renewed.
      if (known !== null && known.credentials !== refused) return true;
      known = null;
      return !isDeepStrictEqual(await current(), refused);
    },
  };
};
