import { quoteArgument } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';

/** The name our OCI runtime has in the engine's configuration. */
export const runtimeName = 'skipbeat-runc';

/** Machine-wide, as the configuration that names it: an engine whose runtime is gone starts no container at all. */
export const wrapperPath = '/usr/local/lib/skipbeat/runc-capped';

/**
 * A shell script that takes the place of runc: it removes capabilities that this machine cannot grant from what the
 * engine asks for, in the bundle's config.json (`run`) and in the process file (`exec`), then becomes runc.
 * @param missing names as OCI spells them
 * @param runc absolute path of the real runtime
 */
export const wrapperScript = (missing: readonly string[], runc: string): string => `#!/bin/sh
# Written by skipbeat's setup. Engines before version 23 ask for every capability that the kernel knows when a
# container is privileged; this machine cannot grant all of them, so they are dropped here.
set -eu
drop() {
  [ -f "$1" ] || return 0
  kept=$(mktemp)
  jq -c --argjson missing ${quoteArgument(JSON.stringify(missing))} \\
    '(.. | objects | select(has("capabilities")) | .capabilities)
     |= (if type == "object" then map_values(if type == "array" then . - $missing else . end) else . end)' \\
    "$1" > "$kept"
  cat "$kept" > "$1"
  rm -f "$kept"
}
previous=
for argument in "$@"; do
  case $previous in
    --bundle | -b) drop "$argument/config.json" ;;
    --process | -p) drop "$argument" ;;
  esac
  previous=$argument
done
exec ${quoteArgument(runc)} "$@"
`;

/**
 * The engine's configuration with our runtime as its default; everything else in it stays as it was.
 * @param current the text of daemon.json, or null where there is none
 * @throws SkipbeatError ENGINE_CONFIG_UNREADABLE where it is no JSON object; ENGINE_RUNTIME_TAKEN where somebody chose
 *   another default runtime, which is theirs to change
 */
export const withRuntime = (current: string | null, path: string): string => {
  const config = current === null || current.trim() === '' ? {} : parseObject(current);
  const chosen = config['default-runtime'];
  if (chosen !== undefined && chosen !== 'runc' && chosen !== runtimeName) {
    throw new SkipbeatError(
      'ENGINE_RUNTIME_TAKEN',
      `/etc/docker/daemon.json: expected no default-runtime of its own, found "${String(chosen)}". ` +
        'Privileged containers need a runtime that drops the capabilities this machine lacks.',
      { exitCode: exitCodes.environment, next: 'use an engine of version 23 or newer, or remove default-runtime' },
    );
  }
  const runtimes = config.runtimes;
  const others = typeof runtimes === 'object' && runtimes !== null && !Array.isArray(runtimes) ? runtimes : {};
  const merged = { ...config, 'default-runtime': runtimeName, runtimes: { ...others, [runtimeName]: { path } } };
  return `${JSON.stringify(merged, null, 2)}\n`;
};

const parseObject = (text: string): Record<string, unknown> => {
  const fail = (why: string, cause?: unknown): never => {
    throw new SkipbeatError('ENGINE_CONFIG_UNREADABLE', `/etc/docker/daemon.json: expected a JSON object, ${why}.`, {
      exitCode: exitCodes.environment,
      next: `correct /etc/docker/daemon.json, then ${skipbeat('setup')}`,
      ...(cause === undefined ? {} : { cause }),
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`found text that is none (${messageOf(error)})`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(`found ${Array.isArray(value) ? 'an array' : String(value)}`);
  }
  return value as Record<string, unknown>;
};
